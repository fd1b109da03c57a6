"""The ``ab-split`` plugin: one hook, ``route``, inline."""

from __future__ import annotations

# What hashlib.blake2b is, without OpenSSL, whose import would cost a sidecar megabytes.
from _blake2 import blake2b
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pymesh.hooks import destination, hookimpl

if TYPE_CHECKING:
    from pymesh.hooks import Destination, Request

__all__ = ["AbSplit", "Config"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the plugin can be told.

    Args:
        weights: From the name of a service to its share, 0 to 1,000,000.
        header: A header field whose value is the sticky key: the same value always goes to the
            same service. Empty for none.
        cookie: A cookie whose value is the sticky key, where the header has none. Empty for none.
        pin_header: A header field whose value names one of the services; such a request goes
            there. Empty for none.
        salt: Mixed into the key, so that two splits by the same key are independent.

    Raises:
        ValueError: If there is no service with a weight.
    """

    weights: dict[str, int]
    header: str = ""
    cookie: str = ""
    pin_header: str = ""
    salt: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.weights, dict) or not self.weights:
            raise ValueError("weights must say which services there are, as in {v1 = 90, v2 = 10}")
        destination(self.weights)  # refuses what cannot be a weight
        if len(self.salt.encode()) > blake2b.MAX_KEY_SIZE:
            raise ValueError(f"salt must be at most {blake2b.MAX_KEY_SIZE} bytes")


class AbSplit:
    """Chooses a service for each request.

    A pinned request goes where its header says. One with a sticky key goes where the hash of the
    key falls: the hash is the same in every process and after every restart, and a change of the
    weights moves only the keys whose share moved. Any other request is drawn by weight.

    Args:
        config: The services, their weights and the names of the keys.
    """

    def __init__(self, config: Config) -> None:
        self._header = config.header.lower()
        self._cookie = config.cookie
        self._pin_header = config.pin_header.lower()
        self._salt = config.salt.encode()
        self._drawn = destination(config.weights)
        self._pins = {name: destination(name) for name in config.weights}
        self._shares = [(weight, self._pins[name]) for name, weight in config.weights.items()]
        self._total = sum(config.weights.values())

    @hookimpl(inline=True)
    def route(self, request: Request) -> Destination:
        """Chooses the service."""
        headers = request.headers
        if self._pin_header:
            pinned = self._pins.get(headers.get(self._pin_header, ""))
            if pinned is not None:
                return pinned
        key = headers.get(self._header, "") if self._header else ""
        if not key and self._cookie:
            key = cookie_value(headers.getall("cookie"), self._cookie)
        return self.choose(key) if key else self._drawn

    def choose(self, key: str) -> Destination:
        """The service of a sticky key."""
        digest = blake2b(key.encode("latin-1", "replace"), digest_size=8, key=self._salt).digest()
        # 64 bits modulo at most a few million: the bias is below one in 10^12.
        point = int.from_bytes(digest, "big") % self._total
        for weight, chosen in self._shares:
            if point < weight:
                return chosen
            point -= weight
        return self._drawn


def cookie_value(fields: list[str], name: str) -> str:
    """The value of a cookie (RFC 6265, 4.2.1), or an empty text; the first of its name wins.

    Args:
        fields: The values of every ``cookie`` field.
        name: The cookie's name, case-sensitive.
    """
    for one in fields:
        for pair in one.split(";"):
            found, _, value = pair.strip(" \t").partition("=")
            if found == name:
                return value
    return ""
