"""The finite run: what is sent, and whether what was seen is what should be."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

from pymesh.demo import policy
from pymesh.demo.checks import Check, metrics_check, requests_check, settled, traffic_checks
from pymesh.demo.client import Call, Tally, send_all
from pymesh.demo.mesh import WEIGHTS, Limits, mesh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymesh.demo.metrics import Counts

__all__ = ["LIMITS", "Finished", "calls", "run_once"]

# A refill of one request in a quarter of an hour: what a burst allows is exact in a short run.
LIMITS = Limits(rate=0.001, burst=40)
THREADS = 4
DRAWN = 2_000
USERS = 60
VISITS = 5
PINNED = 50
REFUSED = 100
GREEDY = 100
DENIED = 50
STAFF = 20
# The denied request that `pymesh why` is asked about.
ASKED = Call("intruder", "tenant-of-nobody")


def calls(shuffle: Callable[[list[Call]], None]) -> list[Call]:
    """Everything that is sent, in an order that mixes the kinds.

    Args:
        shuffle: Mixes a list in place.
    """
    tenants = (f"tenant-{number}" for number in range(1_000_000))
    # Nobody but the greedy tenant sends more than a burst.
    made = [Call("drawn", tenant) for tenant in _take(tenants, DRAWN)]
    made += [
        Call("sticky", tenant, user=f"user-{number % USERS}")
        for number, tenant in enumerate(_take(tenants, USERS * VISITS))
    ]
    for variant in WEIGHTS:
        made += [Call("pinned", one, variant=variant) for one in _take(tenants, PINNED)]
    guess = "open-barley"
    # In the name of one who is at the limit: who is not known uses up nobody's share, because
    # tokens are asked for before requests are counted.
    made += [Call("unknown", "greedy", token=guess) for _ in range(REFUSED)]
    made += [Call("anonymous", "greedy", token=None) for _ in range(REFUSED)]
    for kind in ("intruder", "disguised"):
        made += [Call(kind, one) for one in _take(tenants, DENIED)]
    made += [Call("staff", "staff") for _ in range(STAFF)]
    made += [Call("greedy", "greedy") for _ in range(GREEDY)]
    made.append(ASKED)
    shuffle(made)
    return made


class Finished(NamedTuple):
    """A finite run at its end."""

    checks: list[Check]
    tally: Tally
    """What the client saw."""
    counted: Counts
    """What the proxy's ``/metrics`` says."""
    explained: str
    """What ``pymesh why`` says about one of the denied requests."""


def run_once() -> Finished:
    """Runs the demo to its end.

    Raises:
        PymeshError: ``unavailable``, if something does not start or end.
    """
    tally = Tally()
    with mesh(LIMITS) as running:
        sent = calls(random.shuffle)
        send_all(running.address, sent, tally, THREADS)
        checks = list(traffic_checks(list(tally.outcomes), len(sent), LIMITS.burst))
        edited = policy.edit_under_traffic(running)
        for outcome in (*edited.steady, *edited.probed):
            tally.add(outcome)
        checks += policy.edit_checks(edited)
        outcomes = list(tally.outcomes)
        counted = settled(running.admin, tally.total)
        checks.append(metrics_check(counted.requests, tally.statuses))
        checks.append(policy.denials_check(counted.denials, outcomes))
        code = running.proxy.stop()
        checks.append(Check("the proxy drains and ends well", code == 0, f"exit code {code}"))
        checks.append(requests_check(running.request_log, outcomes))
        log = policy.decided(running.audit_log)
        checks.append(policy.decisions_check(log, outcomes))
        checks.append(policy.verify_check(running.audit_log))
        explained = policy.why(running.files, ASKED)
        checks.append(policy.why_check(explained, ASKED, log))
    return Finished(checks, tally, counted, explained)


def _take(names: Iterator[str], count: int) -> list[str]:
    return [next(names) for _ in range(count)]
