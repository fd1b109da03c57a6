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
from pymesh.demo.metrics import requests_by_status
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
            f"Ctrl-C ends it. The proxy was started as:\n  {running.command}\n", soft_wrap=True
        )
        for number in range(THREADS):
            words = (running.address, tally, ended, number)
            worker = threading.Thread(target=_send, args=words)
            worker.start()
            stack.callback(worker.join)
        stack.callback(ended.set)
        live = stack.enter_context(Live(console=console, auto_refresh=False))
        while running.proxy.process.poll() is None:
            live.update(table(tally, requests_by_status(running.admin)), refresh=True)
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
    user = f"user-{random.randrange(200)}"  # noqa: S311 - not a secret
    tenant = f"tenant-{seed}-{number % 50}"
    match number % 10:
        case 0:
            return Call("anonymous", tenant, token=None)
        case 1:
            return Call("unknown", tenant, token="open-barley")  # noqa: S106 - a wrong one
        case 2:
            return Call("greedy", "greedy")
        case 3 | 4 | 5:
            return Call("sticky", tenant, user=user)
        case 6:
            return Call("pinned", tenant, variant=random.choice(list(WEIGHTS)))  # noqa: S311
        case _:
            return Call("drawn", tenant)
