"""The bundled plugins as a proxy calls them: found by name, configured, flattened, dispatched."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pymesh import _core
from pymesh.hooks.manager import PluginManager

Start = Callable[..., Any]


@pytest.fixture(params=[True, False], ids=["inline", "dispatcher"])
def start(request: pytest.FixtureRequest) -> Iterator[Start]:
    """Starts a worker with plugins given as name and configuration."""
    started = []

    def make(*plugins: tuple[str, dict[str, Any]]) -> Any:
        manager = PluginManager()
        for name, config in plugins:
            manager.load(name, config)
        harness = _core.Harness(manager.table(), inline=request.param)
        started.append(harness)
        return harness

    yield make
    for harness in started:
        assert harness.close()


def reply(outcome: Any) -> tuple[int, str] | None:
    """Status and reason of an answer."""
    answer = outcome["reply"]
    return None if answer is None else (answer["status"], answer["reason"])


def test_header_auth(start: Start) -> None:
    harness = start(("header-auth", {"tokens": ["open-sesame"]}))
    right, wrong = "Bearer open-sesame", "Bearer open-barley"
    assert reply(harness.call(headers=[("Authorization", right)])) is None
    assert reply(harness.call(headers=[("authorization", wrong)])) == (401, "bad token")
    assert reply(harness.call()) == (401, "missing token")
    twice = [("authorization", right), ("authorization", right)]
    assert reply(harness.call(headers=twice)) == (401, "bad token")


def test_token_bucket(start: Start) -> None:
    harness = start(("token-bucket", {"rate": 0.001, "burst": 2, "header": "x-tenant"}))
    tenant = [("x-tenant", "acme")]
    statuses = [reply(harness.call(headers=tenant)) for _ in range(4)]
    assert statuses == [None, None, (429, "rate limited"), (429, "rate limited")]
    answer = harness.call(headers=tenant)["reply"]
    (retry_after,) = [value for name, value in answer["headers"] if name == "retry-after"]
    assert 900 < int(retry_after) <= 1000
    # Without the header, the client's address is the key.
    assert [reply(harness.call(address="192.0.2.1:1")) for _ in range(3)][2] is not None
    assert reply(harness.call(address="192.0.2.2:1")) is None


def test_ab_split(start: Start) -> None:
    config = {"weights": {"v1": 50, "v2": 50}, "header": "x-user", "pin_header": "x-variant"}
    harness = start(("ab-split", config))
    assert harness.call()["destination"] == [("v1", 50), ("v2", 50)]
    assert harness.call(headers=[("x-variant", "v2")])["destination"] == [("v2", 1)]
    chosen = Counter(
        harness.call(headers=[("x-user", f"user-{number}")])["destination"][0][0]
        for number in range(100)
    )
    assert set(chosen) == {"v1", "v2"}
    assert min(chosen.values()) > 20
    again = {str(harness.call(headers=[("x-user", "ada")])["destination"]) for _ in range(20)}
    assert len(again) == 1


def test_audit_log(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    harness = start(("audit-log", {"path": str(path)}))
    harness.record("GET", "/orders\x7f", status=200, count=300)
    harness.record("POST", "/orders", status=503)
    harness.flush()
    assert harness.close()
    lines = [json.loads(line) for line in path.read_text("ascii").splitlines()]
    assert Counter((line["method"], line["path"], line["status"]) for line in lines) == {
        ("GET", "/orders\x7f", 200): 300,
        ("POST", "/orders", 503): 1,
    }


def test_who_is_given_last_is_asked_first(start: Start) -> None:
    limit = ("token-bucket", {"rate": 0.001, "burst": 1})
    auth = ("header-auth", {"tokens": ["open-sesame"]})
    harness = start(limit, auth)
    for _ in range(3):
        assert reply(harness.call()) == (401, "missing token")
    good = [("authorization", "Bearer open-sesame")]
    assert reply(harness.call(headers=good)) is None
    assert reply(harness.call(headers=good)) == (429, "rate limited")
