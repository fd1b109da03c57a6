"""The demo's processes: started, waited for by what they say, and ended on every way out."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from pymesh.errors import PymeshError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import IO

__all__ = ["Child", "child", "run"]

# A start takes a tenth of a second; only a broken one takes this long.
PATIENCE_SECONDS = 30.0
# What ends a process of the demo when the demo itself was killed.
GUARD = (sys.executable, "-m", "pymesh.demo.guard")


class Child:
    """A process of the demo.

    Args:
        words: The command, after ``python``.
        ready: What the line that says it is ready begins with.
        on_stderr: Whether that line comes on standard error.

    Raises:
        PymeshError: ``unavailable``, if it ends or says nothing instead.
    """

    def __init__(self, words: Sequence[str], ready: str = "", *, on_stderr: bool = False) -> None:
        self.process = subprocess.Popen(
            [*GUARD, str(os.getpid()), sys.executable, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=_environment(),
            # Ctrl-C is for the demo, which ends its processes in order.
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._name = " ".join(words[:4])
        self._ready = ready
        self._serving = threading.Event()
        first, second = self.process.stdout, self.process.stderr
        if on_stderr:
            first, second = second, first
        self._readers = [
            threading.Thread(target=self._watch, args=(first,), daemon=True),
            threading.Thread(target=self._drain, args=(second,), daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        if not self._serving.wait(PATIENCE_SECONDS) or self.first_line is None:
            self.stop()
            said = "; ".join(self.lines[-3:]) or "nothing"
            raise PymeshError("unavailable", f"{self._name} did not start; it said {said}")

    @property
    def first_line(self) -> str | None:
        """The line that said it is ready."""
        return next((line for line in self.lines if line.startswith(self._ready)), None)

    def stop(self, patience: float = PATIENCE_SECONDS) -> int:
        """Asks it to end, and ends it if it does not.

        Args:
            patience: How long it may take, in seconds.

        Returns:
            Its exit code; negative if a signal ended it.
        """
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for reader in self._readers:
            reader.join(patience)
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
        return self.process.returncode

    def _watch(self, stream: IO[str]) -> None:
        for line in stream:
            self.lines.append(line.rstrip("\n"))
            if line.startswith(self._ready):
                self._serving.set()
        # At its end there is nothing to wait for any more.
        self._serving.set()

    def _drain(self, stream: IO[str]) -> None:
        self.lines.extend(line.rstrip("\n") for line in stream)


@contextlib.contextmanager
def child(words: Sequence[str], ready: str = "", *, on_stderr: bool = False) -> Iterator[Child]:
    """A process for the length of a ``with`` block; arguments as for :class:`Child`."""
    process = Child(words, ready, on_stderr=on_stderr)
    try:
        yield process
    finally:
        process.stop()


def run(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Runs a command that ends by itself.

    Args:
        words: The command, after ``python``.

    Returns:
        Its exit code and what it said.

    Raises:
        PymeshError: ``unavailable``, if it does not end.
    """
    try:
        return subprocess.run(
            [sys.executable, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=_environment(),
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PymeshError("unavailable", f"{' '.join(words[:4])} did not end") from None


def _environment() -> dict[str, str]:
    # What the user has set for a proxy of their own is not meant for these.
    return {name: value for name, value in os.environ.items() if not name.startswith("PYMESH_")}
