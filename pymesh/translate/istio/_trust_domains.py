"""Identities in policies, spread over the names that the trust domain has or had."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymesh.resources.istio.mesh_config import MeshConfig

__all__ = ["expand_domains", "expand_principals", "trust_domains"]

_LOCAL = "cluster.local"
"""In a policy it means the mesh's own trust domain, whatever that is called."""
_PARTS = 5  # domain/ns/namespace/sa/account


def trust_domains(config: MeshConfig) -> tuple[str, ...]:
    """The trust domain and its aliases."""
    return tuple(dict.fromkeys((config.trust_domain, *config.trust_domain_aliases)))


def expand_principals(values: Iterable[str], domains: tuple[str, ...]) -> tuple[str, ...]:
    """Principals with each name of the trust domain that they are in.

    Those of other trust domains stay as they are, as do patterns that leave the domain open.

    Example:
        >>> expand_principals(["old/ns/a/sa/b", "x/ns/a/sa/b", "*/sa/b"], ("new", "old"))
        ('new/ns/a/sa/b', 'old/ns/a/sa/b', 'x/ns/a/sa/b', '*/sa/b')
    """
    found: dict[str, None] = {}
    for value in values:
        parts = value.split("/")
        domain = parts[0]
        if len(parts) != _PARTS or domain == "*" or not _is_ours(domain, domains):
            found[value] = None
            continue
        for other in domains:
            kept = domain.startswith("*") and other.endswith(domain[1:])
            found[value if kept else "/".join((other, *parts[1:]))] = None
    return tuple(found)


def expand_domains(values: Iterable[str], domains: tuple[str, ...]) -> tuple[str, ...]:
    """Trust domains with each name of the mesh's own.

    Example:
        >>> expand_domains(["cluster.local", "x"], ("new", "old"))
        ('new', 'old', 'x')
    """
    found: dict[str, None] = {}
    for value in values:
        ours = value == _LOCAL or value in domains
        found.update(dict.fromkeys(domains if ours else (value,)))
    return tuple(found)


def _is_ours(domain: str, domains: tuple[str, ...]) -> bool:
    return domain == _LOCAL or any(
        domain == other
        or (domain.startswith("*") and other.endswith(domain[1:]))
        or (domain.endswith("*") and other.startswith(domain[:-1]))
        for other in domains
    )
