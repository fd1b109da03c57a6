#!/usr/bin/env python3
"""Measures pymesh beside its peers in interleaved rounds and says whether what must hold does.

    python benches/load/rig.py                         # everything, about 20 minutes
    python benches/load/rig.py --only closed-16 --rounds 6 --seconds 2
    python benches/load/rig.py --readme                # and put the table into README.md

Exits 1 when a check fails, 0 otherwise; what could not be measured is said and does not fail.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import checks
import tables
from rounds import Bench, Regime, Run, median, play
from single import Single, weigh
from subjects import default_pymesh, find

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from subjects import Subject

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PROGRAMS = ("nginx", "haproxy", "envoy", "floor", "pymesh")
PARTS = ("closed-16", "closed-100", "open-1000", "open-80%", "single")


def main(words: Sequence[str] | None = None) -> int:
    """Runs the rig; returns the exit code."""
    options = _options(words)
    if (os.cpu_count() or 1) < 2:
        print("the rig needs two CPUs: one for the proxy, one for the load", file=sys.stderr)
        return 69
    pymesh = options.pymesh.split() if options.pymesh else default_pymesh()
    subjects, missing = find(options.proxies, pymesh)
    for message in missing:
        print(message)
    generator = options.generator or build_generator()
    bench = Bench(generator, seconds=options.seconds, warm_up=options.warm_up)

    runs = _play(bench, subjects, options)
    singles = weigh(bench, subjects) if "single" in options.only else []
    results = checks.check(runs, singles)
    _write(runs, singles, subjects, results, options)
    failed = sum(run.errors for run in runs)
    if failed:
        print(f"{failed} requests failed or were answered wrongly: the figures are worth nothing")
    return 1 if failed or any(result.verdict == "FAIL" for result in results) else 0


def build_generator() -> Path:
    """Builds the load generator in release mode and returns where it is."""
    command = ["cargo", "build", "--quiet", "--release", "--locked", "-p", "load-generator"]
    subprocess.run(command, cwd=ROOT, check=True)
    target = os.environ.get("CARGO_TARGET_DIR") or ROOT / "target"
    return Path(target) / "release" / "load-generator"


def _play(bench: Bench, subjects: Sequence[Subject], options: argparse.Namespace) -> list[Run]:
    plain = [subject for subject in subjects if "+" not in subject.name]
    runs: list[Run] = []
    if "closed-16" in options.only:
        runs += play(bench, subjects, Regime("closed-16", 16), options.rounds)
    if "closed-100" in options.only:
        hooked = [subject for subject in subjects if subject.name.startswith(checks.OURS)]
        others = [subject for subject in plain if subject not in hooked]
        runs += play(bench, [*others, *hooked], Regime("closed-100", 100), options.rounds)
    if "open-1000" in options.only:
        regime = Regime("open-1000", 16, 1000)
        runs += play(bench, plain, regime, options.rounds, direct=True)
    if "open-80%" in options.only:
        capacities = [median(runs, subject.name, "rate") for subject in plain]
        known = [capacity for capacity in capacities if capacity is not None]
        if known:
            regime = Regime("open-80%", 16, round(0.8 * min(known)))
            print(f"open-80%: {regime.rate:.0f} req/s, 80 % of what the slowest answered saturated")
            runs += play(bench, plain, regime, options.rounds, direct=True)
    return runs


def _write(
    runs: Sequence[Run],
    singles: Sequence[Single],
    subjects: Sequence[Subject],
    results: Sequence[checks.Check],
    options: argparse.Namespace,
) -> None:
    described = tables.machine(subject.version for subject in subjects)
    rows, verdicts = tables.figures(runs, singles), tables.verdicts(results)
    print(f"\n{described}\n\n{rows}\n\n{verdicts}")
    if options.results:
        options.results.mkdir(parents=True, exist_ok=True)
        stem = dt.datetime.now(tz=dt.UTC).strftime("%Y-%m-%d")
        title = f"# Load figures of {stem}\n\n"
        parts = [title + described, rows, verdicts, "## Every run", tables.every_run(runs)]
        (options.results / f"{stem}.md").write_text("\n\n".join(parts) + "\n")
        print(f"\nwritten: {stem}.md among the results")
    if options.json:
        data = {
            "runs": [dataclasses.asdict(run) for run in runs],
            "singles": [dataclasses.asdict(single) for single in singles],
        }
        options.json.write_text(json.dumps(data, indent=1))
    if options.readme:
        tables.replace_in_readme(ROOT / "README.md", f"{rows}\n\n{described}\n\n{verdicts}")


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=6, help="valid rounds per regime (6)")
    parser.add_argument("--seconds", type=float, default=4, help="measured window (4)")
    parser.add_argument(
        "--warm-up", type=float, default=1, help="load before the window, seconds (1)"
    )
    parser.add_argument("--proxies", type=_list(PROGRAMS), default=list(PROGRAMS), metavar="NAME,…")
    parser.add_argument("--only", type=_list(PARTS), default=list(PARTS), metavar="PART,…")
    parser.add_argument(
        "--pymesh", help="the command that starts pymesh (the one beside this Python)"
    )
    parser.add_argument(
        "--generator", type=Path, help="a built load generator (built if not given)"
    )
    parser.add_argument(
        "--results", type=Path, help="folder for the table, e.g. benches/load/results"
    )
    parser.add_argument("--json", type=Path, help="file for the raw figures")
    parser.add_argument("--readme", action="store_true", help="put the table into README.md")
    return parser.parse_args(words)


def _list(known: Sequence[str]) -> Callable[[str], list[str]]:
    def parse(text: str) -> list[str]:
        names = text.split(",")
        unknown = [name for name in names if name not in known]
        if unknown:
            message = f"unknown: {', '.join(unknown)}; known: {', '.join(known)}"
            raise argparse.ArgumentTypeError(message)
        return names

    return parse


if __name__ == "__main__":
    raise SystemExit(main())
