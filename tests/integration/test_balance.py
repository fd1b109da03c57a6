"""Where requests go: weights, policies, services."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from kit import behaviours, eventually
from kit.client import get
from kit.origin import refused_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit import Origin, Proxy

POLICIES = ["round_robin", "random", "least_request"]


def shares(proxy: Proxy, requests: int) -> Counter[str]:
    """How many of `requests` each origin answered."""
    with proxy.client() as client:
        return Counter(client.get().body.decode() for _ in range(requests))


@pytest.mark.parametrize("policy", POLICIES)
def test_endpoints_of_one_service_share_by_weight(
    start_origin: Callable[..., Origin], start_proxy: Callable[..., Proxy], policy: str
) -> None:
    one, two = (start_origin(behaviours.named(name)) for name in ("one", "two"))
    proxy = start_proxy(
        "--to", f"{one.to}@3", "--to", f"{two.to}@1", "--lb", policy, "--workers", "1"
    )
    share = shares(proxy, 800)["one"] / 800
    if policy == "round_robin":
        assert share == 0.75
    else:
        assert 0.65 < share < 0.85


def test_round_robin_takes_turns(
    start_origin: Callable[..., Origin], start_proxy: Callable[..., Proxy]
) -> None:
    origins = [start_origin(behaviours.named(str(number))) for number in range(4)]
    flags = [word for origin in origins for word in ("--to", origin.to)]
    proxy = start_proxy(*flags, "--lb", "round_robin", "--workers", "1")
    with proxy.client() as client:
        turns = [client.get().body for _ in range(12)]
    assert turns[:4] == turns[4:8] == turns[8:]
    assert len(set(turns)) == 4


def test_services_share_by_the_sum_of_their_weights(
    start_origin: Callable[..., Origin], start_proxy: Callable[..., Proxy]
) -> None:
    blue, also_blue, green = (start_origin(behaviours.named(n)) for n in ("b1", "b2", "g"))
    proxy = start_proxy(
        "--to", f"blue={blue.to}@4", "--to", f"blue={also_blue.to}@5", "--to", f"green={green.to}@1"
    )
    counts = shares(proxy, 1000)
    assert 0.04 < counts["g"] / 1000 < 0.18
    assert counts["b1"]
    assert counts["b2"]
    metrics = proxy.metrics()
    assert metrics.sum("istio_requests_total", destination_service_name="green") == counts["g"]


def test_least_request_avoids_the_one_that_is_busy(
    start_origin: Callable[..., Origin], start_proxy: Callable[..., Proxy]
) -> None:
    import threading

    gate = threading.Event()
    busy = start_origin(behaviours.gated(gate))
    idle = start_origin(behaviours.named("idle"))
    proxy = start_proxy("--to", busy.to, "--to", idle.to, "--lb", "least_request", "--workers", "1")
    waiting = []
    while not busy.requests:
        client = proxy.client()
        client.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n")
        waiting.append(client)
        eventually(lambda: len(busy.requests) + len(idle.requests) == len(waiting))
    before = len(busy.requests)
    with proxy.client() as client:
        for _ in range(100):
            assert client.get().body == b"idle"
    assert len(busy.requests) == before
    gate.set()
    for client in waiting:
        assert client.response().status == 200
        client.close()


def test_an_endpoint_that_refuses_leaves_the_proxy_serving(
    start_origin: Callable[..., Origin], start_proxy: Callable[..., Proxy]
) -> None:
    """Each request is answered: by the endpoint that lives, or with what went wrong."""
    origin = start_origin(behaviours.named("alive"))
    proxy = start_proxy(
        "--to", origin.to, "--to", f"127.0.0.1:{refused_port()}", "--lb", "round_robin"
    )
    statuses = Counter(get(proxy.address).status for _ in range(40))
    assert statuses[200] >= 20
    assert set(statuses) <= {200, 502, 503}


def test_ipv6_is_served(
    start_origin: Callable[..., Origin], start_proxy: Callable[..., Proxy]
) -> None:
    import socket

    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    origin = start_origin(behaviours.named("four"))
    proxy = start_proxy("--to", origin.to, "--listen", "[::1]:0")
    with socket.create_connection(proxy.address[:2]) as stream:
        stream.sendall(b"GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n")
        assert b"four" in b"".join(iter(lambda: stream.recv(4096), b""))
