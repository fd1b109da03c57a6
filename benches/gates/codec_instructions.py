#!/usr/bin/env python3
"""Gate: instructions per request of the HTTP/1.1 codec, counted by callgrind.

    python benches/gates/codec_instructions.py [--record]

Builds `codec_gate` (core_rs/http1/examples) for release, runs it under callgrind for two numbers of
rounds and takes the difference, so that starting up does not count. The figure must lie within 2 %
of the one in codec_instructions.json, better or worse: a gain is recorded, too, with `--record`.

A figure holds for one compiler and one kind of processor, since both choose the instructions. For
another pair it says that a figure must be recorded and exits 0, as it does without valgrind.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECORD = Path(__file__).with_suffix(".json")
TOLERANCE = 0.02
ROUNDS = (200, 1200)
REQUESTS_PER_ROUND = 2


def main() -> int:
    """Measures, compares or records; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--record", action="store_true", help="write the figure down, compare nothing"
    )
    options = parser.parse_args()
    if not shutil.which("valgrind"):
        print("codec gate skipped: valgrind is not installed")
        return 0
    key = f"{compiler()}, {processor()}"
    figures: dict[str, int] = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    if key not in figures and not options.record:
        print(f"codec gate skipped: a new figure must be recorded with --record for {key}")
        return 0
    measured = instructions_per_request(build())
    if options.record:
        figures[key] = measured
        RECORD.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")
        print(f"codec gate: recorded {measured} instructions per request for {key}")
        return 0
    change = measured / figures[key] - 1
    passed = abs(change) <= TOLERANCE
    print(
        f"codec gate: {measured} instructions per request, recorded {figures[key]} ({change:+.2%}, "
        f"within {TOLERANCE:.0%}): {'pass' if passed else 'FAIL'}"
    )
    return 0 if passed else 1


def compiler() -> str:
    """The version of rustc that builds here, such as `rustc 1.95.0`."""
    command = ["rustc", "--version"]
    answer = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return " ".join(answer.stdout.split()[:2])


def processor() -> str:
    """The architecture, and whether it has AVX2, by which libraries choose their code."""
    try:
        features = Path("/proc/cpuinfo").read_text().split()
    except OSError:
        features = []
    return platform.machine() + ("+avx2" if "avx2" in features else "")


def build() -> Path:
    """Builds the program that is counted; returns its path."""
    command = "cargo build --quiet --locked --release -p http1 --example codec_gate"
    subprocess.run(command.split(), cwd=ROOT, check=True)
    target = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
    return target / "release" / "examples" / "codec_gate"


def instructions_per_request(program: Path) -> int:
    """Instructions that one more request costs."""
    few, many = (instructions(program, rounds) for rounds in ROUNDS)
    return round((many - few) / (ROUNDS[1] - ROUNDS[0]) / REQUESTS_PER_ROUND)


def instructions(program: Path, rounds: int) -> int:
    """Instructions of a whole run of `rounds`."""
    callgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    command = [*callgrind, str(program), str(rounds)]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    collected = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or collected is None:
        sys.exit(f"codec gate: callgrind failed\n{run.stderr}")
    return int(collected[1])


if __name__ == "__main__":
    sys.exit(main())
