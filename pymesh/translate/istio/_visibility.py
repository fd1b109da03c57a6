"""``exportTo``: who sees a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["EVERYONE", "exported", "rank", "sees"]

EVERYONE = "*"
"""The audience of all namespaces; as a client, one of which nothing is known."""


def exported(export_to: Iterable[str], default: Iterable[str], owner: str) -> frozenset[str]:
    """The namespaces that see a resource: ``{"*"}``, or names.

    Args:
        export_to: As the resource has it: ``*``, ``.``, ``~`` (nobody) or names.
        default: MeshConfig's, for a resource without.
        owner: The resource's namespace.
    """
    entries = tuple(export_to) or tuple(default)
    if EVERYONE in entries:
        return frozenset({EVERYONE})
    return frozenset(owner if entry == "." else entry for entry in entries if entry != "~")


def sees(client: str, visible_to: frozenset[str]) -> bool:
    """Whether a client's namespace is among those that see a resource."""
    return EVERYONE in visible_to or client in visible_to


def rank(client: str, visible_to: frozenset[str], owner: str) -> int:
    """The order in which a client looks at what it sees.

    Returns:
        0 for what only its own namespace sees, 1 for what was exported to it by name, 2 for
        what everyone sees.
    """
    if EVERYONE in visible_to:
        return 2
    return 0 if client == owner else 1
