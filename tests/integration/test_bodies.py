"""Large bodies both ways, byte for byte, in bounded memory."""

from __future__ import annotations

import hashlib
import json
import random
import threading
from typing import TYPE_CHECKING

import pytest
from kit import behaviours, eventually
from kit.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit import Exchange, Origin, Proxy

    ProxyTo = Callable[..., tuple[Proxy, Origin]]

MIB = 1024 * 1024
LARGE = 64 * MIB
MOST_HELD = 16 * MIB
"""How much a single body may add to what the proxy holds, far below its size."""


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def large() -> bytes:
    return random.Random(4).randbytes(LARGE)


def test_a_large_upload_arrives_whole(reflect: tuple[Proxy, Origin], large: bytes) -> None:
    proxy, _ = reflect
    with proxy.client() as client:
        response = client.post("/", large)
        assert json.loads(response.body)["sha256"] == digest(large)


def test_a_large_upload_in_chunks_arrives_whole(
    reflect: tuple[Proxy, Origin], large: bytes
) -> None:
    proxy, _ = reflect
    sizes = random.Random(5)
    with proxy.client() as client:
        client.send("POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n")
        at = 0
        while at < len(large):
            piece = large[at : at + sizes.randint(1, 300_000)]
            client.send(b"%x\r\n%s\r\n" % (len(piece), piece))
            at += len(piece)
        client.send("0\r\n\r\n")
        response = client.response()
        assert json.loads(response.body)["sha256"] == digest(large)


@pytest.mark.parametrize("framing", ["length", "chunked", "until close"])
def test_a_large_download_arrives_whole(proxy_to: ProxyTo, large: bytes, framing: str) -> None:
    def behave(exchange: Exchange) -> str | None:
        exchange.read_body()
        if framing == "length":
            exchange.reply(200, large)
            return None
        if framing == "until close":
            exchange.send(b"HTTP/1.1 200 OK\r\n\r\n" + large)
            return "close"
        exchange.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for at in range(0, len(large), 100_000):
            piece = large[at : at + 100_000]
            exchange.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        exchange.send("0\r\n\r\n")
        return None

    proxy, _ = proxy_to(behave)
    with proxy.client() as client:
        assert digest(client.get("/").body) == digest(large)


def test_many_small_bodies_at_once_do_not_mix(echo: tuple[Proxy, Origin]) -> None:
    proxy, _ = echo
    wrong: list[str] = []

    def ask(number: int) -> None:
        source = random.Random(number)
        with proxy.client() as client:
            for _ in range(50):
                body = source.randbytes(source.randint(0, 20_000))
                if client.post("/", body).body != body:
                    wrong.append(f"client {number}")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_reader_that_does_not_read_holds_the_origin_back(proxy_to: ProxyTo) -> None:
    """What the client does not take must stay with the origin, not pile up in the proxy."""
    sent = [0]

    def behave(exchange: Exchange) -> str:
        exchange.read_body()
        exchange.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        while True:
            exchange.send(piece)
            sent[0] += len(piece)

    proxy, origin = proxy_to(behave)
    before = proxy.memory_bytes()
    with Client(proxy.address, receive_buffer=64 * 1024) as client:
        client.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n")
        assert client.response_head().status == 200
        _settles(lambda: sent[0])
        assert sent[0] < 64 * MIB, "the origin was never held back"
        assert proxy.memory_bytes() - before < MOST_HELD
    eventually(lambda: origin.open == 0, "the origin's connection is closed")


def test_an_origin_that_does_not_read_holds_the_client_back(proxy_to: ProxyTo) -> None:
    gate = threading.Event()

    def behave(exchange: Exchange) -> None:
        assert gate.wait(60)
        exchange.reply(200, digest(exchange.read_body()))

    proxy, _ = proxy_to(behave)
    before = proxy.memory_bytes()
    body = b"x" * LARGE
    with proxy.client() as client:
        client.socket.settimeout(60)
        sent = [0]

        def send() -> None:
            client.send(f"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: {LARGE}\r\n\r\n")
            for at in range(0, LARGE, 0x10000):
                client.send(body[at : at + 0x10000])
                sent[0] += 0x10000

        sender = threading.Thread(target=send)
        sender.start()
        _settles(lambda: sent[0])
        assert sent[0] < LARGE, "the client was never held back"
        assert proxy.memory_bytes() - before < MOST_HELD
        gate.set()
        assert client.response().body.decode() == digest(body)
        sender.join()


def test_a_slow_reader_does_not_slow_the_others(proxy_to: ProxyTo) -> None:
    def behave(exchange: Exchange) -> None:
        if exchange.request.target == "/large":
            behaviours.endless(b"x" * 0x10000)(exchange)
        exchange.reply(200, "quick")

    proxy, _ = proxy_to(behave, "--workers", "1")
    with Client(proxy.address, receive_buffer=16 * 1024) as slow, proxy.client() as quick:
        slow.send("GET /large HTTP/1.1\r\nhost: test\r\n\r\n")
        assert slow.response_head().status == 200
        for _ in range(100):
            assert quick.get("/quick").body == b"quick"


def _settles(value: Callable[[], int]) -> None:
    """Waits until a number has not moved for many looks: then it is stuck, not slow."""
    last, still = -1, 0

    def settled() -> bool:
        nonlocal last, still
        now = value()
        still = still + 1 if now == last and now > 0 else 0
        last = now
        return still > 150

    eventually(settled, "the sender is held back")
