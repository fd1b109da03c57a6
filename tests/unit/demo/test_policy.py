"""The demo's checks of its policy: each passes on what should be, and fails on what should not."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from pymesh.demo import policy
from pymesh.demo.client import Call, Outcome
from pymesh.demo.policy import (
    Decided,
    Edited,
    decided,
    decisions_check,
    denials_check,
    edit_checks,
    why_check,
)
from pymesh.demo.resources import ADMINS_RULE, CLOSED_RULE, POLICY

SAID = f"""\
GET http://shop.example/admin/users at gateway shop/edge from a peer without identity
denied 403 by policy {POLICY} rule 1 (deny_rule_matched)

└─ policy {POLICY}: deny, DENY: rule 1 matches
"""


def outcome(kind: str, status: int) -> Outcome:
    """An answer to a request of a kind."""
    return Outcome(Call(kind, "t"), status, "", "", 0.001, "")


DENIALS = [outcome("disguised", 403), outcome("intruder", 403), outcome("reports", 403)]
LOG = [
    Decided("deny", POLICY, ADMINS_RULE, "/admin/users"),
    Decided("deny", POLICY, CLOSED_RULE, "/reports"),
    Decided("deny", POLICY, ADMINS_RULE, "/admin/users"),
]


@pytest.mark.parametrize(
    ("steady", "probed", "failed"),
    [
        ([200, 200], [200, 200, 403], []),
        ([200, 503], [200, 403], ["an edit of the policy fails no request"]),
        ([], [200, 403], ["an edit of the policy fails no request"]),
        ([200], [200, 200], ["the edit takes effect at once"]),
        ([200], [403, 403], ["the edit takes effect at once"]),
        ([200], [200, 403, 200, 403], ["the edit takes effect at once"]),
        ([200], [200, 0, 403], ["the edit takes effect at once"]),
    ],
)
def test_an_edit(steady: list[int], probed: list[int], failed: list[str]) -> None:
    edited = Edited(
        [outcome("steady", status) for status in steady],
        [outcome("reports", status) for status in probed],
    )
    assert [check.name for check in edit_checks(edited) if not check.passed] == failed


def test_denials_are_counted_by_policy() -> None:
    seen = [*DENIALS, outcome("drawn", 200)]
    assert denials_check(Counter({POLICY: 3}), seen).passed
    assert not denials_check(Counter({POLICY: 2}), seen).passed
    assert not denials_check(Counter({POLICY: 3, "shop/other": 1}), seen).passed
    assert not denials_check(Counter(), seen).passed


def test_the_audit_log_names_the_rule() -> None:
    assert decisions_check(LOG, DENIALS).passed
    assert not decisions_check(LOG[1:], DENIALS).passed
    assert not decisions_check([*LOG, LOG[0]], DENIALS).passed
    assert not decisions_check([LOG[0]._replace(rule=CLOSED_RULE), *LOG[1:]], DENIALS).passed
    assert not decisions_check([LOG[0]._replace(decision="allow"), *LOG[1:]], DENIALS).passed


def test_the_audit_log_is_read(tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    lines = [{"sequence": 1, **one._asdict(), "hash": "00"} for one in LOG]
    log.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert decided(log) == LOG


@pytest.mark.parametrize(
    ("said", "passed"),
    [
        (SAID, True),
        (SAID.replace("rule 1 (", "rule 0 ("), False),
        (SAID.replace(f"by policy {POLICY}", "by policy shop/other"), False),
        ("forward to v1.shop.svc.cluster.local:80 by HTTPRoute shop/shop rule 0", False),
        ("", False),
    ],
)
def test_why_must_blame_what_the_proxy_blamed(said: str, passed: bool) -> None:
    asked = Call("intruder", "t")
    assert why_check(said, asked, LOG).passed is passed
    assert not why_check(said, asked, LOG[1:2]).passed


def test_why_is_asked_about_the_request(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[list[str]] = []

    def run(words: list[str]) -> CompletedProcess[str]:
        asked.append(words)
        return CompletedProcess(words, 0, SAID, "")

    monkeypatch.setattr(policy, "run", run)
    assert policy.why(tmp_path, Call("disguised", "guest")) == SAID.strip()
    assert asked[0][2:5] == ["why", "-f", str(tmp_path)]
    assert asked[0][-3:] == ["x-tenant: guest", "GET", "//static/../admin/users"]


@pytest.mark.parametrize(("code", "passed"), [(0, True), (65, False)])
def test_the_chain_must_hold(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: int, passed: bool
) -> None:
    log = tmp_path / "audit.log"
    done = CompletedProcess([], code, f"{log}: the chain holds: 3 entries\n", "")
    monkeypatch.setattr(policy, "run", lambda _: done)
    check = policy.verify_check(log)
    assert (check.passed, check.seen) == (passed, "the chain holds: 3 entries")
