"""The endless run: traffic at a steady rate and a table that follows it."""

from __future__ import annotations

import contextlib
import itertools
import random
import threading
from typing import TYPE_CHECKING

from rich.live import Live

from pymesh.demo.client import Call, Client, Tally
from pymesh.demo.mesh import WEIGHTS, Limits, mesh
from pymesh.demo.metrics import counts
from pymesh.demo.table import table

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["run_live"]

LIMITS = Limits(rate=5.0, burst=20)
# Per second and thread; the greedy tenant is a tenth of it, so four times its rate.
THREADS = 2
RATE = 100.0
# Latencies of the newest requests only, so that the table shows now and memory does not grow.
KEEP = 5_000
REFRESH_SECONDS = 0.5
# What is sent, in turn.
_MIX = (
    *("anonymous", "unknown", "greedy", "intruder"),
    *("sticky", "sticky", "pinned", "drawn", "drawn", "reports"),
)


def run_live(console: Console, ended: threading.Event) -> None:
    """Runs until it is told to end, or the proxy ends.

    Args:
        console: Where the table goes.
        ended: Set by whoever wants it to end.

    Raises:
        PymeshError: ``unavailable``, if something does not start.
    """
    tally = Tally(keep=KEEP)
    with mesh(LIMITS) as running, contextlib.ExitStack() as stack:
        console.print(
            f"The proxy was started as:\n  {running.command}\n"
            f"Edit what it serves, {running.files / 'policy.yaml'} for one. Ctrl-C ends it all.\n",
            soft_wrap=True,
        )
        for number in range(THREADS):
            words = (running.address, tally, ended, number)
            worker = threading.Thread(target=_send, args=words)
            worker.start()
            stack.callback(worker.join)
        stack.callback(ended.set)
        live = stack.enter_context(Live(console=console, auto_refresh=False))
        while running.proxy.process.poll() is None:
            live.update(table(tally, counts(running.admin)), refresh=True)
            if ended.wait(REFRESH_SECONDS):
                break


def _send(address: tuple[str, int], tally: Tally, ended: threading.Event, seed: int) -> None:
    """Sends at a steady rate, which the wait between two requests makes, until it is ended."""
    client = Client(address)
    for number in itertools.count():
        tally.add(client.send(_call(number, seed)))
        if ended.wait(1 / RATE):
            break
    client.close()


def _call(number: int, seed: int) -> Call:
    tenant = f"tenant-{seed}-{number % 50}"
    kind = _MIX[number % len(_MIX)]
    call = Call(kind, "greedy" if kind == "greedy" else tenant)
    match kind:
        case "anonymous":
            call = call._replace(token=None)
        case "unknown":
            call = call._replace(token="open-barley")  # noqa: S106 - a wrong one
        case "sticky":
            call = call._replace(user=f"user-{random.randrange(200)}")  # noqa: S311 - not a secret
        case "pinned":
            call = call._replace(variant=random.choice(list(WEIGHTS)))  # noqa: S311
    return call
