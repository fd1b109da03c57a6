"""``pymesh demo`` and ``pymesh demo --once``."""

from __future__ import annotations

import signal
import sys
import threading
from typing import TYPE_CHECKING

from rich.console import Console

from pymesh.demo.live import run_live
from pymesh.demo.once import run_once
from pymesh.demo.table import table
from pymesh.errors import EXIT_FAILED, EXIT_OK

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["run_demo"]


def run_demo(*, once: bool) -> int:
    """Runs the demo.

    Args:
        once: Whether to stop after a finite run that checks what it saw.

    Returns:
        0; 1 if a check of the finite run failed.

    Raises:
        PymeshError: ``unavailable``, if something does not start.
    """
    console = Console(highlight=False)
    if once:
        signal.signal(signal.SIGTERM, _interrupt)
        return _once(console)
    # An exception could come between a start and what ends it; an event comes where it is awaited.
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    run_live(console, ended)
    console.print("ended")
    return EXIT_OK


def _once(console: Console) -> int:
    checks, tally, counted, explained = run_once()
    console.print(table(tally, counted))
    console.print("\nWhy was one of them denied?", style="bold")
    console.print(explained, markup=False, soft_wrap=True)
    console.print()
    for check in checks:
        verdict = "[green]ok  [/]" if check.passed else "[red]FAIL[/]"
        console.print(f"{verdict} {check.name}: {check.seen}", soft_wrap=True)
    failed = [check for check in checks if not check.passed]
    if failed:
        sys.stderr.write(f"pymesh: {len(failed)} of {len(checks)} checks failed [check-failed]\n")
        return EXIT_FAILED
    console.print(f"all {len(checks)} checks passed")
    return EXIT_OK


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
