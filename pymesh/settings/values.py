"""How a setting's text becomes its value: one small function per kind.

Each takes the text that a flag, a variable or a file gave and raises ``ValueError`` with a
message that says what would have been right. They are pure: names are resolved elsewhere.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

__all__ = [
    "Target",
    "address",
    "admin",
    "choice",
    "duration",
    "integer",
    "listen",
    "log_path",
    "needed_duration",
    "pair",
    "qualified_name",
    "secret",
    "size",
    "size_or_off",
    "split_address",
    "switch",
    "target",
    "text",
]

_DURATIONS: Final = (("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000))
_SIZES: Final = (("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1))
_YEAR_MS: Final = 365 * 24 * 3_600_000
_OFF: Final = ("0", "off", "none")


class Target:
    """One ``--to``: an endpoint of a service.

    Args:
        service: Name of the service it belongs to.
        host: A name or an IP address, without brackets.
        port: 1 to 65535.
        weight: Its share among all targets, 1 to 10,000.
    """

    __slots__ = ("host", "port", "service", "weight")

    def __init__(self, service: str, host: str, port: int, weight: int) -> None:
        self.service = service
        self.host = host
        self.port = port
        self.weight = weight

    def __repr__(self) -> str:
        return f"{self.service}={self.host}:{self.port}@{self.weight}"


def text(value: str) -> str:
    """Any text but the empty one."""
    if not value:
        raise ValueError("must not be empty")
    return value


def secret(value: str) -> str:
    """A secret of at least 8 characters that a header can carry."""
    if len(value) < 8 or not all("!" <= mark <= "~" for mark in value):
        raise ValueError("must be at least 8 visible ASCII characters without spaces")
    return value


def log_path(value: str) -> str | None:
    """A file, ``-`` for standard output, or ``off`` (``None``)."""
    return None if value in _OFF else text(value)


def duration(value: str) -> int:
    """A time as of :func:`needed_duration`, or ``off``, which is 0."""
    return 0 if value in _OFF else needed_duration(value)


def needed_duration(value: str) -> int:
    """A time with its unit (``500ms``, ``2s``, ``1.5m``, ``1h``), in milliseconds."""
    # "ms" stands before "m" and "s", or "500ms" would be read as 500m seconds.
    for unit, milliseconds in _DURATIONS:
        if value.endswith(unit):
            number = _decimal(value[: -len(unit)])
            if number is None:
                break
            result = round(number * milliseconds)
            if not 1 <= result <= _YEAR_MS:
                raise ValueError("must be between 1ms and 8760h")
            return result
    raise ValueError("must be a time with its unit, such as 500ms, 2s, 1m or 1h")


def size(low: int, high: int) -> Callable[[str], int]:
    """A size of ``low`` to ``high`` bytes, with an optional unit (``16KiB``, ``1MiB``)."""

    def parse(value: str) -> int:
        result = _size(value)
        if not low <= result <= high:
            raise ValueError(f"must be from {low} to {high} bytes")
        return result

    return parse


def size_or_off(value: str) -> int:
    """A size below 1,024 GiB, or ``off``, which is 0."""
    return 0 if value in _OFF else size(0, (1 << 40) - 1)(value)


def _size(value: str) -> int:
    number, factor = value, 1
    for unit, of_unit in _SIZES:
        if value.endswith(unit):
            number, factor = value[: -len(unit)], of_unit
            break
    if not _digits(number):
        raise ValueError("must be a size, such as 512, 16KiB or 1MiB")
    return int(number) * factor


def integer(low: int, high: int) -> Callable[[str], int]:
    """A whole number from ``low`` to ``high``."""

    def parse(value: str) -> int:
        if not _digits(value) or not low <= int(value) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(value)

    return parse


def choice(*allowed: str) -> Callable[[str], str]:
    """One of the allowed words."""

    def parse(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return value

    return parse


def switch(value: str) -> bool:
    """On or off, in the words that people use for it."""
    word = value.lower()
    if word in ("1", "true", "yes", "on"):
        return True
    if word in ("0", "false", "no", "off"):
        return False
    raise ValueError("must be true or false")


def address(value: str) -> str:
    """``HOST:PORT``; an empty host means every address of this machine."""
    return join_address(*split_address(value))


def listen(value: str) -> str:
    """``[PORT=]HOST:PORT``: an address, and which port of the gateways is served there.

    Example:
        >>> listen("80=127.0.0.1:8080")
        '80=127.0.0.1:8080'
    """
    port, found, rest = value.partition("=")
    if not found:
        return address(value)
    if not _digits(port) or not 1 <= int(port) <= 65_535:
        raise ValueError("must have a port from 1 to 65535 before the '='")
    return f"{int(port)}={address(rest)}"


def qualified_name(value: str) -> str:
    """``NAMESPACE/NAME``."""
    namespace, found, name = value.partition("/")
    if not (found and namespace and name) or "/" in name:
        raise ValueError("must look like NAMESPACE/NAME")
    return value


def admin(value: str) -> str | None:
    """``HOST:PORT`` on loopback, ``unix:PATH``, or ``off`` (``None``)."""
    if value in _OFF:
        return None
    if value.startswith("unix:"):
        if not value[5:]:
            raise ValueError("must name a path after unix:")
        return value
    host, port = split_address(value)
    host = host or "127.0.0.1"
    if not (host == "localhost" or host == "::1" or host.startswith("127.")):
        raise ValueError("must be on loopback (127.0.0.1:PORT) or a Unix socket (unix:PATH)")
    return join_address(host, port)


def target(value: str) -> Target:
    """``[NAME=]HOST:PORT[@WEIGHT]``.

    Example:
        >>> target("blue=127.0.0.1:9000@3")
        blue=127.0.0.1:9000@3
    """
    name, found, rest = value.rpartition("=")
    if not found:
        name = "upstream"
    elif not _is_label(name):
        raise ValueError("must have a name of lower-case letters, digits and '-' before the '='")
    where, found, share = rest.partition("@")
    weight = integer(1, 10_000)(share) if found else 1
    host, port = split_address(where)
    if not host:
        raise ValueError("must name a host")
    if port == 0:
        raise ValueError("must have a port from 1 to 65535")
    return Target(name, host, port, weight)


def pair(value: str) -> tuple[str, str]:
    """``NAME=REST``."""
    name, found, rest = value.partition("=")
    if not (name and found and rest):
        raise ValueError("must look like NAME=FILE or NAME={...}")
    return name, rest


def split_address(value: str) -> tuple[str, int]:
    """``HOST:PORT`` or ``[IPV6]:PORT`` apart; the host may be empty."""
    host, found, port = value.rpartition(":")
    if not found or not _digits(port) or int(port) > 65_535:
        raise ValueError("must look like HOST:PORT, with a port from 0 to 65535")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        if ":" not in host:
            raise ValueError("must have an IPv6 address between the brackets")
    elif ":" in host:
        raise ValueError("must have brackets around an IPv6 address, as in [::1]:8080")
    if any(mark.isspace() or mark in "/?#@[]" for mark in host):
        raise ValueError("must have a host that is a name or an IP address")
    return host, int(port)


def join_address(host: str, port: int) -> str:
    """The opposite of :func:`split_address`."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _digits(value: str) -> bool:
    # isdigit alone takes digits of other scripts; 18 keeps int() cheap on hostile input.
    return value.isascii() and value.isdigit() and len(value) <= 18


def _decimal(value: str) -> float | None:
    whole, found, fraction = value.partition(".")
    if not _digits(whole) or (found and not _digits(fraction)):
        return None
    return float(value)


def _is_label(value: str) -> bool:
    """Whether it is a DNS label (RFC 1123), as service names are."""
    marks = value.replace("-", "")
    return (
        0 < len(value) <= 63
        and marks.isascii()
        and marks.isalnum()
        and marks == marks.lower()
        and value[0] != "-"
        and value[-1] != "-"
    )
