"""The finite run: what is sent, and whether what was seen is what should be."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

from pymesh.demo.checks import Check, audit_check, metrics_check, settled, traffic_checks
from pymesh.demo.client import Call, Tally, send_all
from pymesh.demo.mesh import WEIGHTS, Limits, mesh

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator

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
    made += [Call("unknown", one, token=guess) for one in _take(tenants, REFUSED)]
    made += [Call("anonymous", one, token=None) for one in _take(tenants, REFUSED)]
    made += [Call("greedy", "greedy") for _ in range(GREEDY)]
    shuffle(made)
    return made


class Finished(NamedTuple):
    """A finite run at its end."""

    checks: list[Check]
    tally: Tally
    """What the client saw."""
    counted: Counter[str]
    """Requests by status, as the proxy's ``/metrics`` says."""


def run_once() -> Finished:
    """Runs the demo to its end.

    Raises:
        PymeshError: ``unavailable``, if something does not start.
    """
    tally = Tally()
    with mesh(LIMITS) as running:
        sent = calls(random.shuffle)
        send_all(running.address, sent, tally, THREADS)
        outcomes = list(tally.outcomes)
        checks = list(traffic_checks(outcomes, len(sent), LIMITS.burst))
        counted = settled(running.admin, tally.total)
        checks.append(metrics_check(counted, tally.statuses))
        code = running.proxy.stop()
        checks.append(Check("the proxy drains and ends well", code == 0, f"exit code {code}"))
        checks.append(audit_check(running.audit_log, outcomes))
    return Finished(checks, tally, counted)


def _take(names: Iterator[str], count: int) -> list[str]:
    return [next(names) for _ in range(count)]
