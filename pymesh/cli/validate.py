"""``pymesh validate``: what is wrong with files of resources, without a mesh."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pymesh.errors import EXIT_DATA, EXIT_OK
from pymesh.resources import Parsed, parse
from pymesh.resources._limits import FILE_BYTES
from pymesh.sources import read_paths
from pymesh.validate import to_json, to_text, validate

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["run_validate"]

STDIN = "-"


def run_validate(paths: Sequence[str], output: str) -> int:
    """Prints every finding about some files and folders.

    Args:
        paths: Files and folders; ``-`` is standard input.
        output: ``table`` or ``json``.

    Returns:
        The exit code: 65 if there is an error among the findings.
    """
    parsed = Parsed()
    for path in paths:
        if path == STDIN:
            parsed.extend(parse(sys.stdin.buffer.read(FILE_BYTES + 1), STDIN))
        else:
            parsed.extend(read_paths([path]))
    report = validate(parsed)
    if output == "json":
        sys.stdout.write(to_json(report) + "\n")
    else:
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        sys.stdout.write(to_text(report, colour=colour) + "\n")
    return EXIT_DATA if report.failed else EXIT_OK
