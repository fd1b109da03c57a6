"""What is measured once per start and not per request: memory at rest, and the time to start."""

from __future__ import annotations

import contextlib
import socket
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import kernel_calls
from processes import Memory, Running, free_port, running
from rounds import LOAD_CPU, PROXY_CPU, Bench, Regime
from subjects import nginx_origin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from subjects import Subject

Result = TypeVar("Result")

SETTLE_SECONDS = 1.5
"""Between the first request and the weighing: what start-up leaves behind is freed by then."""
STARTS = 10
"""How many starts the median of the start time is taken over."""


@dataclass(frozen=True)
class Single:
    """One subject's figures."""

    subject: str
    memory: Memory
    """At rest, after one request."""
    start_ms: float
    """From the start of the process to the first proxied byte, the median of several starts."""
    calls: float | None
    """System calls per request, saturated, 16 connections; None where nothing can count them."""
    counter: str
    """What counted them, or why nothing could."""


def weigh(bench: Bench, subjects: Sequence[Subject]) -> list[Single]:
    """Measures each subject beside an origin of its own."""
    with tempfile.TemporaryDirectory() as name:
        origin = free_port()
        command = nginx_origin(Path(name), origin)
        with running(command, cpu=LOAD_CPU, port=origin, log=Path(name) / "log"):
            return [_weigh(bench, subject, origin) for subject in subjects]


def _weigh(bench: Bench, subject: Subject, origin: int) -> Single:
    starts = sorted(_start_ms(subject, origin) for _ in range(STARTS))
    memory = _started(subject, origin, _memory)

    def calls(process: Running, port: int) -> tuple[float | None, str]:
        regime = Regime("counted", 16)
        bench.load(port, regime)

        def load() -> int:
            return int(str(bench.load(port, regime, warm_up=0.0)["requests"]))

        try:
            return kernel_calls.count(process.pids(), load)
        except kernel_calls.NoCounterError as refusal:
            return None, str(refusal)

    per_request, counter = _started(subject, origin, calls)
    single = Single(subject.name, memory, statistics.median(starts), per_request, counter)
    shown = f"system calls/req {per_request:.2f} ({counter})" if per_request else counter
    print(
        f"{single.subject:<18} PSS {memory.proportional / 1024:6.1f} MiB  "
        f"RSS {memory.resident / 1024:6.1f} MiB  first byte {single.start_ms:6.1f} ms "
        f"(of {STARTS}: {starts[0]:.1f} to {starts[-1]:.1f})  {shown}",
        flush=True,
    )
    return single


def _started(subject: Subject, origin: int, measure: Callable[[Running, int], Result]) -> Result:
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        command = subject.prepare(folder, port, origin)
        with running(command, cpu=PROXY_CPU, port=port, log=folder / "log") as process:
            return measure(process, port)


def _memory(process: Running, port: int) -> Memory:
    _first_byte(port)
    time.sleep(SETTLE_SECONDS)
    return Memory.of(process.pids())


def _start_ms(subject: Subject, origin: int) -> float:
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        command = subject.prepare(folder, port, origin)
        start = time.monotonic()
        process = Running(command, cpu=PROXY_CPU, log=folder / "log")
        try:
            _first_byte(port)
            return (time.monotonic() - start) * 1000
        finally:
            process.stop()


def _first_byte(port: int) -> None:
    deadline = time.monotonic() + 20
    request = b"GET / HTTP/1.1\r\nhost: load\r\nauthorization: Bearer benchmark\r\n\r\n"
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(request)
            if client.recv(12) == b"HTTP/1.1 200":
                return
        time.sleep(0.0005)
    message = "the proxy answered nothing"
    raise RuntimeError(message)
