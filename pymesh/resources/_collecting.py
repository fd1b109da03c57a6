"""Pauses Python's search for cycles while large trees are made."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["collection_paused"]


@contextmanager
def collection_paused() -> Iterator[None]:
    """No search for cycles inside.

    Trees are freed by counting references. Looking through all of them for cycles again and
    again while they grow takes as long as the rest, and five times as long for a large document.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
