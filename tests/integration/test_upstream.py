"""Upstreams that are slow, leave, refuse, answer early or never end, and clients that leave."""

from __future__ import annotations

import contextlib
import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest
from kit import behaviours, eventually
from kit.client import Client, get
from kit.origin import refused_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit import Exchange, Message, Origin, Proxy

    ProxyTo = Callable[..., tuple[Proxy, Origin]]


def test_a_refused_connect_is_answered_at_once(start_proxy: Callable[..., Proxy]) -> None:
    proxy = start_proxy("--to", f"127.0.0.1:{refused_port()}")
    with proxy.client() as client:
        for _ in range(2):  # the client did nothing wrong and may go on
            response = client.get("/")
            assert response.status in (502, 503)
            assert response.error == "connect_failed"
            assert not response.closes


def test_a_connect_that_hangs_is_given_up(start_proxy: Callable[..., Proxy]) -> None:
    import socket

    with socket.socket() as full:
        # A listener whose queue is full drops the SYN: the connect hangs.
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.settimeout(0)
            filler.connect_ex(full.getsockname())
            fillers.append(filler)
        target = "{}:{}".format(*full.getsockname())
        proxy = start_proxy("--to", target, "--connect-timeout", "200ms")
        response = get(proxy.address)
        assert response.status in (503, 504)
        assert response.error == "connect_timeout"
        for filler in fillers:
            filler.close()


def test_a_request_timeout_is_504_and_ends_the_upstream_connection(proxy_to: ProxyTo) -> None:
    proxy, origin = proxy_to(behaviours.silent, "--request-timeout", "200ms")
    with proxy.client() as client:
        response = client.get("/")
        assert (response.status, response.error) == (504, "request_timeout")
        eventually(lambda: origin.open == 0, "the origin's connection is closed")


def test_an_answer_that_does_not_begin_is_504(proxy_to: ProxyTo) -> None:
    proxy, origin = proxy_to(behaviours.silent, "--response-idle-timeout", "200ms")
    response = get(proxy.address)
    assert (response.status, response.error) == (504, "response_timeout")
    eventually(lambda: origin.open == 0, "the origin's connection is closed")


def test_an_answer_that_stops_is_cut(proxy_to: ProxyTo) -> None:
    def behave(exchange: Exchange) -> str:
        exchange.read_body()
        exchange.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello")
        exchange.peer_leaves()
        return "close"

    proxy, origin = proxy_to(behave, "--response-idle-timeout", "200ms")
    with proxy.client() as client, pytest.raises((EOFError, ConnectionError)):
        client.get("/")
    eventually(lambda: origin.open == 0, "the origin's connection is closed")


def test_a_slow_answer_is_waited_for(proxy_to: ProxyTo) -> None:
    gate = threading.Event()
    proxy, origin = proxy_to(behaviours.gated(gate))
    with proxy.client() as client:
        client.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n")
        eventually(lambda: origin.requests)
        gate.set()
        assert client.response().body == b"late"


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_the_upstream_is_told_when_the_client_leaves(proxy_to: ProxyTo, leave: str) -> None:
    proxy, origin = proxy_to(behaviours.silent)
    with proxy.client() as client:
        client.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n")
        eventually(lambda: origin.requests, "the request arrives")
        getattr(client, leave)()
        eventually(lambda: origin.open == 0, "the origin's connection is closed")
    eventually(
        lambda: proxy.metrics().sum("istio_requests_total", response_flags="DC") == 1,
        "the request is counted as left",
    )


def test_the_upstream_is_told_when_the_client_leaves_a_response(proxy_to: ProxyTo) -> None:
    proxy, origin = proxy_to(behaviours.endless(b"x" * 1000))
    with proxy.client() as client:
        client.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n")
        assert client.response_head().status == 200
        client.reset()
        eventually(lambda: origin.open == 0, "the origin's connection is closed")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
def test_a_stale_connection_is_replayed_for_idempotent_methods(
    proxy_to: ProxyTo, method: str
) -> None:
    proxy, origin = proxy_to(behaviours.stale_after(1), "--workers", "1")
    with proxy.client() as client:
        assert client.get("/first").status == 200
        response = client.ask(method, "/second", body=b"data" if method == "PUT" else None)
        assert response.status == 200
    assert origin.connections == 2
    assert origin.targets == ["/first", "/second", "/second"]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_stale_connection_is_not_replayed_for_other_methods(
    proxy_to: ProxyTo, method: str
) -> None:
    """The origin may have acted on it: only the client can know whether to try again."""
    proxy, origin = proxy_to(behaviours.stale_after(1), "--workers", "1")
    with proxy.client() as client:
        assert client.get("/first").status == 200
        response = client.ask(method, "/second", body=b"data")
        assert response.status == 502
        assert response.error
    assert origin.targets == ["/first", "/second"]


def test_a_fresh_connection_is_never_replayed(proxy_to: ProxyTo) -> None:
    proxy, origin = proxy_to(behaviours.close)
    assert get(proxy.address).status == 502
    assert origin.targets == ["/"]


