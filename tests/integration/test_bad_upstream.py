"""An upstream that violates the grammar gets the client a 502, and its connection no more work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from kit import behaviours, eventually
from kit.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit import Exchange, Origin, Proxy

OK = "HTTP/1.1 200 OK\r\n"

HEADS: dict[str, str] = {
    "content-length and chunked": (
        OK + "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
    "chunked and content-length": (
        OK + "transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n"),
    "two lengths": OK + "content-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
    "the same length twice": OK + "content-length: 5\r\ncontent-length: 5\r\n\r\nhello",
    "a signed length": OK + "content-length: +5\r\n\r\nhello",
    "a list of lengths": OK + "content-length: 5, 5\r\n\r\nhello",
    "an unknown coding": OK + "transfer-encoding: gzip\r\n\r\n",
    "chunked twice": OK + "transfer-encoding: chunked\r\n" * 2 + "\r\n0\r\n\r\n",
    "chunked in HTTP/1.0": "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "a line feed after the status line": "HTTP/1.1 200 OK\ncontent-length: 0\r\n\r\n",
    "a line feed after a field": OK + "x: y\ncontent-length: 0\r\n\r\n",
    "a carriage return in a value": OK + "x: y\rz\r\ncontent-length: 0\r\n\r\n",
    "NUL in a value": OK + "x: y\x00z\r\ncontent-length: 0\r\n\r\n",
    "a folded line": OK + "x: y\r\n z\r\ncontent-length: 0\r\n\r\n",
    "a space before the colon": OK + "content-length : 0\r\n\r\n",
    "no colon": OK + "xy\r\ncontent-length: 0\r\n\r\n",
    "an empty name": OK + ": y\r\ncontent-length: 0\r\n\r\n",
    "a status of four digits": "HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n",
    "a status of two digits": "HTTP/1.1 20 OK\r\ncontent-length: 0\r\n\r\n",
    "a status of letters": "HTTP/1.1 OK OK\r\ncontent-length: 0\r\n\r\n",
    "a status below 100": "HTTP/1.1 099 Low\r\ncontent-length: 0\r\n\r\n",
    "a status above 599": "HTTP/1.1 600 High\r\ncontent-length: 0\r\n\r\n",
    "another protocol": "ICY 200 OK\r\ncontent-length: 0\r\n\r\n",
    "HTTP/2": "HTTP/2 200 OK\r\ncontent-length: 0\r\n\r\n",
    "no head at all": "hello, this is not HTTP\r\n\r\n",
    "an unasked switch of protocols": (
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n"),
    "a head beyond the limit": OK + f"x: {'y' * 1000}\r\n" * 100 + "content-length: 0\r\n\r\n",
    "too many fields": OK + "x: y\r\n" * 1000 + "content-length: 0\r\n\r\n",
}  # fmt: skip

CHUNKED = OK + "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"

BODIES: dict[str, str] = {
    "no size": CHUNKED + "\r\n0\r\n\r\n",
    "a bad size": CHUNKED + "zz\r\n0\r\n\r\n",
    "a signed size": CHUNKED + "+0\r\n\r\n",
    "a size above 64 bits": CHUNKED + "fffffffffffffffff\r\n",
    "a line feed after a size": CHUNKED + "5\nhello\r\n0\r\n\r\n",
    "data longer than its size": CHUNKED + "4\r\nhello\r\n0\r\n\r\n",
    "a bad trailer": CHUNKED + "0\r\na b\r\n\r\n",
    "an endless extension": CHUNKED + f"5;{'x' * 20000}\r\nhello\r\n0\r\n\r\n",
}  # fmt: skip


def second_time_good(answer: str) -> Callable[[Exchange], None]:
    """Violates the grammar on the first connection and answers well on any other."""

    def behave(exchange: Exchange) -> None:
        exchange.read_body()
        if exchange.connection == 0:
            exchange.send(answer)
        else:
            exchange.reply(200, "good")

    return behave


@pytest.fixture(scope="module")
def by_target() -> object:
    """One proxy before an origin that answers with the case that the target names."""
    from kit import Origin, Proxy

    def behave(exchange: Exchange) -> None:
        exchange.read_body()
        kind, _, number = exchange.request.target.strip("/").partition("/")
        cases = {"head": list(HEADS.values()), "body": list(BODIES.values())}
        if kind in cases:
            exchange.send(cases[kind][int(number)])
        else:
            exchange.reply(200, "good")

    with Origin(behave) as origin, Proxy("--to", origin.to, "--workers", "1") as proxy:
        yield proxy, origin


@pytest.mark.parametrize("case", HEADS)
def test_a_bad_head_becomes_502_and_its_connection_is_not_used_again(
    by_target: tuple[Proxy, Origin], case: str
) -> None:
    proxy, origin = by_target
    with proxy.client() as client:
        response = client.get(f"/head/{list(HEADS).index(case)}")
        assert response.status == 502, response
        assert response.error, response
        bad = origin.connections
        eventually(lambda: origin.ended == bad, "the origin's connection is closed")
        assert client.get("/good").body == b"good"
        assert origin.connections == bad + 1


@pytest.mark.parametrize("case", BODIES)
def test_a_bad_body_never_looks_complete(by_target: tuple[Proxy, Origin], case: str) -> None:
    proxy, origin = by_target
    with proxy.client() as client:
        try:
            response = client.get(f"/body/{list(BODIES).index(case)}")
        except (EOFError, ConnectionError):
            pass
        else:
            assert response.status == 502, response
        bad = origin.connections
        eventually(lambda: origin.ended == bad, "the origin's connection is closed")


def test_bytes_behind_a_response_are_dropped_with_their_connection(
    proxy_to: Callable[..., tuple[Proxy, Origin]],
) -> None:
    """A second response to one request must never answer somebody else's."""
    response = OK + "content-length: 5\r\n\r\nfirst"
    poison = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison"
    proxy, origin = proxy_to(second_time_good(response + poison))
    with proxy.client() as client:
        assert client.get("/a").body == b"first"
        assert client.get("/b").body == b"good"
    assert origin.connections == 2


