"""Becomes another command that the kernel ends when the demo is gone, however it went.

Run as ``python -m pymesh.demo.guard PARENT COMMAND...``.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

__all__ = ["main"]

# linux/prctl.h
PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """Asks for SIGTERM at the parent's end and runs the command in this process.

    Args:
        parent: The process that must not be survived.
        command: The program's path and its arguments.
    """
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    # It may have ended before the kernel was asked to tell us.
    if os.getppid() == parent:
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
