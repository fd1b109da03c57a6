#!/usr/bin/env python3
"""Gate: system calls per request of the real proxy on keep-alive load, saturated, 16 connections.

    python benches/gates/syscalls.py [--most 4.5] [--pymesh "COMMAND …"]

Counts, so it does not depend on how fast the machine is. Exits 1 above the limit; where neither
`perf` nor `strace` can count, or nginx (the origin) is missing, it says so and exits 0.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "load"))

import kernel_calls
from processes import free_port, running
from rig import build_generator
from rounds import LOAD_CPU, PROXY_CPU, Bench, Regime
from subjects import Subject, default_pymesh, find, nginx_origin

SECONDS = 2.0
TRIES = 3
"""The share of waits varies with what else the machine does; the least is the proxy's own."""


def main() -> int:
    """Measures; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=float, default=4.5, help="calls per request allowed (4.5)")
    parser.add_argument(
        "--pymesh", help="the command that starts pymesh (the one beside this Python)"
    )
    parser.add_argument(
        "--generator", type=Path, help="a built load generator (built if not given)"
    )
    options = parser.parse_args()
    if not shutil.which("nginx") or (os.cpu_count() or 1) < 2:
        print("syscalls gate skipped: it needs nginx as the origin and two CPUs")
        return 0
    pymesh = options.pymesh.split() if options.pymesh else default_pymesh()
    subjects, _ = find(["pymesh"], pymesh)
    if not subjects:
        print("syscalls gate: pymesh is not installed here", file=sys.stderr)
        return 69
    bench = Bench(options.generator or build_generator(), seconds=SECONDS, warm_up=0.5)
    try:
        counted = [count(bench, subjects[0]) for _ in range(TRIES)]
    except kernel_calls.NoCounterError as refusal:
        print(f"syscalls gate skipped: {refusal}")
        return 0
    best, counter = min(counted)
    listed = ", ".join(f"{calls:.3f}" for calls, _ in counted)
    verdict = "pass" if best <= options.most else "FAIL"
    print(f"syscalls gate: {listed} per request ({counter}), at most {options.most:g}: {verdict}")
    return 0 if verdict == "pass" else 1


def count(bench: Bench, subject: Subject) -> tuple[float, str]:
    """System calls per request of one start of `subject`, and what counted them."""
    with tempfile.TemporaryDirectory() as name:
        folder, origin, port = Path(name), free_port(), free_port()
        upstream = nginx_origin(folder, origin)
        command = subject.prepare(folder, port, origin)
        with (
            running(upstream, cpu=LOAD_CPU, port=origin, log=folder / "origin.log"),
            running(command, cpu=PROXY_CPU, port=port, log=folder / "log") as process,
        ):
            regime = Regime("gate", 16)
            bench.load(port, regime)
            return kernel_calls.count(
                process.pids(), lambda: int(str(bench.load(port, regime, warm_up=0.0)["requests"]))
            )


if __name__ == "__main__":
    raise SystemExit(main())
