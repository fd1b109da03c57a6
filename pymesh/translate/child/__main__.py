"""``python -m pymesh.translate.child``: see the package."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, NoReturn

from pymesh.errors import EXIT_USAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

END_SECONDS = 2.0
"""How long the process may take to end when the proxy is gone, whatever it is doing."""


class _Parser(argparse.ArgumentParser):
    """Ends with the exit code that all commands have for misuse."""

    def error(self, message: str) -> NoReturn:
        """Says what is wrong."""
        self.exit(EXIT_USAGE, f"pymesh: {message}\n")


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """Reads the command line."""
    parser = _Parser(prog="python -m pymesh.translate.child", allow_abbrev=False)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file or folder")
    return parser.parse_args(given)


def main(given: Sequence[str]) -> int:
    """Runs the process.

    Args:
        given: The arguments.

    Returns:
        The exit code.
    """
    asked = arguments(given)
    # Ctrl-C goes to the whole foreground group; the proxy drains first and then ends our input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The output belongs to the protocol: what anybody prints goes where messages go.
    output = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    # Imported late, so that a wrong command line is answered at once.
    from pymesh.translate.child._loop import Loop
    from pymesh.translate.child._reading import Reader
    from pymesh.translate.child._watching import follow_input

    done = threading.Event()

    def ended() -> None:
        if not done.wait(END_SECONDS):
            os._exit(0)  # a write that nobody reads, or a long translation: nobody wants it

    queue: SimpleQueue[bytes] = SimpleQueue()
    follow_input(sys.stdin.buffer, queue, ended)
    code = Loop(asked.paths, Reader(), output, sys.stderr, queue).run()
    done.set()
    return code


if __name__ == "__main__":
    sys.stdout.flush()
    code = main(sys.argv[1:])
    sys.stderr.flush()
    # The thread that reads the input may hold its lock, which an orderly end would wait for.
    os._exit(code)
