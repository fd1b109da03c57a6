"""`pymesh proxy run` as a process."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from kit.client import Client, ask
from kit.metrics import Metrics
from kit.wait import PATIENCE_SECONDS, eventually

if TYPE_CHECKING:
    from types import TracebackType
    from typing import IO, Self

    from kit.message import Message

COMMAND = [sys.executable, "-m", "pymesh"]
_LISTENING = re.compile(r"pymesh: listening on (?P<listen>.+?)(?:, admin on (?P<admin>\S+))?$")


class RefusedError(Exception):
    """The proxy ended instead of serving."""

    def __init__(self, exit_code: int, stderr: str) -> None:
        super().__init__(f"exit {exit_code}: {stderr}")
        self.exit_code = exit_code
        self.stderr = stderr


def environment(**more: str) -> dict[str, str]:
    """This process's environment without the settings of a proxy, and with `more`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYMESH_")}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"} | more


class Proxy:
    """A running proxy, on ports of its own."""

    def __init__(self, *flags: str, admin: str = "127.0.0.1:0", **variables: str) -> None:
        """Starts it and returns once it serves.

        Raises:
            RefusedError: It ended instead.
        """
        words = [*COMMAND, "proxy", "run", "--admin", admin, *flags]
        if "--listen" not in flags:
            words += ["--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(**variables),
            cwd=Path("/"),
        )
        self._clients: list[Client] = []
        self.stdout: list[str] = []
        self.stderr: list[str] = []
        self._readers = [
            threading.Thread(target=self._read, args=(stream, lines), daemon=True)
            for stream, lines in (
                (self.process.stdout, self.stdout),
                (self.process.stderr, self.stderr),
            )
        ]
        for reader in self._readers:
            reader.start()
        match = self._wait_until_serving()
        self.listen = [_address(text) for text in re.split(r",\s*|\s+and\s+", match["listen"])]
        self.address = self.listen[0]
        self.admin = match["admin"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def client(self) -> Client:
        """A new connection to it, which ends with the proxy if not sooner."""
        client = Client(self.address)
        self._clients.append(client)
        return client

    def page(
        self, path: str, method: str = "GET", *fields: str, body: bytes | None = None
    ) -> Message:
        """One request to an admin page, with the Host that it is reached under."""
        assert self.admin, "this proxy has no admin pages"
        return ask(_address(self.admin), method, path, f"host: {self.admin}", *fields, body=body)

    def metrics(self) -> Metrics:
        """What `/metrics` says now."""
        return Metrics(self.page("/metrics").body.decode())

    def logged(self, *parts: str) -> str:
        """Waits for a line on standard error that contains all of `parts`, and returns it."""

        def find() -> str | None:
            lines = list(self.stderr)
            return next((line for line in lines if all(part in line for part in parts)), None)

        return str(eventually(find, f"a line with {parts} in {self.stderr}"))

    def terminate(self) -> None:
        """Sends SIGTERM: the drain begins."""
        self.process.send_signal(signal.SIGTERM)

    def wait(self, patience: float = PATIENCE_SECONDS) -> int:
        """Waits for its end and returns the exit code."""
        code = self.process.wait(patience)
        for reader in self._readers:
            reader.join(PATIENCE_SECONDS)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return code

    def stop(self) -> int:
        """Drains it and returns the exit code."""
        self.terminate()
        return self.wait()

    def kill(self) -> None:
        """Ends it at once, if it has not ended, and the connections to it."""
        for client in self._clients:
            client.close()
        if self.process.poll() is None:
            self.process.kill()
        self.wait()

    def memory_bytes(self) -> int:
        """What it holds in memory now (RSS)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    def open_files(self) -> int:
        """How many descriptors it has open now."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def _read(self, stream: IO[bytes], lines: list[str]) -> None:
        with contextlib.suppress(ValueError, OSError):
            # One by one: the lines are looked at while they come.
            for line in stream:
                lines.append(line.decode(errors="replace").rstrip("\n"))  # noqa: PERF401

    def _wait_until_serving(self) -> re.Match[str]:
        def served() -> re.Match[str] | bool:
            for line in list(self.stderr):
                if match := _LISTENING.search(line):
                    return match
            return self.process.poll() is not None

        try:
            match = eventually(served, f"{self.process.args!r} serves or ends")
        except AssertionError:
            self.kill()
            raise
        if not isinstance(match, re.Match):
            code = self.wait()
            raise RefusedError(code, "\n".join(self.stderr))
        return match


def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs a `pymesh` command that is expected to end."""
    return subprocess.run(
        [*COMMAND, *words],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS * 2,
        check=False,
        env=environment(**variables),
        cwd=Path("/"),
    )


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.strip().rpartition(":")
    return host.strip("[]"), int(port)
