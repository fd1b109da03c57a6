"""Waiting for something to become true, bounded in time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Value = TypeVar("Value")

PATIENCE_SECONDS = 15.0
"""How long anything waits: far above what a loaded machine needs, so running into it is a fault."""


def eventually(
    condition: Callable[[], Value], what: str = "", patience: float = PATIENCE_SECONDS
) -> Value:
    """Asks `condition` until its answer is true, and returns that answer.

    Raises:
        AssertionError: It never was, within `patience` seconds.
    """
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"did not happen within {patience:.0f} s: {what or condition}")
        time.sleep(0.002)
