from __future__ import annotations

from typing import Any

import pytest
from fakes import FakePeer, request
from hypothesis import given
from hypothesis import strategies as st

from pymesh.plugins.token_bucket import Config, TokenBucket
from pymesh.plugins.token_bucket._buckets import Buckets
from pymesh.plugins.token_bucket.plugin import network


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def statuses(plugin: TokenBucket, count: int, *fields: tuple[str, str], **peer: Any) -> list[int]:
    """What so many requests at once get; 200 stands for a request that goes on."""
    found = []
    for _ in range(count):
        denial = plugin.authorize(request(*fields), FakePeer(**peer))
        found.append(200 if denial is None else denial.status)
    return found


def test_a_burst_then_the_rate() -> None:
    clock = Clock()
    plugin = TokenBucket(Config(rate=2, burst=3), clock)
    assert statuses(plugin, 5) == [200, 200, 200, 429, 429]
    clock.now += 0.5
    assert statuses(plugin, 2) == [200, 429]
    clock.now += 60
    assert statuses(plugin, 4) == [200, 200, 200, 429]


def test_a_refusal_says_when_to_come_again() -> None:
    clock = Clock()
    plugin = TokenBucket(Config(rate=0.1, burst=1), clock)
    plugin.authorize(request(), FakePeer())
    for waited, expected in ((0.0, b"10"), (2.5, b"8"), (9.5, b"1")):
        clock.now = 1000.0 + waited
        denial = plugin.authorize(request(), FakePeer())
        assert denial is not None
        assert (denial.status, denial.reason) == (429, "rate limited")
        assert ("retry-after", expected) in denial.headers
    clock.now = 1010.0
    assert plugin.authorize(request(), FakePeer()) is None


def test_a_long_wait_is_said_as_an_hour() -> None:
    plugin = TokenBucket(Config(rate=1e-6, burst=1), Clock())
    plugin.authorize(request(), FakePeer())
    denial = plugin.authorize(request(), FakePeer())
    assert denial is not None
    assert ("retry-after", b"3600") in denial.headers


def test_clients_do_not_share() -> None:
    plugin = TokenBucket(Config(rate=1, burst=1), Clock())
    assert statuses(plugin, 2, client="192.0.2.1") == [200, 429]
    assert statuses(plugin, 2, client="192.0.2.2") == [200, 429]


def test_an_ipv6_network_shares() -> None:
    plugin = TokenBucket(Config(rate=1, burst=1), Clock())
    assert statuses(plugin, 1, client="2001:db8::1") == [200]
    assert statuses(plugin, 1, client="2001:db8:0:0:9::7") == [429]
    assert statuses(plugin, 1, client="2001:db8:0:1::1") == [200]


def test_header_is_the_key_and_the_client_where_there_is_none() -> None:
    plugin = TokenBucket(Config(rate=1, burst=1, header="X-Tenant"), Clock())
    assert statuses(plugin, 2, ("x-tenant", "a"), client="192.0.2.1") == [200, 429]
    assert statuses(plugin, 1, ("x-tenant", "a"), client="192.0.2.2") == [429]
    assert statuses(plugin, 1, ("x-tenant", "b"), client="192.0.2.1") == [200]
    assert statuses(plugin, 2, client="192.0.2.1") == [200, 429]


def test_long_keys_are_kept_as_digests() -> None:
    plugin = TokenBucket(Config(rate=1, burst=1, header="x-tenant"), Clock())
    assert statuses(plugin, 2, ("x-tenant", "a" * 8000)) == [200, 429]
    assert statuses(plugin, 1, ("x-tenant", "a" * 7999 + "b")) == [200]
    assert "a" * 8000 not in plugin._buckets


def test_burst_is_a_second_s_worth_if_not_given() -> None:
    assert statuses(TokenBucket(Config(rate=4), Clock()), 5) == [200] * 4 + [429]
    assert statuses(TokenBucket(Config(rate=0.5), Clock()), 2) == [200, 429]


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": 0},
        {"rate": -1},
        {"rate": float("nan")},
        {"rate": float("inf")},
        {"rate": "2"},
        {"rate": True},
        {"rate": 1, "burst": 0.5},
        {"rate": 1, "burst": -1},
        {"rate": 1, "capacity": 0},
        {"rate": 1, "capacity": 1.0},
        {"rate": 1, "capacity": 10_000_001},
    ],
)
def test_bad_configuration(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Config(**wrong)


def test_network() -> None:
    assert network("192.0.2.1") == "192.0.2.1"
    assert network("::1") == bytes(8)
    assert network("fe80::1%eth0") == network("fe80::2")


def test_memory_is_bounded_and_full_buckets_go_first() -> None:
    buckets = Buckets(1.0, 2.0, 3)
    for key in ("a", "b", "c"):
        buckets.take(key, 0.0)
    buckets.take("c", 0.0)
    # At 1.0 a and b are full again, so forgetting one of them changes nothing; c is empty.
    buckets.take("d", 1.0)
    buckets.take("e", 1.0)
    assert len(buckets) == 3
    assert ["c" in buckets, "d" in buckets, "e" in buckets] == [True, True, True]


def test_a_key_in_use_survives_one_that_is_not() -> None:
    buckets = Buckets(0.001, 100.0, 3)
    for key in ("first", "busy", "idle"):
        buckets.take(key, 0.0)
    buckets.take("new", 0.0)  # all were in use: the hand passes them once and takes the first
    assert "first" not in buckets
    buckets.take("busy", 0.0)
    buckets.take("newer", 0.0)
    assert "busy" in buckets
    assert "idle" not in buckets


def test_time_that_goes_back_gives_nothing() -> None:
    buckets = Buckets(1.0, 1.0, 8)
    assert buckets.take("a", 10.0) == 0.0
    assert buckets.take("a", 5.0) == 1.0
    assert buckets.take("a", 10.5) == 0.5
    assert buckets.take("a", 11.0) == 0.0


@pytest.mark.parametrize(
    "wrong", [(0, 1, 1), (1, 0.5, 1), (1, 1, 0), (float("inf"), 1, 1), (1, float("nan"), 1)]
)
def test_buckets_refuse_what_cannot_be(wrong: tuple[float, float, int]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Buckets(*wrong)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.floats(0, 2)), max_size=60),
    st.floats(0.1, 10),
    st.integers(1, 5),
)
def test_no_key_gets_more_than_rate_and_burst(
    arrivals: list[tuple[int, float]], rate: float, burst: int
) -> None:
    buckets = Buckets(rate, burst, 8)
    now = 0.0
    passed: dict[int, list[float]] = {}
    for key, pause in arrivals:
        now += pause
        wait = buckets.take(f"k{key}", now)
        if wait == 0.0:
            passed.setdefault(key, []).append(now)
        else:
            assert 0 < wait <= 1 / rate + 1e-9
    for times in passed.values():
        for first in range(len(times)):
            for last in range(first, len(times)):
                allowed = burst + rate * (times[last] - times[first])
                assert last - first + 1 <= allowed + 1e-6
