"""A child process with the proxy's ends of its pipes in the test's hands."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest

WAIT_SECONDS = 30
"""Far more than anything takes, for a machine that is busy with other things."""


class Child:
    """One running process."""

    def __init__(self, *arguments: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pymesh.translate.child", *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.lines: Queue[dict[str, Any] | None] = Queue()
        self.errors: Queue[str | None] = Queue()
        self._threads = [threading.Thread(target=self._read_errors, daemon=True)]
        self._threads[0].start()

    def follow(self) -> None:
        """Starts to read what the process hands over."""
        self._threads.append(threading.Thread(target=self._read_lines, daemon=True))
        self._threads[-1].start()

    def _read_lines(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.put(json.loads(line))
        self.lines.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.errors.put(line.decode())
        self.errors.put(None)

    def next(self) -> dict[str, Any]:
        """The next line."""
        line = self.lines.get(timeout=WAIT_SECONDS)
        assert line is not None, f"ended: {self.rest_of_errors()}"
        return line

    def documents(self) -> dict[str, Any]:
        """The documents of the next line, which must not be a refusal."""
        line = self.next()
        assert "documents" in line, line
        documents: dict[str, Any] = line["documents"]
        return documents

    def hosts(self) -> list[str]:
        """The service hosts of the next line."""
        return [service["host"].split(".")[0] for service in self.documents().get("services", [])]

    def said(self, words: str) -> str:
        """The first line of the error output, from here on, that holds some words."""
        while True:
            line = self.errors.get(timeout=WAIT_SECONDS)
            assert line is not None, f"never said {words!r}"
            if words in line:
                return line

    def rest_of_errors(self) -> str:
        """What is left of the error output of a process that ends."""
        found = []
        while (line := self.errors.get(timeout=WAIT_SECONDS)) is not None:
            found.append(line)
        return "".join(found)

    def say(self, line: bytes) -> None:
        """Sends a line, as the proxy would."""
        assert self.process.stdin
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def end(self) -> int:
        """Ends the input, and waits."""
        assert self.process.stdin
        self.process.stdin.close()
        return self.process.wait(WAIT_SECONDS)

    def quiet(self) -> bool:
        """Whether nothing more was handed over; for a process that has ended."""
        try:
            return self.lines.get(timeout=WAIT_SECONDS) is None
        except Empty:
            return False

    def close(self) -> None:
        """Leaves nothing behind."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(WAIT_SECONDS)
        for thread in self._threads:
            thread.join(WAIT_SECONDS)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream and not stream.closed:
                stream.close()


Start = Callable[..., Child]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts child processes; they end with the test.

    With ``deaf=True`` nobody reads what they hand over.
    """
    running: list[Child] = []

    def begin(*arguments: object, deaf: bool = False) -> Child:
        child = Child(*arguments)
        running.append(child)
        if not deaf:
            child.follow()
        return child

    yield begin
    for child in running:
        child.close()


def service(*names: str) -> str:
    """The YAML of some services."""
    return "".join(
        f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\n"
        "spec: {ports: [{port: 80}]}\n"
        for name in names
    )


@pytest.fixture
def services() -> Callable[..., str]:
    """Makes the YAML of some services."""
    return service


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one service in one file."""
    path = tmp_path / "mesh"
    path.mkdir()
    (path / "a.yaml").write_text(service("a"))
    return path
