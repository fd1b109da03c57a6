"""Pauses Python's search for cycles while many objects are made."""

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

    It starts whenever enough objects have been made that were not freed, and looks through all
    there are. Where most of what is made is kept, that takes longer than making it: four fifths
    of the time for a large document, or for the documents of a thousand services.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
