"""What must be seen of the policy: its denials, an edit, the audit log, ``pymesh why``."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from pymesh.demo import resources
from pymesh.demo.checks import Check
from pymesh.demo.client import Call, Client, Outcome, Tally, send_all
from pymesh.demo.processes import run
from pymesh.errors import EXIT_OK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pymesh.demo.mesh import Mesh

__all__ = [
    "Decided",
    "Edited",
    "decided",
    "decisions_check",
    "denials_check",
    "edit_checks",
    "edit_under_traffic",
    "verify_check",
    "why",
    "why_check",
]

THREADS = 2
# Answers before the edit, and after it is seen.
ENOUGH = 100
# An edit is seen in a fifth of a second; only a broken proxy takes this long.
PATIENCE_SECONDS = 20.0


class Edited(NamedTuple):
    """What was answered while the policy was edited."""

    steady: list[Outcome]
    """Requests that the edit has nothing to do with."""
    probed: list[Outcome]
    """Requests for what it closes, one after the other."""


def edit_under_traffic(running: Mesh) -> Edited:
    """Edits the policy while requests are sent, and goes on until well after it is in force.

    Args:
        running: The demo.
    """
    steady, ended = Tally(), threading.Event()
    traffic = threading.Thread(
        target=send_all, args=(running.address, _until(ended), steady, THREADS)
    )
    traffic.start()
    client = Client(running.address)
    probed: list[Outcome] = []

    def probe() -> int:
        probed.append(client.send(Call("reports", f"reader-{len(probed)}")))
        return probed[-1].status

    try:
        while steady.total < ENOUGH:
            probe()
        resources.close_reports(running.files)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while probe() != 403 and time.monotonic() < deadline:
            pass
        enough = steady.total + ENOUGH
        while steady.total < enough:
            probe()
    finally:
        ended.set()
        traffic.join()
        client.close()
    return Edited(list(steady.outcomes), probed)


def _until(ended: threading.Event) -> Iterator[Call]:
    number = 0
    while not ended.is_set():
        # Nobody sends twice, so that nobody sends too much.
        yield Call("steady", f"steady-{number}")
        number += 1


def edit_checks(edited: Edited) -> Iterator[Check]:
    """An edit must be in force soon, all at once, and cost no request."""
    good = sum(outcome.status == 200 for outcome in edited.steady)
    passed = 0 < good == len(edited.steady)
    yield Check("an edit of the policy fails no request", passed, f"{good} of {len(edited.steady)}")
    statuses = [outcome.status for outcome in edited.probed]
    counted = Counter(statuses)
    once = statuses == [200] * counted[200] + [403] * counted[403]
    seen = f"open for {counted[200]} requests, closed for {counted[403]}"
    yield Check("the edit takes effect at once", once and min(counted[200], counted[403]) > 0, seen)


def denials_check(counted: Counter[str], outcomes: list[Outcome]) -> Check:
    """The proxy must count the policy's denials as the client saw them.

    Args:
        counted: Denials by policy as ``/metrics`` says.
        outcomes: One for each request.
    """
    expected = Counter({resources.POLICY: len(_denied(outcomes))})
    seen = ", ".join(f"{policy}: {count}" for policy, count in sorted(counted.items()))
    return Check("/metrics counts denials by policy", counted == expected, seen or "none")


class Decided(NamedTuple):
    """A line of the proxy's audit log."""

    decision: str
    policy: str
    rule: int | None
    path: str


def decided(audit_log: Path) -> list[Decided]:
    """What the proxy's audit log holds."""
    records = [json.loads(line) for line in audit_log.read_text("ascii").splitlines()]
    return [Decided(*(one[field] for field in Decided._fields)) for one in records]


def decisions_check(log: list[Decided], outcomes: list[Outcome]) -> Check:
    """The audit log must hold each denial once, with the rule that is there for it."""
    rules = {"/admin/users": resources.ADMINS_RULE, resources.REPORTS: resources.CLOSED_RULE}
    paths = [one.call.normalized for one in _denied(outcomes)]
    expected = Counter(Decided("deny", resources.POLICY, rules.get(path), path) for path in paths)
    seen = f"{len(log)} lines for {len(paths)} denials"
    return Check("the audit log says which rule denied", Counter(log) == expected, seen)


def verify_check(audit_log: Path) -> Check:
    """``pymesh audit verify`` must find the log as it was written."""
    done = run(["-m", "pymesh", "audit", "verify", str(audit_log)])
    said = (done.stdout + done.stderr).strip().rpartition(f"{audit_log}: ")[2]
    return Check("pymesh audit verify finds it unchanged", done.returncode == EXIT_OK, said)


def why(files: Path, call: Call) -> str:
    """What ``pymesh why`` says about a request.

    Args:
        files: The folder of the resources.
        call: The request.
    """
    words = ["-m", "pymesh", "why", "-f", str(files), "--gateway", resources.GATEWAY]
    words += ["--to", resources.HOST, "-H", f"x-tenant: {call.tenant}", "GET", call.path]
    done = run(words)
    return (done.stdout + done.stderr).strip()


def why_check(said: str, call: Call, log: list[Decided]) -> Check:
    """``pymesh why`` must blame the policy and the rule that the proxy blamed.

    Args:
        said: What it said.
        call: What it was asked about.
        log: What the proxy decided.
    """
    blamed = {(one.policy, one.rule) for one in log if one.path == call.normalized}
    named = [f"by policy {policy} rule {rule} (" for policy, rule in blamed]
    verdict = next((line for line in said.splitlines() if line.startswith("denied 403 ")), said)
    passed = len(named) == 1 and named[0] in verdict
    return Check("pymesh why names the same policy and rule", passed, verdict)


def _denied(outcomes: list[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.status == 403]
