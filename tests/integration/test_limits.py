"""Limits of size, number and time, and that nothing is left behind."""

from __future__ import annotations

import resource
import time
from typing import TYPE_CHECKING

import pytest
from kit import behaviours, eventually
from kit.client import Client, get

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit import Origin, Proxy

    ProxyTo = Callable[..., tuple[Proxy, Origin]]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (f"GET /{'a' * 9000} HTTP/1.1\r\nhost: test\r\n\r\n", 414),
        (f"GET / HTTP/1.1\r\nhost: test\r\nx: {'y' * 20_000}\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\nhost: test\r\n" + "x: y\r\n" * 120 + "\r\n", 431),
        ("GET / HTTP/1.1\r\nhost: test\r\n" + "x: y\r\n" * 10_000, 431),
        (f"{'A' * 20_000} / HTTP/1.1\r\nhost: test\r\n\r\n", 501),
    ],
    ids=["target", "field", "fields", "endless fields", "method"],
)
def test_a_head_beyond_a_limit_is_refused(
    echo: tuple[Proxy, Origin], data: str, status: int
) -> None:
    proxy, origin = echo
    before = len(origin.requests)
    with proxy.client() as client:
        client.send(data)
        response = client.response()
        assert response.status in (status, 400 if status == 501 else status), response
        assert response.closes
        assert response.error
        client.is_closed()
    assert len(origin.requests) == before


