"""What a hook costs: by tier and number of plugins, and against pluggy's own call.

Run with ``pytest benches/python``. The times of the harness are of 1,000 calls and include its own
cost, some 50 ns a call for a request that exists on no socket; ``ns_per_call`` in the extra
information divides them.
"""

# ruff: noqa: ANN401, D101, D102, D103
from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pymesh import _core
from pymesh.hooks import deny, hookimpl
from pymesh.hooks._checking import hooks_of
from pymesh.hooks._flattening import register
from pymesh.hooks.manager import PluginManager

CALLS = 1000
FIELDS = [
    ("user-agent", "bench/1.0"),
    ("accept", "*/*"),
    ("accept-encoding", "gzip"),
    ("authorization", "Bearer sesame"),
]


class Token:
    """Reads the method, the path and one field, and lets the request pass."""

    @hookimpl(inline=True)
    def authorize(self, request: Any) -> object:
        if request.method == "GET" and request.path.startswith("/admin"):
            return deny(403, "closed")
        if request.headers.get("authorization") != "Bearer sesame":
            return deny(401, "bad or missing token")
        return None


class Nothing:
    @hookimpl(inline=True)
    def authorize(self) -> None: ...


class Wrapper:
    @hookimpl(inline=True, wrapper=True)
    def authorize(self) -> Any:
        return (yield)


PLUGINS: dict[str, list[type]] = {
    "nothing": [Nothing],
    "token": [Token],
    "3 tokens": [Token] * 3,
    "10 tokens": [Token] * 10,
    "token in a wrapper": [Token, Wrapper],
}


def harness(kinds: list[type], *, inline: bool) -> _core.Harness:
    manager = PluginManager()
    for number, kind in enumerate(kinds):
        manager.register(kind(), f"p{number}")
    return _core.Harness(manager.table(), inline=inline)


def measure(benchmark: Any, made: _core.Harness, concurrent: int) -> None:
    repeat = CALLS // concurrent

    def call() -> None:
        made.call("GET", "/orders/7", FIELDS, repeat=repeat, concurrent=concurrent)

    try:
        benchmark(call)
    finally:
        made.close()
    nanoseconds = benchmark.stats.stats.median / (repeat * concurrent) * 1e9
    benchmark.extra_info["ns_per_call"] = round(nanoseconds)


@pytest.mark.parametrize("plugins", PLUGINS)
def test_inline(benchmark: Any, plugins: str) -> None:
    benchmark.group = plugins
    measure(benchmark, harness(PLUGINS[plugins], inline=True), 1)


@pytest.mark.parametrize("concurrent", [1, 10, 100])
@pytest.mark.parametrize("plugins", PLUGINS)
def test_dispatcher(benchmark: Any, plugins: str, concurrent: int) -> None:
    benchmark.group = plugins
    measure(benchmark, harness(PLUGINS[plugins], inline=False), concurrent)


@pytest.mark.parametrize("plugins", PLUGINS)
def test_pluggy(benchmark: Any, plugins: str) -> None:
    benchmark.group = plugins
    named = [
        (f"p{number}", "x", hooks_of(kind(), f"p{number}", "x"))
        for number, kind in enumerate(PLUGINS[plugins])
    ]
    hook = register(named).hook.authorize
    request = SimpleNamespace(method="GET", path="/orders/7", headers=dict(FIELDS))

    def call() -> None:
        for _ in range(CALLS):
            hook(request=request, peer=None, route=None)

    benchmark(call)
    nanoseconds = benchmark.stats.stats.median / CALLS * 1e9
    benchmark.extra_info["ns_per_call"] = round(nanoseconds)
