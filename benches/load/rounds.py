"""Interleaved rounds: every subject in every round, in random order, beside the same origin."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from processes import free_port, running
from subjects import BODY, nginx_origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from subjects import Subject

PROXY_CPU = 0
LOAD_CPU = 1
HEADERS = ("authorization: Bearer benchmark",)
"""Sent by every request of every subject, so that the measured hook has something to read."""
CONTROL = "nginx"
CONTROL_TOLERANCE = 0.10
DIRECT = "direct"
"""The generator straight to the origin: what latency there is without any proxy."""


@dataclass(frozen=True)
class Regime:
    """One shape of load."""

    name: str
    connections: int
    rate: float = 0.0
    """Requests per second of an open loop; 0 for a closed loop."""


@dataclass
class Run:
    """One subject under one regime for one window."""

    subject: str
    regime: str
    round: int
    requests: int
    errors: int
    rate: float
    """Answered requests per second."""
    cpu_us: float
    """Microseconds on a CPU per request, over all threads and processes of the subject."""
    user_share: float
    """Part of that in user mode, 0 to 1, from the kernel's ticks."""
    utilization: float
    """Share of its CPU the subject used, 0 to 1."""
    switches: float
    """Voluntary context switches per request."""
    p50_us: float
    p99_us: float
    void: bool = False
    """Whether the control was off in this round."""


class Bench:
    """The origin, the generator and the length of a window."""

    def __init__(self, generator: Path, *, seconds: float, warm_up: float) -> None:
        """`generator` is the built load generator; both times are in seconds."""
        self._generator = generator
        self._seconds = seconds
        self._warm_up = warm_up

    def load(
        self, port: int, regime: Regime, pids: Iterable[int] = (), *, warm_up: float | None = None
    ) -> dict[str, object]:
        """Runs the generator against `port` and returns its report."""
        command = [str(self._generator), "--target", f"127.0.0.1:{port}", "--body", BODY]
        command += ["--connections", str(regime.connections), "--rate", str(regime.rate)]
        command += ["--seconds", str(self._seconds)]
        command += ["--warm-up", str(self._warm_up if warm_up is None else warm_up)]
        for header in HEADERS:
            command += ["--header", header]
        command += ["--watch", ",".join(str(pid) for pid in pids)]
        pinned = ["taskset", "-c", str(LOAD_CPU), *command]
        output = subprocess.run(pinned, capture_output=True, text=True, check=False)
        if output.returncode:
            raise RuntimeError(output.stderr)
        report: dict[str, object] = json.loads(output.stdout)
        return report

    def run(self, subject: Subject, regime: Regime, number: int, origin: int) -> Run:
        """Starts `subject`, loads it and stops it."""
        with tempfile.TemporaryDirectory() as name:
            folder, port = Path(name), free_port()
            command = subject.prepare(folder, port, origin)
            with running(command, cpu=PROXY_CPU, port=port, log=folder / "log") as process:
                report = self.load(port, regime, process.pids())
        return _summary(subject.name, regime, number, report)

    def run_direct(self, regime: Regime, number: int, origin: int) -> Run:
        """The load without a proxy."""
        return _summary(DIRECT, regime, number, self.load(origin, regime))


def play(
    bench: Bench, subjects: Sequence[Subject], regime: Regime, rounds: int, *, direct: bool = False
) -> list[Run]:
    """Plays rounds until `rounds` of them are valid, or twice as many have been played."""
    runs: list[Run] = []
    with tempfile.TemporaryDirectory() as name:
        port = free_port()
        command = nginx_origin(Path(name), port)
        with running(command, cpu=LOAD_CPU, port=port, log=Path(name) / "log"):
            for number in range(1, 2 * rounds + 1):
                order: list[Subject | None] = [*subjects, *([None] if direct else [])]
                random.shuffle(order)
                for subject in order:
                    if subject is None:
                        runs.append(bench.run_direct(regime, number, port))
                    else:
                        runs.append(bench.run(subject, regime, number, port))
                    print(line(runs[-1]), flush=True)
                mark_void(runs)
                if len({run.round for run in runs if not run.void}) >= rounds:
                    break
    for number in sorted({run.round for run in runs if run.void}):
        print(f"{regime.name}: round {number} is void: {CONTROL} was off its own median")
    return runs


def mark_void(runs: list[Run]) -> None:
    """Marks the rounds in which the control departs from its own median by more than a tenth."""
    control = {run.round: run.cpu_us for run in runs if run.subject == CONTROL}
    if not control:
        return
    median = statistics.median(control.values())
    for run in runs:
        off = abs(control.get(run.round, median) / median - 1)
        run.void = off > CONTROL_TOLERANCE


def line(run: Run) -> str:
    """One run as one line of the rig's output."""
    return (
        f"{run.regime:<12} round {run.round:>2}  {run.subject:<18} {run.cpu_us:7.2f} µs/req "
        f"(user {run.cpu_us * run.user_share:5.2f})  {run.rate:8.0f} req/s  "
        f"cpu {run.utilization:4.0%}  switches/req {run.switches:5.3f}  "
        f"p50 {run.p50_us:7.0f} µs  p99 {run.p99_us:7.0f} µs  errors {run.errors}"
    )


def paired(runs: Iterable[Run], subject: str, other: str) -> list[tuple[Run, Run]]:
    """The valid rounds' runs of two subjects, side by side."""
    valid = [run for run in runs if not run.void]
    others = {run.round: run for run in valid if run.subject == other}
    return [
        (run, others[run.round]) for run in valid if run.subject == subject and run.round in others
    ]


def median_ratio(runs: Iterable[Run], subject: str, other: str) -> float | None:
    """The median over rounds of one subject's µs/req by another's; None without both."""
    ratios = [one.cpu_us / two.cpu_us for one, two in paired(runs, subject, other)]
    return statistics.median(ratios) if ratios else None


def median_difference(runs: Iterable[Run], subject: str, other: str) -> float | None:
    """The median over rounds of what one subject spends more than another, in µs/req."""
    differences = [one.cpu_us - two.cpu_us for one, two in paired(runs, subject, other)]
    return statistics.median(differences) if differences else None


def median(runs: Iterable[Run], subject: str, field: str) -> float | None:
    """The median of one field of a subject's valid runs; None without any."""
    values = [getattr(run, field) for run in runs if run.subject == subject and not run.void]
    return statistics.median(values) if values else None


def _summary(subject: str, regime: Regime, number: int, report: dict[str, object]) -> Run:
    watched = report["watched"]
    latency = report["latency_us"]
    errors = report["errors"]
    if not (isinstance(watched, dict) and isinstance(latency, dict) and isinstance(errors, dict)):
        message = f"not a report of the load generator: {report!r}"
        raise TypeError(message)
    seconds = float(str(report["seconds"]))
    requests = int(str(report["requests"]))

    def spent(field: str) -> int:
        return sum(int(process[field]) for process in watched.values())

    user, system = spent("user_ticks"), spent("system_ticks")
    return Run(
        subject=subject,
        regime=regime.name,
        round=number,
        requests=requests,
        errors=sum(errors.values()),
        rate=requests / seconds,
        cpu_us=spent("cpu_ns") / 1000 / max(1, requests),
        user_share=user / max(1, user + system),
        utilization=spent("cpu_ns") / 1e9 / seconds,
        switches=spent("voluntary_switches") / max(1, requests),
        p50_us=latency["p50"],
        p99_us=latency["p99"],
    )
