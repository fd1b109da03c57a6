"""Hostnames as listeners and routes write them: ``a.example``, ``*.example`` or none at all.

Here "none at all" is ``*``, which is also how the documents write it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ANY", "HostTable", "covers", "intersect", "specificity"]

ANY = "*"
Value = TypeVar("Value")


def covers(pattern: str, host: str) -> bool:
    """Whether every name that ``host`` stands for is also one of ``pattern``'s.

    A wildcard stands for one label or more, so ``*.example.com`` covers ``a.b.example.com`` and
    not ``example.com``.

    Example:
        >>> covers("*.example.com", "a.b.example.com"), covers("*.example.com", "example.com")
        (True, False)
        >>> covers("*.com", "*.example.com"), covers("a.com", "*.com")
        (True, False)
    """
    if pattern in {ANY, host}:
        return True
    if not pattern.startswith("*."):
        return False
    # A longer wildcard is covered, too: its own star stands for labels further left.
    return host.removeprefix("*").endswith(pattern[1:])


def intersect(listener: str, route: str) -> str | None:
    """The names that both have in common, or ``None`` when there is none.

    Args:
        listener: The listener's hostname.
        route: One of the route's hostnames.

    Example:
        >>> intersect("*.example.com", "a.example.com"), intersect("a.com", "b.com")
        ('a.example.com', None)
    """
    if covers(listener, route):
        return route
    if covers(route, listener):
        return listener
    return None


def specificity(host: str) -> tuple[bool, int]:
    """A key that sorts the more specific hostname later: exact names, then the longer wildcard."""
    return (not host.startswith(ANY), len(host))


class HostTable(Generic[Value]):
    """Values by hostname, found by any hostname that has a name in common, in a few steps.

    Example:
        >>> table = HostTable[str]()
        >>> table.add("*.example.com", "first")
        >>> table.find("a.b.example.com"), table.find("*.com"), table.find("example.com")
        ('first', 'first', None)
    """

    def __init__(self) -> None:
        self._hosts: dict[str, Value] = {}
        self._below: dict[str, Value] = {}

    def add(self, host: str, value: Value) -> None:
        """Adds a value; of several for one hostname the first stays."""
        if host not in self._hosts:
            self._hosts[host] = value
            for wider in _wider(host):
                self._below.setdefault(wider, value)

    def find(self, host: str) -> Value | None:
        """A value whose hostname has a name in common with this one."""
        for known in (host, *_wider(host)):
            if known in self._hosts:
                return self._hosts[known]
        return self._below.get(host)


def _wider(host: str) -> Iterator[str]:
    """The wildcards that cover a hostname, but for itself.

    Example:
        >>> list(_wider("a.example.com")), list(_wider("*.example.com"))
        (['*.example.com', '*.com', '*'], ['*.com', '*'])
    """
    rest = host.removeprefix("*.")
    while "." in rest:
        rest = rest.partition(".")[2]
        yield f"*.{rest}"
    if host != ANY:
        yield ANY
