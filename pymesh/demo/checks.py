"""What must be seen after a finite run."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from pymesh.demo.client import DENIED
from pymesh.demo.mesh import WEIGHTS
from pymesh.demo.metrics import counts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pymesh.demo.client import Outcome
    from pymesh.demo.metrics import Counts

__all__ = [
    "Check",
    "metrics_check",
    "requests_check",
    "settled",
    "share_is_likely",
    "traffic_checks",
]

# Five standard deviations: a right split fails once in two million runs.
DEVIATIONS = 5.0
# How often the metrics may lag behind the last answer before that counts as a difference.
SCRAPES = 2_000


class Check(NamedTuple):
    """Something that must be so."""

    name: str
    passed: bool
    seen: str


def traffic_checks(outcomes: list[Outcome], sent: int, burst: int) -> Iterator[Check]:
    """What the client saw must be what the plugins were told to do.

    Args:
        outcomes: One for each request.
        sent: How many requests were sent.
        burst: How many answers the greedy tenant gets.
    """
    kinds: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        kinds.setdefault(outcome.call.kind, []).append(outcome)
    answered = sum(outcome.status != 0 for outcome in outcomes)
    passed = answered == len(outcomes) == sent
    yield Check("every request is answered", passed, f"{answered} of {sent}")
    yield _refused("a request without a token gets 401", kinds["anonymous"], "missing token")
    yield _refused("a request with a wrong token gets 401", kinds["unknown"], "bad token")
    closed = kinds["intruder"] + kinds["disguised"]
    yield _refused("a request that the policy denies gets 403", closed, DENIED)
    yield _all(
        "one that its condition spares passes", [one.status == 200 for one in kinds["staff"]]
    )
    yield from _greedy(kinds["greedy"], burst)
    there = [outcome.service == outcome.call.variant for outcome in kinds["pinned"]]
    yield _all("a pinned request goes where it says", there)
    homes: dict[str, set[str]] = {}
    for outcome in kinds["sticky"]:
        homes.setdefault(outcome.call.user, set()).add(outcome.service)
    stays = [len(services) == 1 and "" not in services for services in homes.values()]
    yield _all("a user stays with one service", stays)
    drawn = Counter(outcome.service for outcome in kinds["drawn"])
    total = len(kinds["drawn"])
    for service, weight in WEIGHTS.items():
        share = weight / sum(WEIGHTS.values())
        likely = share_is_likely(drawn[service], total, share)
        seen = f"{drawn[service] / total:.1%} of {total}"
        yield Check(f"{service} gets {share:.0%} of the others", likely, seen)


def settled(admin: tuple[str, int], total: int) -> Counts:
    """What ``/metrics`` counts once the proxy has counted its last answers.

    Args:
        admin: Where the admin pages are.
        total: How many requests were answered.
    """
    counted = counts(admin)
    for _ in range(SCRAPES):
        if counted.requests.total() >= total:
            break
        counted = counts(admin)
    return counted


def metrics_check(counted: Counter[str], seen: Counter[int]) -> Check:
    """The proxy must count what the client saw.

    Args:
        counted: Requests by status as ``/metrics`` says.
        seen: Answers by status as the client saw them.
    """
    same = counted == {str(status): count for status, count in seen.items()}
    return Check("/metrics counts what the client saw", same, _counts(counted))


def requests_check(request_log: Path, outcomes: list[Outcome]) -> Check:
    """The ``audit-log`` plugin must have written every request once, as the client saw it."""
    expected = Counter(
        (one.call.normalized, one.status, one.reason, one.service) for one in outcomes
    )
    written: Counter[tuple[str, int, str, str]] = Counter()
    lines = request_log.read_text("ascii").splitlines()
    for line in lines:
        record = json.loads(line)
        answered = record["status"] == 200
        # `shop/v1:80`: a port of a service.
        name = str(record["service"] or "").rpartition("/")[2].partition(":")[0]
        service = name if answered else ""
        written[record["path"], record["status"], record["reason"], service] += 1
    seen = f"{len(lines)} lines for {len(outcomes)} requests"
    return Check("the audit-log plugin has every request once", written == expected, seen)


def share_is_likely(seen: int, total: int, share: float) -> bool:
    """Whether a count is within the confidence interval of a binomial distribution.

    Args:
        seen: The count.
        total: How often was drawn.
        share: The probability of one draw.

    Example:
        >>> share_is_likely(412, 2000, 0.2), share_is_likely(500, 2000, 0.2)
        (True, False)
    """
    deviation = math.sqrt(total * share * (1 - share))
    return abs(seen - total * share) <= DEVIATIONS * deviation


def _greedy(outcomes: list[Outcome], burst: int) -> Iterator[Check]:
    statuses = Counter(outcome.status for outcome in outcomes)
    exact = statuses == {200: burst, 429: len(outcomes) - burst}
    yield Check(f"a greedy tenant gets {burst} answers, then 429", exact, _counts(statuses))
    refused = [outcome for outcome in outcomes if outcome.status == 429]
    polite = [
        outcome.reason == "rate limited" and int(outcome.retry_after or 0) > 0
        for outcome in refused
    ]
    yield _all("each 429 says when to come again", polite)


def _refused(name: str, outcomes: list[Outcome], reason: str) -> Check:
    status = 403 if reason == DENIED else 401
    right = [(outcome.status, outcome.reason) == (status, reason) for outcome in outcomes]
    return _all(f"{name}, {reason!r}", right)


def _all(name: str, held: list[bool]) -> Check:
    return Check(name, all(held) and bool(held), f"{sum(held)} of {len(held)}")


def _counts(counted: Counter[int] | Counter[str]) -> str:
    return ", ".join(f"{key}: {count}" for key, count in sorted(counted.items()))
