"""The process: read, hand over, wait for a change, read again, until the proxy is gone."""

from __future__ import annotations

import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from pymesh.errors import EXIT_DATA, EXIT_OK
from pymesh.translate.child._files import stamps
from pymesh.translate.child._protocol import answer, documents_line, refused_line, write
from pymesh.translate.child._settling import Settling
from pymesh.translate.child._watching import CHANGED, END, Watcher

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import TextIO

    from pymesh.resources import Finding
    from pymesh.translate.child._files import Stamp
    from pymesh.translate.child._reading import Outcome, Reader
    from pymesh.wire import Documents

__all__ = ["Loop"]

START_SECONDS = 0.2
"""After how long files are looked at when watching them has begun: what changed just before that
is not heard of."""

LOOK_SECONDS = 2.0
"""How often files are looked at though nothing was heard of them: on some file systems, and where
the system has no watches left, nothing is."""


class Loop:
    """Keeps a proxy supplied.

    Args:
        paths: Files and folders.
        reader: Turns them into documents.
        output: The descriptor of the proxy's end.
        log: Where findings go, for people.
        queue: Lines of the proxy and changes of files, as they happen.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        reader: Reader,
        output: int,
        log: TextIO,
        queue: SimpleQueue[bytes],
    ) -> None:
        self._paths = paths
        self._reader = reader
        self._output = output
        self._log = log
        self._queue = queue
        self._settling = Settling()
        self._revision = 0
        self._serving: Documents | None = None
        self._told: set[Finding] = set()

    def run(self) -> int:
        """Runs until the proxy is gone.

        Returns:
            The exit code: 65 if the files cannot be used from the start.
        """
        watcher = Watcher(self._paths, self._queue, self._complain)
        try:
            # Watching begins when the proxy has what it waits for, with another look at the files.
            if not self._read(stamps(self._paths)):
                return EXIT_DATA
            self._follow(watcher)
        except BrokenPipeError:
            pass  # the proxy is gone
        finally:
            watcher.stop()
        return EXIT_OK

    def _follow(self, watcher: Watcher) -> None:
        wait = START_SECONDS
        watcher.follow()
        while True:
            try:
                event = self._queue.get(timeout=wait)
            except Empty:
                event = b""
            if event == END:
                return
            if event.startswith(b"{"):
                self._hear(event)
                continue
            if event == CHANGED and not self._queue.empty():
                continue  # more has happened; one look at the files is for all of it
            anew = watcher.follow()
            files = stamps(self._paths)
            due = self._settling.look(time.monotonic(), files)
            if due == 0.0:
                self._read(files)
                due = self._settling.look(time.monotonic(), stamps(self._paths))
            wait = LOOK_SECONDS if due is None else max(due, 0.001)
            if anew:
                wait = min(wait, START_SECONDS)

    def _read(self, files: Mapping[str, Stamp | None]) -> bool:
        """Reads the files and hands over what they come to, or why they do not.

        Returns:
            Whether they can be used.
        """
        self._settling.was_read(files)
        outcome = self._reader.read(files)
        self._tell(outcome)
        if outcome.documents is None:
            self._revision += 1
            self._serving = None
            write(self._output, refused_line(self._revision, outcome.errors))
            return False
        # Comments and white space are no new revision, unless the one before was refused.
        if outcome.documents != self._serving:
            self._revision += 1
            self._serving = outcome.documents
            write(self._output, documents_line(self._revision, outcome.documents))
        return True

    def _tell(self, outcome: Outcome) -> None:
        """Writes findings for people, each once for as long as it stays."""
        news = [finding for finding in outcome.findings if finding not in self._told]
        if news:
            self._log.write(f"{outcome.text(news)}\n")
        if outcome.documents is None and self._revision:
            self._log.write("pymesh: the files are refused, what was there before stays in force\n")
        self._log.flush()
        self._told = set(outcome.findings)

    def _hear(self, line: bytes) -> None:
        said = answer(line)
        if said is None:
            self._complain("a line of the proxy is not understood")
        elif not said.accepted:
            reason = (said.error or {}).get("message", "it does not say why")
            self._complain(f"the proxy refused revision {said.revision}: {reason}")
            if said.revision == self._revision:
                # It is not in force, so the same documents are worth another try.
                self._serving = None

    def _complain(self, text: str) -> None:
        self._log.write(f"pymesh: {text}\n")
        self._log.flush()
