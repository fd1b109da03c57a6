"""Many clients and an origin that do everything that is allowed, at random, all at once.

Each seed gives the same requests; what the threads' timing makes of them is not the same twice,
so a failure is reported with all that is needed to look for it.
"""

from __future__ import annotations

import random
import threading
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from kit import Client, eventually

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kit import Exchange, Message, Origin, Proxy

CLIENTS = 6
EXCHANGES = 120
SMALL = 4_000
"""A body that a proxy can be expected to have kept for a second try."""
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]


def pieces(source: random.Random, data: bytes) -> list[bytes]:
    """`data` cut at random places, now and then into single bytes."""
    if len(data) < 300 and source.random() < 0.1:
        return [data[at : at + 1] for at in range(len(data))]
    cuts = sorted(source.randint(0, len(data)) for _ in range(source.choice([0, 0, 1, 3])))
    edges = [0, *cuts, len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def chunks(source: random.Random, body: bytes) -> bytes:
    """`body` in chunks of random sizes, with extensions and trailers here and there."""
    out, at = b"", 0
    while at < len(body):
        piece = body[at : at + source.choice([1, 7, 100, 5_000, 60_000])]
        extension = source.choice([b"", b"", b";name", b';name="a;b"', b";a=b;c=d"])
        out += b"%x%s\r\n%s\r\n" % (len(piece), extension, piece)
        at += len(piece)
    return out + b"0\r\n" + source.choice([b"", b"x-trailer: 1\r\n"]) + b"\r\n"


def body_of(source: random.Random) -> bytes:
    """A body, mostly small."""
    size = source.choice([0, 1, 10, 1_000, 4_000, 20_000, 200_000])
    return source.randbytes(source.randint(0, size))


def answer(exchange: Exchange) -> str | None:
    """Echoes in a random framing; now and then closes the connection, announced or not."""
    body = exchange.read_body()
    request = exchange.request
    source = random.Random(request.value("x-seed"))
    if source.random() < 0.1:
        exchange.send("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n")
    if request.method == "HEAD":
        exchange.send(f"HTTP/1.1 200 OK\r\ncontent-length: {len(body) + 1000}\r\n\r\n")
        return None
    status = source.choice([200, 200, 200, 201, 404, 500])
    framing = source.choice(["length", "length", "chunked", "close"])
    ends = source.choice([None, None, None, "close"]) if framing != "close" else "close"
    announced = "connection: close\r\n" if ends and source.random() < 0.5 else ""
    head = f"HTTP/1.1 {status} Any\r\nx-seed: {request.value('x-seed')}\r\n{announced}"
    if framing == "length":
        data = f"{head}content-length: {len(body)}\r\n\r\n".encode() + body
    elif framing == "chunked":
        data = f"{head}transfer-encoding: chunked\r\n\r\n".encode() + chunks(source, body)
    else:
        data = f"{head}\r\n".encode() + body
    for piece in pieces(source, data):
        exchange.send(piece)
    return ends


class Player:
    """One client with its own random numbers."""

    def __init__(self, proxy: Proxy, seed: int, *, hooked: bool) -> None:
        self.hooked = hooked
        self.source = random.Random(seed)
        self.seed = seed
        self.proxy = proxy
        self.client: Client | None = None
        self.served = 0
        self.wrong: list[str] = []

    def play(self) -> None:
        """Plays all exchanges."""
        for number in range(EXCHANGES):
            name = f"{self.seed}-{number}"
            try:
                self._exchange(name)
            except (OSError, EOFError) as error:
                self.wrong.append(f"{name}: {type(error).__name__} {error}")
                self._leave("close")
        self._leave("close")

    def _exchange(self, name: str) -> None:
        source = self.source
        wanted = []
        data = b""
        for turn in range(source.choice([1, 1, 1, 1, 3])):
            seed = f"{name}-{turn}"
            method = source.choice(METHODS)
            body = body_of(source) if method in ("POST", "PUT") else b""
            wanted.append((seed, method, body))
            head = f"{method} /{seed} HTTP/1.1\r\nhost: test\r\nx-seed: {seed}\r\n"
            if not body and source.random() < 0.5:
                data += f"{head}\r\n".encode()
            elif source.random() < 0.5:
                data += f"{head}content-length: {len(body)}\r\n\r\n".encode() + body
            else:
                data += f"{head}transfer-encoding: chunked\r\n\r\n".encode() + chunks(source, body)
        if self.client is None:
            self.client = Client(self.proxy.address)
        sender = threading.Thread(target=self._send, args=(self.client, pieces(source, data)))
        if source.random() < 0.05:
            # Leaves in the midst of it: nobody else may notice.
            self.client.send(data[: source.randint(0, min(len(data), 5_000))])
            self._leave(source.choice(["close", "reset"]))
            return
        sender.start()
        for seed, method, body in wanted:
            response = self.client.response(to_head=method == "HEAD")
            while response.status < 200:
                response = self.client.response(to_head=method == "HEAD")
            self._check(seed, method, body, response)
            if response.closes:
                self.client.rest()
                sender.join()
                self._leave("close")
                return
        sender.join()

    def _send(self, client: Client, data: list[bytes]) -> None:
        try:
            for piece in data:
                client.send(piece)
        except OSError as error:
            self.wrong.append(f"{self.seed}: sending: {error}")

    def _check(self, seed: str, method: str, body: bytes, response: Message) -> None:
        self.served += 1
        if self.hooked and zlib.crc32(seed.encode()) % 8 == 0:
            if (response.status, response.error) != (403, "chance"):
                self.wrong.append(f"{seed}: not denied: {response!r}"[:400])
            return
        if response.status == 502 and response.error and (method == "POST" or len(body) > SMALL):
            # The origin closed a kept connection just then. A POST must not be sent twice, and of
            # a large body the beginning is gone.
            return
        if method == "HEAD":
            good = response.value("content-length") == "1000"
        else:
            good = response.body == body and response.value("x-seed") == seed
        if self.hooked and response.value("x-edited") != seed:
            good = False
        if not good:
            self.wrong.append(f"{seed}: {method} {len(body)} bytes: {response!r}"[:400])

    def _leave(self, how: str) -> None:
        if self.client is not None:
            getattr(self.client, how)()
            self.client = None


HOOKS = """
import zlib
from pymesh.hooks import deny, hookimpl

mark = hookimpl(inline={inline}, deadline="10s")

@mark
def authorize(request):
    if zlib.crc32(request.headers["x-seed"].encode()) % 8 == 0:
        return deny(403, "chance")

@mark
def on_request(request):
    request.headers["x-seen"] = request.path

@mark
def on_response(request, response):
    response.headers["x-edited"] = request.headers["x-seed"]
"""


@pytest.mark.parametrize("hooks", ["none", "inline", "dispatched"])
@pytest.mark.parametrize("seed", [1, 2])
def test_everything_at_once(
    proxy_to: Callable[..., tuple[Proxy, Origin]],
    plugin: Callable[[str], Path],
    seed: int,
    hooks: str,
) -> None:
    flags = []
    if hooks != "none":
        flags = ["-p", str(plugin(HOOKS.format(inline=hooks == "inline")))]
    proxy, _ = proxy_to(answer, "--workers", str(1 + seed % 2), *flags)
    players = [
        Player(proxy, seed * 1_000 + number, hooked=hooks != "none") for number in range(CLIENTS)
    ]
    threads = [threading.Thread(target=player.play) for player in players]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [wrong for player in players for wrong in player.wrong] == []
    served = sum(player.served for player in players)
    assert served > CLIENTS * EXCHANGES // 2
    eventually(lambda: proxy.metrics().sum("pymesh_connections_active") == 0)
    eventually(lambda: proxy.metrics().sum("pymesh_requests_active") == 0)
    # Those that left have no answer to count, so there may be more requests than answers.
    assert proxy.metrics().sum("istio_requests_total") >= served
    assert proxy.stop() == 0
