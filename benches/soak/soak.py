#!/usr/bin/env python3
"""Long runs that must lose nothing: held load, plugin reloads, drains.

    python benches/soak/soak.py                                   # about half an hour
    python benches/soak/soak.py --seconds 20 --idle 200 --reloads 20 --drains 20

Failures are counted by the client, never by the proxy. Exits 1 when something that must hold does
not.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import socket
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "support"))

from kit import Proxy, behaviours, eventually
from kit.load import Load
from kit.origin import Origin

from pymesh.demo.client import Call, Client, Tally
from pymesh.demo.processes import child

if TYPE_CHECKING:
    from collections.abc import Sequence

MEBIBYTE = 1024 * 1024
SLOPE_MIB = 1.0
"""How much the proxy's memory may grow in ten minutes."""
THREADS = 4
SETTLING = 0.2
"""The share of the samples at the start that says nothing: pools and caches fill."""


class Result(NamedTuple):
    """What one run found."""

    name: str
    passed: bool
    seen: str


def main() -> int:
    """Runs everything; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=1200, help="held load (1200)")
    parser.add_argument("--idle", type=int, default=2000, help="idle connections held (2000)")
    parser.add_argument("--reloads", type=int, default=1000, help="reloads of a plugin (1000)")
    parser.add_argument("--drains", type=int, default=200, help="proxies drained (200)")
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    results = [
        *held(options.seconds, options.idle),
        reloads(options.reloads),
        drains(options.drains),
    ]
    for result in results:
        print(f"{'ok  ' if result.passed else 'FAIL'} {result.name}: {result.seen}")
    return 0 if all(result.passed for result in results) else 1


def held(seconds: float, idle: int) -> list[Result]:
    """Steady load beside idle connections: no error, no growth, no descriptor left over."""
    tally, ended = Tally(keep=1000), threading.Event()
    with (
        child(["-m", "pymesh.demo.service", "v1"]) as service,
        Proxy("--to", str(service.first_line), "--idle-timeout", "off") as proxy,
    ):
        words = (proxy.address, tally, ended)
        calls = [threading.Thread(target=_call, args=words) for _ in range(THREADS)]
        samples: list[tuple[float, float]] = []
        with contextlib.ExitStack() as stack:
            for _ in range(idle):
                stack.enter_context(socket.create_connection(proxy.address))
            held_files = proxy.open_files()
            for thread in calls:
                thread.start()
            begin = time.monotonic()
            while (now := time.monotonic() - begin) < seconds:
                samples.append((now, proxy.memory_bytes() / MEBIBYTE))
                ended.wait(min(1.0, seconds - now))
            ended.set()
            for thread in calls:
                thread.join()
        eventually(lambda: proxy.open_files() < held_files - idle + 16, "descriptors are closed")
        slope = _slope(samples[int(len(samples) * SETTLING) :]) * 600
        failed = tally.total - tally.statuses[200]
        stopped = proxy.stop()
    return [
        Result("held load fails no request", failed == 0 < tally.total,
               f"{failed} of {tally.total} in {seconds:.0f} s, {idle} idle connections"),
        Result(f"memory grows less than {SLOPE_MIB} MiB in ten minutes", slope < SLOPE_MIB,
               f"{slope:+.2f} MiB, {samples[-1][1]:.1f} MiB at the end"),
        Result("it ends well afterwards", stopped == 0, f"exit code {stopped}"),
    ]  # fmt: skip


def reloads(count: int) -> Result:
    """A plugin is replaced again and again under load."""
    with tempfile.TemporaryDirectory() as name, Origin(behaviours.echo) as origin:
        path = Path(name) / "answer.py"
        _write(path, 0)
        with (
            Proxy("--to", origin.to, "-p", str(path), "--reload") as proxy,
            Load(lambda: proxy.address, is_good=lambda it: it.body.isdigit()) as load,
        ):
            for number in range(1, count + 1):
                _write(path, number)
                eventually(partial(load.bodies.get, str(number).encode()), f"version {number}")
            load.stop()
            failed = len(load.failures)
    seen = f"{failed} of {load.good + failed} in {count} reloads"
    return Result("reloads fail no request", failed == 0, seen)


def drains(count: int) -> Result:
    """Proxies take over from one another under load, as behind a load balancer."""
    with Origin(behaviours.echo) as origin, contextlib.ExitStack() as stack:
        current = stack.enter_context(Proxy("--to", origin.to))
        load = stack.enter_context(Load(lambda: current.address))
        codes = set()
        for _ in range(count):
            answered = load.good
            last, current = current, stack.enter_context(Proxy("--to", origin.to))
            eventually(partial(load.connecting_nowhere_but, current.address))
            codes.add(last.stop())
            eventually(partial(load.has_gone_beyond, answered), "the load goes on")
            origin.requests.clear()
        load.stop()
        failed = len(load.failures)
    seen = f"{failed} of {load.good + failed} in {count} drains, exit codes {sorted(codes)}"
    return Result("drains fail no request", failed == 0 and codes == {0}, seen)


def _call(address: tuple[str, int], tally: Tally, ended: threading.Event) -> None:
    client = Client(address)
    while not ended.is_set():
        tally.add(client.send(Call("soak", "t")))
    client.close()


def _write(path: Path, number: int) -> None:
    """Puts the next version beside the file and renames it, as editors do."""
    beside = path.with_suffix(".new")
    beside.write_text(
        "from pymesh.hooks import hookimpl, respond\n\n\n"
        "@hookimpl(inline=True)\n"
        f'def on_request(request):\n    return respond(200, "{number}")\n'
    )
    os.replace(beside, path)


def _slope(samples: Sequence[tuple[float, float]]) -> float:
    """Growth per second by linear regression."""
    if len(samples) < 2:
        return 0.0
    middle_x = sum(x for x, _ in samples) / len(samples)
    middle_y = sum(y for _, y in samples) / len(samples)
    spread = sum((x - middle_x) ** 2 for x, _ in samples)
    return sum((x - middle_x) * (y - middle_y) for x, y in samples) / spread


if __name__ == "__main__":
    raise SystemExit(main())
