"""What wakes the process up: changes of files, lines of the proxy, and their end."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, BinaryIO

from pymesh.translate.child._files import folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path
    from queue import SimpleQueue

    from pymesh.translate.child._files import Folder

__all__ = ["CHANGED", "END", "Watcher", "follow_input"]

CHANGED = b"changed"
"""Stands for a change of some file, in the queue."""
END = b"end"
"""Stands for the end of the proxy's lines, in the queue."""
LINE_BYTES = 1 << 20
STEP_MILLISECONDS = 50
"""How often the watching thread looks whether it is to end, and gathers what has happened."""


def follow_input(
    stream: BinaryIO, queue: SimpleQueue[bytes], ended: Callable[[], object]
) -> threading.Thread:
    """Puts the lines of a stream into a queue, and :data:`END` when there are no more.

    Args:
        stream: The stream.
        queue: The queue.
        ended: Called in the reading thread after :data:`END` is in the queue.
    """

    def read() -> None:
        try:
            while line := stream.readline(LINE_BYTES):
                queue.put(line)
        finally:
            queue.put(END)
            ended()

    thread = threading.Thread(target=read, name="pymesh-input", daemon=True)
    thread.start()
    return thread


class Watcher:
    """Watches the folders of paths, and puts :data:`CHANGED` into a queue when one changes.

    It only wakes up whoever waits: what has changed, and whether, is seen by looking. Where the
    system has no more watches to give, looking now and then is all that is left.

    Args:
        paths: The paths.
        queue: The queue.
        complain: Told once if folders cannot be watched.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        queue: SimpleQueue[bytes],
        complain: Callable[[str], object],
    ) -> None:
        self._paths = paths
        self._queue = queue
        self._complain = complain
        self._watched: frozenset[tuple[Folder, int]] = frozenset()
        self._stop = threading.Event()

    def follow(self) -> bool:
        """Watches what the paths stand for now; a folder that was replaced is watched anew.

        Returns:
            Whether anything had to be watched anew; a change in the meantime may be missed.
        """
        wanted = frozenset((folder, _identity(folder.path)) for folder in folders(self._paths))
        if wanted == self._watched:
            return False
        self.stop()
        self._stop = threading.Event()
        self._watched = wanted
        for recursive in (False, True):
            names = sorted(folder.path for folder, _ in wanted if folder.recursive is recursive)
            if names:
                self._start(names, recursive=recursive)
        return True

    def stop(self) -> None:
        """Ends the watching threads; they are gone within a step."""
        self._stop.set()

    def _start(self, names: Iterable[str], *, recursive: bool) -> None:
        stop = self._stop

        def watch() -> None:
            # Here, since it takes as long to import as a small mesh takes to be translated.
            import watchfiles

            try:
                for _ in watchfiles.watch(
                    *names,
                    watch_filter=None,
                    step=STEP_MILLISECONDS,
                    debounce=2 * STEP_MILLISECONDS,
                    stop_event=stop,
                    recursive=recursive,
                    raise_interrupt=False,
                ):
                    self._queue.put(CHANGED)
            except (ImportError, OSError, RuntimeError) as error:
                if not stop.is_set():
                    self._complain(f"files are only looked at now and then: {error}")

        threading.Thread(target=watch, name="pymesh-watch", daemon=True).start()


def _identity(folder: str) -> int:
    try:
        return os.stat(folder).st_ino
    except OSError:
        return 0
