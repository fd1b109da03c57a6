"""The ``pymesh`` command.

``pymesh proxy run`` starts before any CLI framework is imported, because a proxy should serve
within a few hundredths of a second; every other command is a typer command in :mod:`.app`.
"""

from __future__ import annotations

import sys

from pymesh.errors import PymeshError, report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

# As a shell reports a process that SIGINT ended.
EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: The words after ``pymesh``; those of the process if not given.

    Returns:
        The exit code.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words[:2] == ["proxy", "run"]:
            from pymesh.cli.proxy import run

            return run(words[2:])
        from pymesh.cli.app import run_app

        return run_app(words)
    except PymeshError as error:
        return report(error)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe has gone. Python would complain again when it flushes at the end.
        sys.stdout = None
        return 0
