"""A proxy that is told to stop finishes what it has begun and loses nothing."""

from __future__ import annotations

import signal
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest
from kit import Proxy, behaviours, eventually
from kit.load import Load

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit import Exchange, Origin

    ProxyTo = Callable[..., tuple[Proxy, Origin]]

TOKEN = {"PYMESH_ADMIN_TOKEN": "open-sesame"}


def test_requests_in_flight_are_finished(proxy_to: ProxyTo) -> None:
    gate = threading.Event()
    proxy, origin = proxy_to(behaviours.gated(gate))
    with proxy.client() as client:
        client.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n")
        eventually(lambda: origin.requests, "the request arrives")
        proxy.terminate()
        eventually(lambda: proxy.page("/ready").status == 503, "it is no longer ready")
        assert proxy.page("/live").status == 200
        assert proxy.process.poll() is None
        gate.set()
        response = client.response()
        assert (response.status, response.body) == (200, b"late")
        assert response.closes
        assert client.is_closed()
    assert proxy.wait() == 0


def test_nothing_new_is_accepted(proxy_to: ProxyTo) -> None:
    gate = threading.Event()
    proxy, origin = proxy_to(behaviours.gated(gate))
    with proxy.client() as client:
        client.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n")
        eventually(lambda: origin.requests, "the request arrives")
        proxy.terminate()

        def refuses() -> bool:
            try:
                proxy.client().close()
            except ConnectionRefusedError:
                return True
            return False

        eventually(refuses, "the port is closed")
        gate.set()
        assert client.response().status == 200
    assert proxy.wait() == 0


def test_an_idle_connection_may_still_send_one_request(proxy_to: ProxyTo) -> None:
    """Closing it at once would race with a request that is on its way already."""
    proxy, _ = proxy_to(behaviours.echo)
    with proxy.client() as client:
        assert client.get().status == 200
        proxy.terminate()
        eventually(lambda: _is_draining(proxy), "the drain begins")
        response = client.get()
        assert (response.status, response.closes) == (200, True)
        assert client.is_closed()
    assert proxy.wait() == 0


def test_idle_connections_do_not_hold_the_drain_up(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(behaviours.echo)
    idle = [proxy.client() for _ in range(10)]
    for client in idle[:5]:
        assert client.get().status == 200
    start = time.monotonic()
    assert proxy.stop() == 0
    assert time.monotonic() - start < 10, "far below the deadline of 30 s"
    for client in idle:
        client.close()


def test_the_deadline_cuts_what_does_not_end(proxy_to: ProxyTo) -> None:
    proxy, origin = proxy_to(behaviours.silent, "--drain-timeout", "300ms")
    with proxy.client() as client:
        client.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n")
        eventually(lambda: origin.requests, "the request arrives")
        proxy.terminate()
        proxy.wait(10)
        assert b" 200 " not in client.rest()


def test_a_large_download_is_finished(proxy_to: ProxyTo) -> None:
    body = b"x" * (32 * 1024 * 1024)

    def behave(exchange: Exchange) -> None:
        exchange.read_body()
        exchange.reply(200, body)

    proxy, _ = proxy_to(behave)
    with proxy.client() as client:
        client.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n")
        head = client.response_head()
        proxy.terminate()
        client.reader.response_body(head)
        assert len(head.body) == len(body)
    assert proxy.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_both_signals_drain(proxy_to: ProxyTo, number: signal.Signals) -> None:
    proxy, _ = proxy_to(behaviours.echo)
    proxy.process.send_signal(number)
    assert proxy.wait() == 0
    assert not any("Traceback" in line for line in proxy.stderr)


def test_a_drain_can_be_asked_for(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(behaviours.echo, **TOKEN)
    assert proxy.page("/drain", "POST", "authorization: Bearer open-sesame").status == 202
    assert proxy.wait() == 0


def test_a_second_signal_does_not_end_a_drain_with_a_traceback(proxy_to: ProxyTo) -> None:
    gate = threading.Event()
    proxy, origin = proxy_to(behaviours.gated(gate))
    with proxy.client() as client:
        client.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n")
        eventually(lambda: origin.requests, "the request arrives")
        proxy.terminate()
        eventually(lambda: _is_draining(proxy), "the drain begins")
        proxy.process.send_signal(signal.SIGINT)
        gate.set()
        proxy.wait()
    assert not any("Traceback" in line for line in proxy.stderr)


def test_fifty_drains_under_load_lose_no_request(start_origin: Callable[..., Origin]) -> None:
    """As behind a load balancer: the next proxy takes the new connections, then the last drains."""
    origin = start_origin(behaviours.echo)
    current = Proxy("--to", origin.to)
    load = Load(lambda: current.address, threads=4)
    try:
        for _ in range(50):
            answered = load.good
            last, current = current, Proxy("--to", origin.to)
            eventually(partial(load.connecting_nowhere_but, current.address))
            last.terminate()
            assert last.wait() == 0
            eventually(partial(load.has_gone_beyond, answered), "the load goes on")
    finally:
        load.stop()
        current.kill()
    assert load.failures == []
    assert load.good > 500


def _is_draining(proxy: Proxy) -> bool:
    try:
        return proxy.page("/ready").status == 503
    except OSError:
        return True