def test_limits_can_be_chosen(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(
        behaviours.echo, "--max-fields", "200", "--max-head-size", "64KiB",
        "--max-target-size", "32KiB",
    )  # fmt: skip
    assert get(proxy.address, "/" + "a" * 20_000).status == 200
    assert get(proxy.address, "/", *(["x: y"] * 150)).status == 200
    assert get(proxy.address, "/", f"x: {'y' * 40_000}").status == 200


@pytest.mark.parametrize("limit", [1_024, 16_384, 32_768, 65_536])
@pytest.mark.parametrize("spare", [0, 1, 100])
def test_a_body_follows_the_largest_head_there_may_be(
    proxy_to: ProxyTo, limit: int, spare: int
) -> None:
    proxy, origin = proxy_to(
        behaviours.echo, "--max-head-size", str(limit), "--max-target-size", "512"
    )
    body = b"y" * 100_000
    bare = f"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: {len(body)}\r\nx: \r\n\r\n"
    head = bare.replace("x: ", "x: " + "z" * (limit - spare - len(bare)))
    assert len(head) == limit - spare
    with proxy.client() as client:
        for _ in range(2):
            client.send(head.encode() + body)
            response = client.response()
            assert (response.status, len(response.body)) == (200, len(body))
        client.send(head.replace("x: ", "x: " + "z" * (spare + 1)).encode() + body)
        assert client.response().status == 431
    assert len(origin.requests) == 2


def test_a_body_beyond_the_limit_is_413(proxy_to: ProxyTo) -> None:
    proxy, origin = proxy_to(behaviours.echo, "--max-body-size", "1KiB")
    with proxy.client() as client:
        assert client.post("/small", b"x" * 1024).status == 200
        response = client.post("/large", b"x" * 1025)
        assert (response.status, response.closes) == (413, True)
    with proxy.client() as client:
        client.send(
            "POST /chunks HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n"
            + f"200\r\n{'x' * 0x200}\r\n" * 4
            + "0\r\n\r\n"
        )
        assert client.response().status == 413
    assert not any(request.target == "/large" for request in origin.requests)
    chunks = [request for request in origin.requests if request.target == "/chunks"]
    assert not any(request.complete for request in chunks)


def test_a_head_that_does_not_arrive_is_408(proxy_to: ProxyTo) -> None:
    proxy, origin = proxy_to(behaviours.echo, "--request-head-timeout", "200ms")
    with proxy.client() as client:
        client.send("GET / HTTP/1.1\r\nhost: te")
        response = client.response()
        assert (response.status, response.closes) == (408, True)
        assert client.is_closed()
    assert not origin.requests


def test_a_head_that_trickles_is_408(proxy_to: ProxyTo) -> None:
    """Each byte is in time, the head is not: the clock runs from the first byte to the last."""
    proxy, origin = proxy_to(behaviours.echo, "--request-head-timeout", "400ms")
    with proxy.client() as client:
        client.send("GET / HTTP/1.1\r\n")
        client.socket.settimeout(0.02)
        start = time.monotonic()
        while time.monotonic() - start < 15:
            try:
                client.send("x: y\r\n")
                if not client.reader.fill():
                    break
                if b"\r\n\r\n" in client.reader.buffer:
                    break
            except TimeoutError:
                continue
            except ConnectionError:
                break
        assert client.reader.buffer.startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - start < 5
    assert not origin.requests


def test_many_heads_that_trickle_do_not_hurt_others(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(behaviours.echo, "--workers", "1")
    slow = [Client(proxy.address) for _ in range(200)]
    for client in slow:
        client.send("GET / HTTP/1.1\r\n")
    for _ in range(50):
        assert get(proxy.address).status == 200
    for client in slow:
        client.close()


def test_a_body_that_stops_is_408(proxy_to: ProxyTo) -> None:
    proxy, origin = proxy_to(behaviours.echo, "--body-idle-timeout", "200ms")
    with proxy.client() as client:
        client.send("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 10\r\n\r\nhello")
        response = client.response()
        assert (response.status, response.closes) == (408, True)
    eventually(lambda: origin.open == 0, "the origin's connection is closed")
    assert not origin.requests[0].complete


def test_an_idle_connection_is_closed(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(behaviours.echo, "--idle-timeout", "200ms")
    with proxy.client() as client:
        assert client.get().status == 200
        assert client.is_closed()


def test_an_old_connection_is_closed_after_its_request(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(behaviours.echo, "--connection-age", "200ms")
    with proxy.client() as client:
        responses = []

        def closes() -> bool:
            responses.append(client.get())
            return responses[-1].closes

        eventually(closes, "the connection has its age")
        assert {response.status for response in responses} == {200}
        assert client.is_closed()


def test_connections_beyond_the_limit_are_closed_and_the_others_served(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(behaviours.echo, "--max-connections", "4")
    kept = [proxy.client() for _ in range(4)]
    for client in kept:
        assert client.get().status == 200
    with proxy.client() as extra:
        try:
            extra.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n")
            assert extra.is_closed()
        except ConnectionError:
            pass
    for client in kept:
        assert client.get().status == 200
        client.close()

    def served_again() -> bool:
        try:
            return get(proxy.address).status == 200
        except (OSError, EOFError):
            return False

    eventually(served_again, "places become free")


def test_running_out_of_descriptors_is_survived(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(behaviours.echo, "--workers", "1")
    assert get(proxy.address).status == 200
    most = proxy.open_files() + 8
    limits = resource.prlimit(proxy.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(proxy.process.pid, resource.RLIMIT_NOFILE, (most, limits[1]))
    clients = [proxy.client() for _ in range(30)]
    eventually(lambda: proxy.open_files() >= most, "there are no more")
    for client in clients:
        client.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n")
    # Some are served, or told that there is no connection to the origin; none of them hangs the
    # others, and with the pressure gone all is well.
    for client in clients:
        client.close()
    resource.prlimit(proxy.process.pid, resource.RLIMIT_NOFILE, limits)

    def served() -> bool:
        try:
            return get(proxy.address).status == 200
        except (OSError, EOFError):
            return False

    eventually(served, "it serves again")
    assert proxy.page("/ready").status == 200


def test_idle_connections_hold_little(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(behaviours.echo, "--max-connections", "2000")
    with proxy.client() as client:
        assert client.post("/", b"x" * 100_000).status == 200
    before = proxy.memory_bytes()
    clients = [proxy.client() for _ in range(800)]
    for client in clients:
        assert client.get().status == 200
    # A buffer for each would be 32 KiB each; a worker keeps some of those for the next.
    assert proxy.memory_bytes() - before < 800 * 12 * 1024


def test_half_sent_heads_hold_no_more_than_their_limit(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(behaviours.echo, "--max-connections", "2000", "--workers", "1")
    assert get(proxy.address).status == 200
    before = proxy.memory_bytes()
    for _ in range(400):
        proxy.client().send("GET / HTTP/1.1\r\nhost: test\r\nx: " + "y" * 15_000)
    for _ in range(20):
        assert get(proxy.address).status == 200
    assert proxy.memory_bytes() - before < 64 * 1024 * 1024


def test_nothing_is_left_of_connections_that_end_in_every_way(proxy_to: ProxyTo) -> None:
    proxy, origin = proxy_to(behaviours.echo, "--pool-size", "0")
    assert get(proxy.address).status == 200
    eventually(lambda: origin.open == 0)
    before = proxy.open_files()
    for number in range(300):
        client = proxy.client()
        match number % 6:
            case 0:
                client.close()
            case 1:
                client.reset()
            case 2:
                client.send("GET / HTTP/1.1\r\nhost: te")
                client.reset()
            case 3:
                client.send("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 9\r\n\r\nx")
                client.close()
            case 4:
                client.send("nonsense\r\n\r\n")
                assert client.response().status == 400
                client.close()
            case 5:
                assert client.get().status == 200
                client.close()
    eventually(lambda: proxy.open_files() <= before, "descriptors are back to where they were")
    assert get(proxy.address).status == 200
