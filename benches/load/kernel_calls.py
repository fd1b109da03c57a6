"""How many system calls a process makes while it is under load."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ATTACH_SECONDS = 5.0
"""How long a counter may take to attach."""


class NoCounterError(Exception):
    """Neither `perf` nor `strace` can count here."""


def count(pids: Sequence[int], load: Callable[[], int]) -> tuple[float, str]:
    """System calls of `pids` per unit of what `load` returns, and the tool that counted.

    `perf` is tried first: it does not slow the process down. `strace` stops it at every call; the
    counts stay true, the rates do not.

    Raises:
        NoCounterError: neither tool works here, with what each said.
    """
    refusals = []
    for counter in (_perf, _strace):
        try:
            return counter(pids, load), counter.__name__.strip("_")
        except NoCounterError as refusal:
            refusals.append(str(refusal))
    raise NoCounterError("; ".join(refusals))


def _perf(pids: Sequence[int], load: Callable[[], int]) -> float:
    if not shutil.which("perf"):
        message = "perf is not installed"
        raise NoCounterError(message)
    event = ["perf", "stat", "-x", ",", "-e", "raw_syscalls:sys_enter"]
    probe = subprocess.run([*event, "true"], capture_output=True, text=True, check=False)
    if probe.returncode or _perf_count(probe.stderr) is None:
        message = f"perf cannot count system calls here ({probe.stderr.strip().splitlines()[:1]})"
        raise NoCounterError(message)
    # perf prints nothing when it has attached: `--control` acknowledges the command that starts it.
    with tempfile.TemporaryDirectory() as folder:
        return _perf_with_control(event, pids, load, folder)


def _perf_with_control(
    event: list[str], pids: Sequence[int], load: Callable[[], int], folder: str
) -> float:
    control, acknowledge = f"{folder}/control", f"{folder}/acknowledge"
    os.mkfifo(control)
    os.mkfifo(acknowledge)
    options = ["-D", "-1", "--control", f"fifo:{control},{acknowledge}"]
    target = ["-p", ",".join(str(pid) for pid in pids)]
    process = subprocess.Popen([*event, *options, *target], stderr=subprocess.PIPE, text=True)
    # Opened for reading and writing, so that a perf that fails leaves no open() waiting for ever.
    with (
        open(control, "r+b", buffering=0) as commands,
        open(acknowledge, "r+b", buffering=0) as answers,
    ):
        done = 0
        for command in (b"enable\n", b"disable\n"):
            commands.write(command)
            if process.poll() is not None:
                break
            answers.read(5)
            if command == b"enable\n":
                done = load()
    process.send_signal(signal.SIGINT)
    calls = _perf_count(process.communicate()[1])
    if calls is None:
        message = "perf attached and counted nothing"
        raise NoCounterError(message)
    return calls / max(1, done)


def _perf_count(report: str) -> int | None:
    match = re.search(r"^(\d+),.*raw_syscalls:sys_enter", report, re.MULTILINE)
    return int(match[1]) if match else None


def _strace(pids: Sequence[int], load: Callable[[], int]) -> float:
    if not shutil.which("strace"):
        message = "strace is not installed"
        raise NoCounterError(message)
    command = ["strace", "-f", "-c"]
    for pid in pids:
        command += ["-p", str(pid)]
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "output")
        with output.open("wb") as stderr:
            process = subprocess.Popen(command, stderr=stderr)
        deadline = time.monotonic() + ATTACH_SECONDS
        while output.read_text().count(" attached") < len(pids) and process.poll() is None:
            if time.monotonic() > deadline:
                break
            time.sleep(0.01)
        if process.poll() is not None or " attached" not in output.read_text():
            process.kill()
            message = f"strace cannot attach here ({output.read_text().strip()})"
            raise NoCounterError(message)
        done = load()
        process.send_signal(signal.SIGINT)
        process.wait()
        calls = _strace_count(output.read_text())
    if calls is None:
        message = "strace attached and counted nothing"
        raise NoCounterError(message)
    return calls / max(1, done)


def _strace_count(report: str) -> int | None:
    columns = r"^100\.00\s+\S+\s+\S+\s+(\d+)\s+(?:\d+\s+)?total"
    match = re.search(columns, report, re.MULTILINE)
    return int(match[1]) if match else None