def test_a_replay_stops_once_a_byte_of_the_answer_came(proxy_to: ProxyTo) -> None:
    def behave(exchange: Exchange) -> str | None:
        exchange.read_body()
        if exchange.turn == 0:
            exchange.reply(200, "good")
            return None
        exchange.send("HTTP/1.1 2")
        return "close"

    proxy, origin = proxy_to(behave, "--workers", "1")
    with proxy.client() as client:
        assert client.get("/first").status == 200
        assert client.get("/second").status == 502
    assert origin.targets == ["/first", "/second"]


def test_a_connection_that_was_closed_while_idle_is_not_used(proxy_to: ProxyTo) -> None:
    proxy, origin = proxy_to(behaviours.echo, "--workers", "1")
    assert get(proxy.address).status == 200
    origin.drop_connections()
    eventually(lambda: origin.open == 0)
    # POST, so a replay cannot hide the use of the dead connection.
    for number in range(5):
        with proxy.client() as client:
            assert client.post("/", b"%d" % number).status == 200


def test_an_early_answer_to_a_large_upload_reaches_the_client(proxy_to: ProxyTo) -> None:
    proxy, origin = proxy_to(behaviours.early(413, "too large"), "--workers", "1")
    with proxy.client() as client:
        size = 8 * 1024 * 1024
        client.send(f"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: {size}\r\n\r\n")
        sender = threading.Thread(target=_send_quietly, args=(client, b"x" * size))
        sender.start()
        response = client.response()
        assert (response.status, response.body) == (413, b"too large")
        sender.join()
    # The first connection still has the rest of an upload to take: it is not used again.
    assert get(proxy.address).status == 413
    assert origin.connections == 2


def test_an_early_answer_does_not_poison_the_pool(proxy_to: ProxyTo) -> None:
    """The upload's rest must never be read as a request by the origin."""

    def behave(exchange: Exchange) -> None:
        if exchange.request.target == "/upload":
            exchange.reply(403, "no")  # and keeps reading: the rest would be its next request
        else:
            exchange.reply(200, "good")

    proxy, origin = proxy_to(behave, "--workers", "1")
    with proxy.client() as client:
        client.send("POST /upload HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\n")
        assert client.response().status == 403
        _send_quietly(client, b"GET /smuggled HTTP/1.1\r\nhost: test\r\n\r\n" + b"x" * 100)
    for _ in range(3):
        assert get(proxy.address, "/good").body == b"good"
    assert "/smuggled" not in origin.targets


@pytest.mark.parametrize("after", ["close", "reset", "answer"])
@pytest.mark.parametrize("size", [100, 20_000, 28_000, 32_000, 60_000, 100_000])
def test_a_body_that_was_not_forwarded_is_never_a_request(
    proxy_to: ProxyTo, after: str, size: int
) -> None:
    """The upstream goes while the proxy holds a part of the body: that part must go with it."""

    def behave(exchange: Exchange) -> str | None:
        if exchange.request.target != "/upload":
            exchange.reply(200, exchange.request.target)
            return None
        if after == "answer":
            exchange.reply(403, "no")
            return "close"
        return after

    proxy, origin = proxy_to(behave, "--workers", "1")
    smuggled = b"GET /smuggled HTTP/1.1\r\nhost: test\r\n\r\n"
    body = smuggled * (size // len(smuggled))
    head = f"POST /upload HTTP/1.1\r\nhost: test\r\ncontent-length: {len(body)}\r\n\r\n"
    next_request = b"GET /next HTTP/1.1\r\nhost: test\r\n\r\n"
    for turn in range(20):
        with proxy.client() as client:
            assert client.get("/warm").status == 200
            seen = len(origin.requests)
            first = 38 * (turn // 2)
            client.send(head.encode() + body[:first])
            if turn % 2:
                eventually(partial(_longer, origin.requests, seen), "the head arrives")
            _send_quietly(client, body[first:] + next_request)
            response = client.response()
            assert response.status in (403, 502), response
            if not response.closes:
                assert client.response().body == b"/next"
    assert set(origin.targets) <= {"/warm", "/upload", "/next"}


def test_a_reset_without_an_answer_is_502(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(behaviours.reset)
    response = get(proxy.address)
    assert response.status == 502
    assert response.error


def test_an_origin_that_comes_back_is_served_from_again(
    start_origin: Callable[..., Origin], start_proxy: Callable[..., Proxy]
) -> None:
    origin = start_origin(behaviours.named("first"))
    proxy = start_proxy("--to", origin.to)
    assert get(proxy.address).body == b"first"
    origin.close()
    assert get(proxy.address).status in (502, 503)
    again = start_origin(behaviours.named("second"), port=origin.address[1])
    assert get(proxy.address).body == b"second"
    assert again.connections >= 1


def _longer(requests: list[Message], than: int) -> bool:
    return len(requests) > than


def _send_quietly(client: Client, data: bytes) -> None:
    with contextlib.suppress(OSError):  # the server may stop reading
        client.send(data)
