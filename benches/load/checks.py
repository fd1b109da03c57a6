"""The figures that must hold, and whether they do."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rounds import DIRECT, median, median_difference, median_ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rounds import Run
    from single import Single

OURS = "pymesh"
TIMES = "\N{MULTIPLICATION SIGN}"
INLINE = "pymesh+inline"
DISPATCHED = "pymesh+dispatched"
MESH = "pymesh+mesh"


@dataclass(frozen=True)
class Check:
    """One "must"."""

    row: str
    """Which row of the figures that must be reached, for example `P1`."""
    what: str
    value: float | None
    """What was measured; None when its subjects or its tool are not here."""
    must: float
    """The value may not be above this."""
    unit: str

    @property
    def verdict(self) -> str:
        """`pass`, `FAIL` or `not measured`."""
        if self.value is None:
            return "not measured"
        return "pass" if self.value <= self.must else "FAIL"


def check(runs: Sequence[Run], singles: Sequence[Single]) -> list[Check]:
    """All checks, measured or not, in the order of their rows."""
    by_name = {single.subject: single for single in singles}

    def regime(name: str) -> list[Run]:
        return [run for run in runs if run.regime == name]

    def ratio(row: str, where: str, peer: str, must: float, subject: str = OURS) -> Check:
        value = median_ratio(regime(where), subject, peer)
        what = f"µs/req, {where}, of {peer}'s"
        if subject == MESH:
            what += ", with 1,000 routes and 100 rules"
        return Check(row, what, value, must, TIMES)

    def cost(hook: str, where: str = "closed-16") -> float | None:
        return median_difference(regime(where), hook, OURS)

    def mebibytes(subject: str) -> float | None:
        single = by_name.get(subject)
        return single.memory.proportional / 1024 if single else None

    def start(subject: str) -> float | None:
        single = by_name.get(subject)
        return single.start_ms if single else None

    lua = median_difference(regime("closed-16"), "envoy+lua", "envoy")
    inline = cost(INLINE)
    # A difference that drowns in the noise has no ratio.
    of_lua = inline / lua if inline is not None and lua is not None and lua > 0 else None
    calls = by_name[OURS].calls if OURS in by_name else None
    switches = median(regime("closed-16"), OURS, "switches")
    return [
        ratio("P1", "closed-16", "nginx", 0.95),
        ratio("P1", "closed-16", "envoy", 0.32),
        ratio("P1", "closed-100", "nginx", 0.75),
        ratio("P1", "closed-100", "envoy", 0.29),
        ratio("P2", "closed-16", "nginx", 1.1, MESH),
        ratio("P2", "closed-100", "nginx", 1.1, MESH),
        ratio("P3", "open-1000", "nginx", 0.95),
        ratio("P3", "open-1000", "envoy", 0.42),
        Check("P10", "system calls per request", calls, 4.5, ""),
        Check("P10", "voluntary switches per request", switches, 0.2, ""),
        Check("P11", "an inline authorize hook adds", inline, 1.0, "µs"),
        Check("P11", "the same, of what Envoy's Lua adds", of_lua, 0.2, TIMES),
        Check("P11", "the hook on the dispatcher adds, 16 conns", cost(DISPATCHED), 1.5, "µs"),
        Check(
            "P11",
            "the hook on the dispatcher adds, 100 conns",
            cost(DISPATCHED, "closed-100"),
            1.5,
            "µs",
        ),
        Check("P13", "PSS at rest without hooks", mebibytes(OURS), 14, "MiB"),
        Check("P13", "PSS at rest with a hook", mebibytes(INLINE), 25, "MiB"),
        Check("P15", "latency added at 1,000 req/s, p50, of envoy's", _added(runs), 0.6, TIMES),
        Check("P18", "start to first byte without hooks", start(OURS), 80, "ms"),
        Check("P18", "start to first byte with a hook", start(INLINE), 150, "ms"),
    ]


def added_us(runs: Sequence[Run], subject: str, regime: str) -> float | None:
    """What a subject adds to the median latency of the direct way, in microseconds."""
    chosen = [run for run in runs if run.regime == regime and not run.void]
    direct = {run.round: run.p50_us for run in chosen if run.subject == DIRECT}
    added = [
        run.p50_us - direct[run.round]
        for run in chosen
        if run.subject == subject and run.round in direct
    ]
    return statistics.median(added) if added else None


def _added(runs: Sequence[Run]) -> float | None:
    ours, envoy = (added_us(runs, subject, "open-1000") for subject in (OURS, "envoy"))
    return ours / envoy if ours is not None and envoy else None
