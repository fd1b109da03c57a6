"""Fenced blocks of the documentation, and what runs them."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60.0
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Block(NamedTuple):
    """A fenced block."""

    language: str
    text: str

    @property
    def file_name(self) -> str:
        """The file it is, if its first line is a comment that names one."""
        match = re.match(r"# (\S+\.(?:py|toml|yaml))\n", self.text)
        return match[1] if match else ""


class Command(NamedTuple):
    """A line of a console block with what it prints."""

    line: str
    output: str

    @property
    def stays(self) -> bool:
        """Whether it runs on behind the next ones."""
        return self.line.endswith(" &")


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page."""
    return [Block(*match) for match in _BLOCK.findall(page.read_text(encoding="utf-8"))]


def commands(text: str) -> list[Command]:
    """The commands of a console block: lines after ``$ ``, each with what follows it."""
    found = []
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        found.append(Command(line, output))
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Console:
    """Runs console blocks in a folder, with the documentation's ports changed to free ones."""

    def __init__(self, folder: Path, origin: int) -> None:
        self.folder = folder
        self._ports = {9000: origin, 8080: free_port(), 15000: free_port()}
        self._environment = {
            "HOME": str(folder),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            # A proxy that a page starts without --admin, too, gets a port of its own.
            "PYMESH_ADMIN": f"127.0.0.1:{self._ports[15000]}",
        }
        self._staying: list[subprocess.Popen[str]] = []

    def real(self, text: str) -> str:
        """The text with real ports."""
        for written, port in self._ports.items():
            text = re.sub(rf"(?<=:){written}\b", str(port), text)
        # An endpoint's port in a resource.
        return re.sub(r"(?<=port: )9000\b", str(self._ports[9000]), text)

    @property
    def serves(self) -> bool:
        """Whether something that it has started runs on."""
        return bool(self._staying)

    def run(self, command: Command) -> None:
        """Runs a command and compares what it prints; one with ``&`` has to print it once."""
        line, expected = self.real(command.line), self.real(command.output)
        if command.stays:
            self._stay(line.removesuffix(" &"), expected)
            return
        result = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert matches(result.stdout, expected), (
            f"$ {line}\nprinted {result.stdout!r}\ninstead of {expected!r}"
        )

    def _stay(self, line: str, expected: str) -> None:
        process = subprocess.Popen(
            # exec: the signal that ends it has to reach it, not the shell around it.
            ["bash", "-c", line.replace("pymesh ", "exec pymesh ", 1)],
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._staying.append(process)
        assert process.stdout is not None
        printed = ""
        watchdog = threading.Timer(PATIENCE_SECONDS, process.kill)
        watchdog.start()
        for one in process.stdout:
            printed += one
            if matches(printed, expected):
                break
        watchdog.cancel()
        assert matches(printed, expected), f"$ {line} &\nprinted {printed!r} not {expected!r}"

    def end(self) -> None:
        """Ends what stays, as Ctrl-C would, and expects a good end of it."""
        for process in self._staying:
            process.send_signal(signal.SIGINT)
            rest, _ = process.communicate(timeout=PATIENCE_SECONDS)
            assert process.returncode == 0, rest
            assert "Traceback" not in rest, rest
        self._staying.clear()

    def kill(self) -> None:
        """Ends what still stays, whatever it says."""
        for process in self._staying:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()
        self._staying.clear()


def matches(printed: str, expected: str) -> bool:
    """Whether what was printed is what is documented, where ``...`` stands for anything."""
    pattern = ".*".join(re.escape(part) for part in expected.split("..."))
    return re.fullmatch(pattern, printed, re.DOTALL) is not None


@contextlib.contextmanager
def console(folder: Path, origin: int) -> Iterator[Console]:
    """A :class:`Console` for a ``with`` block."""
    made = Console(folder, origin)
    try:
        yield made
    finally:
        made.kill()
