"""Host names to addresses, once, at start."""

from __future__ import annotations

import _socket  # `socket` is five times as dear to import, and only getaddrinfo is needed

from pymesh.errors import PymeshError

__all__ = ["resolve_host"]


def resolve_host(host: str) -> str:
    """The address of a host: itself if it is one, else its first IPv4 or IPv6 address.

    IPv4 comes first because ``localhost`` often means both, and most development servers
    listen on 127.0.0.1 only.

    Args:
        host: A name or an address.

    Raises:
        PymeshError: ``unavailable``, if the name has no address.
    """
    try:
        found = _socket.getaddrinfo(host, None, _socket.AF_UNSPEC, _socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PymeshError("unavailable", f"{host}: {reason.lower()}") from None
    found.sort(key=lambda one: one[0] != _socket.AF_INET)  # stable: the resolver's order stays
    return str(found[0][4][0])
