"""What a hook may answer. Each verdict is an immutable value and may be kept and returned again."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Fields = Mapping[str, str | bytes] | Iterable[tuple[str, str | bytes]]

__all__ = ["Allow", "Deny", "Destination", "Respond", "allow", "deny", "destination", "respond"]

_NAME: Final = re.compile(r"[!#$%&'*+\-.^`|~0-9A-Za-z]+")
_VALUE: Final = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
# The proxy writes these itself: framing, the connection, who is asked.
_FORBIDDEN: Final = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_REASON_LENGTH: Final = 256
_TEXT: Final = ("content-type", b"text/plain; charset=utf-8")


class _Verdict:
    __slots__: tuple[str, ...] = ()

    def _fill(self, *values: object) -> None:
        for name, value in zip(self.__slots__, values, strict=True):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def _values(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({inside})"


class Allow(_Verdict):
    """``authorize``: let the request pass and ask no further plugin."""

    __slots__ = ()


class Deny(_Verdict):
    """``authorize``: refuse the request. Made by :func:`deny`."""

    __slots__ = ("body", "headers", "reason", "status")
    status: int
    reason: str
    headers: tuple[tuple[str, bytes], ...]
    body: bytes

    def __init__(
        self, status: int, reason: str, headers: tuple[tuple[str, bytes], ...], body: bytes
    ) -> None:
        self._fill(body, headers, reason, status)


class Respond(_Verdict):
    """``on_request``: answer in the upstream's place. Made by :func:`respond`."""

    __slots__ = ("body", "headers", "reason", "status")
    status: int
    reason: str
    headers: tuple[tuple[str, bytes], ...]
    body: bytes

    def __init__(
        self, status: int, reason: str, headers: tuple[tuple[str, bytes], ...], body: bytes
    ) -> None:
        self._fill(body, headers, reason, status)


class Destination(_Verdict):
    """``route``: where the request goes. Made by :func:`destination`."""

    __slots__ = ("services",)
    services: tuple[tuple[str, int], ...]

    def __init__(self, services: tuple[tuple[str, int], ...]) -> None:
        self._fill(services)


_ALLOW: Final = Allow()


def allow() -> Allow:
    """Lets the request pass and asks no further ``authorize`` hook.

    Example:
        >>> allow()
        Allow()
    """
    return _ALLOW


def deny(
    status: int = 403,
    reason: str = "denied",
    headers: Fields | None = None,
    body: bytes | str | None = None,
) -> Deny:
    """Refuses the request: the client gets this answer and the upstream hears nothing.

    Args:
        status: 400..599.
        reason: A short, stable phrase for the client (``x-pymesh-error``), the log and the metrics;
            at most 256 characters of ASCII. Do not put what differs per request into it.
        headers: More fields, for example ``{"www-authenticate": "Bearer"}``.
        body: The whole body; the reason as a line of text if it is not given.

    Raises:
        ValueError: A status, reason or field that cannot be sent.

    Example:
        >>> deny(401, "bad or missing token").status
        401
    """
    if not headers and body is None:
        return _plain_deny(status, reason)
    return Deny(*_answer(status, reason, headers, body, lowest=400))


@lru_cache(maxsize=128)
def _plain_deny(status: int, reason: str) -> Deny:
    """Most denials are the same few again and again."""
    return Deny(*_answer(status, reason, None, None, lowest=400))


def respond(
    status: int = 200,
    body: bytes | str = b"",
    headers: Fields | None = None,
    reason: str = "plugin_response",
) -> Respond:
    """Answers the request in the upstream's place.

    Args:
        status: 200..599.
        body: The whole body; text is sent as UTF-8, as ``text/plain`` if no type is given.
        headers: The response's fields.
        reason: A short, stable phrase for the log and the metrics.

    Raises:
        ValueError: A status, reason or field that cannot be sent.

    Example:
        >>> respond(200, "pong").body
        b'pong'
    """
    return Respond(*_answer(status, reason, headers, body, lowest=200))


def destination(service: str | Mapping[str, int]) -> Destination:
    """Sends the request to a service instead of the route's own choice.

    Args:
        service: The service's name (``v2``, or ``namespace/v2``), or several with their weights,
            one of which is drawn for each request.

    Raises:
        ValueError: No service, or weights that sum to nothing.

    Example:
        >>> destination({"v1": 90, "v2": 10}).services
        (('v1', 90), ('v2', 10))
    """
    if isinstance(service, str):
        return _one_destination(service)
    return Destination(_weights(service.items()))


@lru_cache(maxsize=128)
def _one_destination(service: str) -> Destination:
    return Destination(_weights([(service, 1)]))


def _weights(pairs: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    weights = tuple(pairs)
    for name, weight in weights:
        if not isinstance(name, str) or not name:
            raise ValueError(f"a service's name is a non-empty text, not {name!r}")
        if type(weight) is not int or not 0 <= weight <= 1_000_000:
            raise ValueError(f"the weight of {name} is 0..1000000, not {weight!r}")
    if not sum(weight for _, weight in weights):
        raise ValueError("a destination needs a service with a weight above 0")
    return weights


def _answer(
    status: int, reason: str, headers: Fields | None, body: bytes | str | None, *, lowest: int
) -> tuple[int, str, tuple[tuple[str, bytes], ...], bytes]:
    if type(status) is not int or not lowest <= status <= 599:
        raise ValueError(f"the status is {lowest}..599, not {status!r}")
    if not reason.isascii() or not reason.isprintable() or len(reason) > _REASON_LENGTH:
        raise ValueError(f"the reason is at most {_REASON_LENGTH} printable characters of ASCII")
    fields = tuple(_field(name, value) for name, value in _pairs(headers))
    if body is None:
        body = f"{reason}\n"
    if isinstance(body, str):
        body = body.encode()
        if body and not any(name.lower() == "content-type" for name, _ in fields):
            fields = (*fields, _TEXT)
    return status, reason, fields, bytes(body)


def _pairs(headers: Fields | None) -> Iterable[tuple[str, str | bytes]]:
    if headers is None:
        return ()
    # `dict` and whatever else has items, without importing an abstract base class for it.
    items = getattr(headers, "items", None)
    return headers if items is None else items()  # type: ignore[return-value]


def _field(name: str, value: str | bytes) -> tuple[str, bytes]:
    raw = value.encode("latin-1") if isinstance(value, str) else bytes(value)
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no field name")
    if name.lower() in _FORBIDDEN:
        raise ValueError(f"the proxy writes {name} itself")
    if not _VALUE.fullmatch(raw) or raw != raw.strip(b" \t"):
        raise ValueError(f"the value of {name} has characters that no field may have, or not there")
    return name, raw
