"""The figures as Markdown, with the machine they were measured on."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

from checks import TIMES, added_us
from rounds import median, median_ratio

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from checks import Check
    from rounds import Run
    from single import Single

NOTHING = "\N{EN DASH}"
BEGIN, END = "<!-- figures:begin -->", "<!-- figures:end -->"


def machine(versions: Iterable[str]) -> str:
    """The machine and the programs, in one paragraph."""
    model = "unknown CPU"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = " ".join(line.partition(":")[2].split())
            break
    cpus = os.cpu_count()
    programs = ", ".join(sorted(set(versions)))
    return (
        f"Machine: {model}, {cpus} CPUs, {platform.system()} {platform.release()}, "
        f"{platform.python_implementation()} {platform.python_version()}. {programs}. "
        "The proxy has CPU 0 to itself; the load generator and the origin (nginx, 84 bytes) share "
        "CPU 1. µs/req is CPU time of the proxy per request, all threads and processes; every "
        "figure is the median of interleaved rounds. Only ratios between rows travel to another "
        "machine."
    )


def figures(runs: Sequence[Run], singles: Sequence[Single]) -> str:
    """One row per subject."""
    columns = [
        "proxy",
        "µs/req, 16 conns (user)",
        "100 conns",
        "1,000 req/s",
        "80 % load",
        f"{TIMES} nginx (16 / 100 / 1,000)",
        "added p50 / p99 at 1,000 req/s, µs",
        "calls/req",
        "PSS, MiB",
        "first byte, ms",
    ]
    header = "| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|\n"
    by_name = {single.subject: single for single in singles}
    names = list(dict.fromkeys([run.subject for run in runs] + list(by_name)))
    rows = [_row(name, runs, by_name.get(name)) for name in names if name != "direct"]
    return header + "\n".join(rows)


def verdicts(checks: Sequence[Check]) -> str:
    """One row per check."""
    rows = ["| row | what | measured | must be at most | |", "|---|---|---|---|---|"]
    for check in checks:
        value = NOTHING if check.value is None else f"{check.value:.2f} {check.unit}".strip()
        must = f"{check.must:g} {check.unit}".strip()
        rows.append(f"| {check.row} | {check.what} | {value} | {must} | {check.verdict} |")
    return "\n".join(rows)


def every_run(runs: Sequence[Run]) -> str:
    """All rounds, the void ones marked."""
    rows = [
        "| regime | round | proxy | µs/req | user | req/s | CPU | switches/req | p50 | p99 | |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    rows += [
        f"| {run.regime} | {run.round} | {run.subject} | {run.cpu_us:.2f} | {run.user_share:.0%} "
        f"| {run.rate:.0f} | {run.utilization:.0%} | {run.switches:.3f} | {run.p50_us:.0f} "
        f"| {run.p99_us:.0f} | {'void' if run.void else ''} |"
        for run in runs
    ]
    return "\n".join(rows)


def replace_in_readme(readme: Path, text: str) -> None:
    """Puts `text` between the two marks.

    Raises:
        ValueError: the marks are missing.
    """
    before, begin, rest = readme.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        message = f"{readme.name} has no {BEGIN} … {END}"
        raise ValueError(message)
    readme.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def _row(name: str, runs: Sequence[Run], single: Single | None) -> str:
    def number(value: float | None, digits: int = 1) -> str:
        return NOTHING if value is None else f"{value:.{digits}f}"

    def of(regime: str) -> list[Run]:
        return [run for run in runs if run.regime == regime]

    saturated = number(median(of("closed-16"), name, "cpu_us"))
    share = median(of("closed-16"), name, "user_share")
    cpu = median(of("closed-16"), name, "cpu_us")
    if share is not None and cpu is not None:
        saturated += f" ({share * cpu:.1f})"
    ratios = [
        number(median_ratio(of(regime), name, "nginx"), 2)
        for regime in ("closed-16", "closed-100", "open-1000")
    ]
    tail = number(median(of("open-1000"), name, "p99_us"), 0)
    direct = median(of("open-1000"), "direct", "p99_us")
    p99 = median(of("open-1000"), name, "p99_us")
    if direct is not None and p99 is not None:
        tail = number(p99 - direct, 0)
    memory = single.memory.proportional / 1024 if single else None
    cells = [
        name,
        saturated,
        number(median(of("closed-100"), name, "cpu_us")),
        number(median(of("open-1000"), name, "cpu_us")),
        number(median(of("open-80%"), name, "cpu_us")),
        " / ".join(ratios),
        f"{number(added_us(runs, name, 'open-1000'), 0)} / {tail}",
        number(single.calls if single else None, 2),
        number(memory),
        number(single.start_ms if single else None, 0),
    ]
    return "| " + " | ".join(cells) + " |"
