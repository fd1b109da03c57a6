"""The demo's checks: each passes on what should be, and fails on what should not."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from pymesh.demo.checks import metrics_check, requests_check, share_is_likely, traffic_checks
from pymesh.demo.client import Call, Outcome, Tally
from pymesh.demo.mesh import WEIGHTS
from pymesh.demo.once import LIMITS, calls

BURST = LIMITS.burst


def answer(call: Call, greedy: Counter[str], draw: random.Random) -> Outcome:
    """What a right mesh answers."""
    if call.token is None:
        return Outcome(call, 401, "missing token", "", 0.001, "")
    if call.kind == "unknown":
        return Outcome(call, 401, "bad token", "", 0.001, "")
    if call.kind in ("intruder", "disguised"):
        return Outcome(call, 403, "denied", "", 0.001, "")
    greedy[call.tenant] += 1
    if greedy[call.tenant] > BURST:
        return Outcome(call, 429, "rate limited", "", 0.001, "999")
    service = (
        call.variant or ("v1" if hash(call.user) % 5 else "v2")
        if call.user or call.variant
        else draw.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    )
    return Outcome(call, 200, "", service, 0.001, "")


@pytest.fixture
def outcomes() -> list[Outcome]:
    draw = random.Random(7)
    greedy: Counter[str] = Counter()
    return [answer(call, greedy, draw) for call in calls(draw.shuffle)]


def failed(outcomes: list[Outcome], sent: int | None = None) -> list[str]:
    checks = traffic_checks(outcomes, len(outcomes) if sent is None else sent, BURST)
    return [check.name for check in checks if not check.passed]


def change(outcomes: list[Outcome], kind: str, **fields: object) -> list[Outcome]:
    """The first outcome of a kind (with the status that `only` says) changed."""
    only = fields.pop("only", None)
    index = next(
        index for index, one in enumerate(outcomes)
        if one.call.kind == kind and only in (None, one.status)
    )  # fmt: skip
    outcomes[index] = outcomes[index]._replace(**fields)  # type: ignore[arg-type]
    return outcomes


def test_what_should_be_passes(outcomes: list[Outcome]) -> None:
    assert failed(outcomes) == []
    assert len(outcomes) == 2000 + 300 + 100 + 200 + 100 + 101 + 20


@pytest.mark.parametrize(
    ("spoil", "names"),
    [
        (lambda seen: change(seen, "pinned", status=0),
         ["every request is answered"]),
        (lambda seen: change(seen, "anonymous", status=200, reason=""),
         ["a request without a token gets 401, 'missing token'"]),
        (lambda seen: change(seen, "unknown", reason="missing token"),
         ["a request with a wrong token gets 401, 'bad token'"]),
        (lambda seen: change(seen, "disguised", status=200, reason=""),
         ["a request that the policy denies gets 403, 'denied'"]),
        (lambda seen: change(seen, "staff", status=403, reason="denied"),
         ["one that its condition spares passes"]),
        (lambda seen: change(seen, "greedy", only=429, status=200, reason=""),
         ["a greedy tenant gets 40 answers, then 429"]),
        (lambda seen: change(seen, "greedy", only=200, status=503),
         ["a greedy tenant gets 40 answers, then 429"]),
        (lambda seen: change(seen, "greedy", only=429, retry_after=""),
         ["each 429 says when to come again"]),
        (lambda seen: change(seen, "pinned", service="v3"),
         ["a pinned request goes where it says"]),
        (lambda seen: change(seen, "sticky", service="v3"),
         ["a user stays with one service"]),
        (lambda seen: [one._replace(service="v1") if one.call.kind == "drawn" else one
                      for one in seen],
         ["v1 gets 80% of the others", "v2 gets 20% of the others"]),
    ],
)  # fmt: skip
def test_what_should_not_be_fails(
    outcomes: list[Outcome], spoil: Callable[[list[Outcome]], list[Outcome]], names: list[str]
) -> None:
    assert failed(spoil(outcomes)) == names


def test_a_lost_request_is_noticed(outcomes: list[Outcome]) -> None:
    assert failed(outcomes, sent=len(outcomes) + 1) == ["every request is answered"]


def test_metrics_must_be_exact() -> None:
    seen = Counter({200: 3, 401: 1})
    assert metrics_check(Counter({"200": 3, "401": 1}), seen).passed
    assert not metrics_check(Counter({"200": 3}), seen).passed
    assert not metrics_check(Counter({"200": 3, "401": 1, "503": 1}), seen).passed
    assert not metrics_check(Counter({"200": 2, "401": 2}), seen).passed


def record(outcome: Outcome) -> str:
    fields = {
        "path": outcome.call.normalized,
        "status": outcome.status,
        "reason": outcome.reason,
        # A refused request has the service that the route had chosen for it.
        "service": f"shop/{outcome.service or 'v1'}:80",
    }
    return json.dumps(fields)


def test_requests_must_be_written_once(outcomes: list[Outcome], tmp_path: Path) -> None:
    log = tmp_path / "requests.log"
    lines = [record(one) for one in outcomes]
    for written, right in ((lines, True), (lines[1:], False), ([*lines, lines[0]], False)):
        log.write_text("\n".join(written) + "\n")
        assert requests_check(log, outcomes).passed is right
    log.write_text("\n".join(lines).replace("bad token", "good token"))
    assert not requests_check(log, outcomes).passed


@pytest.mark.parametrize(
    ("seen", "likely"), [(400, True), (311, True), (489, True), (310, False), (490, False)]
)
def test_share(seen: int, likely: bool) -> None:
    assert share_is_likely(seen, 2000, 0.2) is likely


def test_a_right_split_passes_again_and_again() -> None:
    draw = random.Random(1)
    for _ in range(200):
        seen = sum(draw.random() < 0.2 for _ in range(2000))
        assert share_is_likely(seen, 2000, 0.2)


def test_tally() -> None:
    tally = Tally(keep=3)
    call = Call("good", "t")
    assert tally.quantile(0.5) == 0.0
    for number in range(1, 6):
        tally.add(Outcome(call, 200, "", "v1", float(number), ""))
    tally.add(Outcome(call, 401, "bad token", "", 9.0, ""))
    assert (tally.total, tally.statuses[200], tally.services["v1"]) == (6, 5, 5)
    assert tally.reasons == {"bad token": 1}
    assert [tally.quantile(share) for share in (0.0, 0.5, 0.99, 1.0)] == [4.0, 5.0, 9.0, 9.0]
