"""WebSocket: a tunnel after 101, and only then. Any other upgrade is left out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from kit import behaviours, eventually
from kit.client import get

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit import Client, Exchange, Origin, Proxy

    ProxyTo = Callable[..., tuple[Proxy, Origin]]

UPGRADE = (
    "GET /chat HTTP/1.1\r\nhost: test\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"
)
ACCEPTED = (
    "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
    "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


def tunnel(exchange: Exchange) -> str:
    """Accepts the upgrade and echoes bytes in upper case until the peer has sent its last."""
    if exchange.request.value("upgrade") != "websocket":
        exchange.reply(200, "no upgrade")
        return "close"
    exchange.send(ACCEPTED)
    buffered = exchange.reader.buffer
    while buffered:
        exchange.send(buffered.upper())
        buffered = exchange.socket.recv(65536)
    while data := exchange.socket.recv(65536):
        exchange.send(data.upper())
    return "close"


def read(client: Client, length: int) -> bytes:
    return client.reader.exactly(length)


def test_bytes_flow_both_ways_after_101(proxy_to: ProxyTo) -> None:
    proxy, origin = proxy_to(tunnel)
    with proxy.client() as client:
        client.send(UPGRADE)
        response = client.response_head()
        assert response.status == 101
        assert (response.value("upgrade") or "").lower() == "websocket"
        assert "upgrade" in (response.value("connection") or "").lower()
        assert response.value("sec-websocket-accept")
        for message in (b"hello", b"GET / HTTP/1.1\r\n\r\n", b"x" * 1_000_000):
            client.send(message)
            assert read(client, len(message)) == message.upper()
    eventually(lambda: origin.open == 0, "the tunnel's end reaches the origin")
    assert origin.targets == ["/chat"]


def test_an_end_of_the_origin_reaches_the_client(proxy_to: ProxyTo) -> None:
    proxy, origin = proxy_to(tunnel)
    with proxy.client() as client:
        client.send(UPGRADE)
        assert client.response_head().status == 101
        origin.drop_connections()
        assert client.is_closed()


def test_bytes_sent_before_101_wait_for_it(proxy_to: ProxyTo) -> None:
    """A request behind an upgrade that is refused must not have reached the origin."""

    def refuse(exchange: Exchange) -> None:
        exchange.reply(403, "no")

    proxy, origin = proxy_to(refuse)
    with proxy.client() as client:
        client.send(UPGRADE + "GET /smuggled HTTP/1.1\r\nhost: inner\r\n\r\n")
        response = client.response()
        assert response.status == 403
    # Served as the next request or dropped with the connection, but never as the origin's bytes.
    smuggled = [one for one in origin.requests if one.target == "/smuggled"]
    assert all(one.value("x-request-id") for one in smuggled)


def test_a_tunnel_is_never_pooled(proxy_to: ProxyTo) -> None:
    proxy, origin = proxy_to(tunnel, "--workers", "1")
    with proxy.client() as client:
        client.send(UPGRADE)
        assert client.response_head().status == 101
        client.send("x")
        assert read(client, 1) == b"X"
    assert get(proxy.address).body == b"no upgrade"
    assert origin.connections == 2


@pytest.mark.parametrize("protocol", ["h2c", "TLS/1.0", "websocket2", "irc"])
def test_other_upgrades_are_left_out(proxy_to: ProxyTo, protocol: str) -> None:
    proxy, _ = proxy_to(behaviours.reflect)
    response = get(
        proxy.address, "/", "connection: upgrade, http2-settings", f"upgrade: {protocol}",
        "http2-settings: AAMAAABkAAQAAP__",
    )  # fmt: skip
    assert response.status == 200
    names = [name.lower() for name, _ in json.loads(response.body)["fields"]]
    assert "upgrade" not in names
    assert "http2-settings" not in names


def test_a_200_is_no_tunnel(proxy_to: ProxyTo) -> None:
    """An origin that ignores the upgrade answers an ordinary request."""
    proxy, _ = proxy_to(behaviours.named("plain"), "--workers", "1")
    with proxy.client() as client:
        client.send(UPGRADE)
        response = client.response()
        assert (response.status, response.body) == (200, b"plain")
        assert response.value("upgrade") is None


def test_a_switch_that_nobody_asked_for_is_502(proxy_to: ProxyTo) -> None:
    proxy, origin = proxy_to(behaviours.raw(ACCEPTED))
    response = get(proxy.address)
    assert response.status == 502
    eventually(lambda: origin.open == 0, "the origin's connection is closed")


def test_a_tunnel_does_not_outlive_the_drains_deadline(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(tunnel, "--drain-timeout", "300ms")
    with proxy.client() as client:
        client.send(UPGRADE)
        assert client.response_head().status == 101
        proxy.terminate()
        client.rest()
    proxy.wait()
