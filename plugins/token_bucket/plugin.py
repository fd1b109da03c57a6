"""The ``token-bucket`` plugin: one hook, ``authorize``, inline."""

from __future__ import annotations

# What hashlib.blake2b is, without OpenSSL, whose import would cost a sidecar megabytes.
from _blake2 import blake2b
from _socket import AF_INET6, inet_pton
from dataclasses import dataclass
from math import ceil
from time import monotonic
from typing import TYPE_CHECKING

from pymesh.hooks import deny, hookimpl
from pymesh.plugins.token_bucket._buckets import Buckets

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymesh.hooks import Deny, Peer, Request

__all__ = ["Config", "TokenBucket"]

# A longer header value is remembered by its digest, so that memory is bounded.
LONGEST_KEY = 64
# A longer wait is said as this one, in seconds.
LONGEST_RETRY = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the plugin can be told.

    Args:
        rate: Requests a second that a key may send for long.
        burst: Requests that a key may send at once; 0 means as many as in one second.
        header: A header field whose value is the key. Empty: the client's address is.
        capacity: How many keys are remembered, 1 to 10,000,000; each costs about 200 bytes.

    Raises:
        ValueError: If a value cannot be.
    """

    rate: float
    burst: float = 0
    header: str = ""
    capacity: int = 65_536

    def __post_init__(self) -> None:
        for name in ("rate", "burst"):
            if type(getattr(self, name)) not in (int, float):
                raise ValueError(f"{name} must be a number")
        if not 0 < self.rate <= 1e9:
            raise ValueError("rate must be above 0, in requests a second")
        if self.burst and not 1 <= self.burst <= 1e9:
            raise ValueError("burst must be at least 1, or 0")
        if type(self.capacity) is not int or not 1 <= self.capacity <= 10_000_000:
            raise ValueError("capacity must be from 1 to 10000000")


class TokenBucket:
    """Answers 429 with ``retry-after`` when a key sends faster than it may.

    A request without the header counts for its client's address. Clients of one IPv6 network
    (/64) share a bucket, since one host can use all its addresses.

    Args:
        config: The rate and the key.
        clock: Seconds that do not go backwards.
    """

    def __init__(self, config: Config, clock: Callable[[], float] = monotonic) -> None:
        burst = config.burst or max(1.0, config.rate)
        self._buckets = Buckets(float(config.rate), float(burst), config.capacity)
        self._header = config.header.lower()
        self._clock = clock
        self._denials: dict[int, Deny] = {}

    @hookimpl(inline=True)
    def authorize(self, request: Request, peer: Peer) -> Deny | None:
        """Takes a token of the request's key, or refuses."""
        key: str | bytes | None = None
        if self._header:
            key = request.headers.get(self._header)
            if key is not None and len(key) > LONGEST_KEY:
                key = blake2b(key.encode("latin-1", "replace"), digest_size=16).digest()
        if key is None:
            key = network(peer.client)
        wait = self._buckets.take(key, self._clock())
        return self._denial(wait) if wait else None

    def _denial(self, wait: float) -> Deny:
        seconds = min(max(ceil(wait), 1), LONGEST_RETRY)
        denial = self._denials.get(seconds)
        if denial is None:
            denial = deny(429, "rate limited", headers={"retry-after": str(seconds)})
            self._denials[seconds] = denial
        return denial


def network(client: str) -> str | bytes:
    """The key of an address: itself for IPv4, the /64 network for IPv6."""
    if ":" not in client:
        return client
    return inet_pton(AF_INET6, client.partition("%")[0])[:8]
