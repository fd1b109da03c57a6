"""Hostnames as listeners and routes write them: ``a.example``, ``*.example`` or none at all.

Here "none at all" is ``*``, which is also how the documents write it.
"""

from __future__ import annotations

__all__ = ["ANY", "covers", "intersect", "specificity"]

ANY = "*"


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