def test_a_response_without_a_request_poisons_nobody(
    proxy_to: Callable[..., tuple[Proxy, Origin]],
) -> None:
    """Bytes that arrive on an idle pooled connection make it useless, not its next user."""
    import threading

    sent = threading.Event()

    def behave(exchange: Exchange) -> None:
        exchange.read_body()
        exchange.reply(200, f"connection {exchange.connection}")
        if exchange.connection == 0:
            exchange.send("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison")
            sent.set()

    proxy, origin = proxy_to(behave)
    with proxy.client() as client:
        assert client.get("/a").body == b"connection 0"
        assert sent.wait(10)
        eventually(lambda: origin.ended == 1 or _in_flight_is_over(proxy))
        assert client.get("/b").body == b"connection 1"


def _in_flight_is_over(proxy: Proxy) -> bool:
    """The bytes are on loopback: by the time an admin page was fetched they have arrived."""
    return proxy.page("/live").status == 200


def test_a_body_longer_than_announced_is_cut_and_its_connection_dropped(
    proxy_to: Callable[..., tuple[Proxy, Origin]],
) -> None:
    proxy, origin = proxy_to(second_time_good(OK + "content-length: 3\r\n\r\nhello"))
    with proxy.client() as client:
        assert client.get("/a").body == b"hel"
        assert client.get("/b").body == b"good"
    assert origin.connections == 2


def test_a_body_shorter_than_announced_is_seen_as_cut(
    proxy_to: Callable[..., tuple[Proxy, Origin]],
) -> None:
    proxy, _ = proxy_to(behaviours.cut_short(declared=100, sent=10))
    with Client(proxy.address) as client, pytest.raises((EOFError, ConnectionError)):
        client.get("/")


def test_a_chunked_body_without_its_end_is_seen_as_cut(
    proxy_to: Callable[..., tuple[Proxy, Origin]],
) -> None:
    proxy, _ = proxy_to(behaviours.raw(CHUNKED, after="close"))
    with Client(proxy.address) as client, pytest.raises((EOFError, ConnectionError)):
        client.get("/")


def test_a_reset_within_the_body_is_seen_as_cut(
    proxy_to: Callable[..., tuple[Proxy, Origin]],
) -> None:
    proxy, _ = proxy_to(behaviours.cut_short(declared=100, sent=10, after="reset"))
    with Client(proxy.address) as client, pytest.raises((EOFError, ConnectionError)):
        client.get("/")


@pytest.mark.parametrize(
    ("answer", "after"), [("", "close"), ("", "reset"), ("HTTP/1.1 200 O", "close")]
)
def test_an_end_before_the_head_is_complete_becomes_502(
    proxy_to: Callable[..., tuple[Proxy, Origin]], answer: str, after: str
) -> None:
    proxy, _ = proxy_to(behaviours.raw(answer, after=after))
    with proxy.client() as client:
        response = client.post("/", b"not idempotent")
        assert response.status == 502
        assert response.error
