"""Starting, pinning, weighing and ending the processes of a run."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PATIENCE_SECONDS = 20.0
"""How long a process may take to listen or to end before the run is given up."""


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def family(pid: int) -> list[int]:
    """`pid` and its descendants, parents first."""
    pids = [pid]
    for member in pids:
        for task in Path(f"/proc/{member}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                pids.extend(int(child) for child in task.read_text().split())
    return pids


@dataclass(frozen=True)
class Memory:
    """What a process tree holds, in KiB."""

    proportional: int
    """Pages shared with other processes count in part (PSS)."""
    resident: int
    """Pages shared with other processes count in full (RSS)."""

    @classmethod
    def of(cls, pids: Sequence[int]) -> Memory:
        """The sum over `pids`, from `smaps_rollup`."""
        sums = {"Pss": 0, "Rss": 0}
        for pid in pids:
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                name, _, rest = line.partition(":")
                if name in sums:
                    sums[name] += int(rest.split()[0])
        return cls(proportional=sums["Pss"], resident=sums["Rss"])


class Running:
    """A process on one CPU, with whatever children it has."""

    def __init__(self, command: Sequence[str], *, cpu: int, log: Path) -> None:
        """Starts `command` on `cpu`; what it prints goes to the file `log`."""
        self.log = log
        # Pinned by a program of its own: code between fork and exec is unsafe beside threads.
        pinned = ["taskset", "-c", str(cpu), *command]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                pinned,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self.started = time.monotonic()

    def pids(self) -> list[int]:
        """The process and its descendants."""
        return family(self._process.pid)

    def wait_until_listening(self, port: int) -> None:
        """Returns once the process accepts connections on `port`."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            time.sleep(0.005)
        message = f"{self._process.args!r} does not listen: {self.log.read_text(errors='replace')}"
        raise RuntimeError(message)

    def stop(self) -> None:
        """Ends the process with SIGTERM, then with SIGKILL, and its children with it."""
        children = self.pids()[1:]
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(PATIENCE_SECONDS)
            for pid in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def running(command: Sequence[str], *, cpu: int, port: int, log: Path) -> Iterator[Running]:
    """A process that listens on `port` for as long as the block runs."""
    process = Running(command, cpu=cpu, log=log)
    try:
        process.wait_until_listening(port)
        yield process
    finally:
        process.stop()
