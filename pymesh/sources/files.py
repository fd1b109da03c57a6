"""Reads files and folders of YAML and JSON."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pymesh._collecting import collection_paused
from pymesh.resources import Finding, Parsed, parse
from pymesh.resources._limits import FILE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "FILES",
    "FOLDERS",
    "SUFFIXES",
    "TooManyFilesError",
    "find_files",
    "read_file",
    "read_paths",
    "walk",
]

SUFFIXES: Final = (".yaml", ".yml", ".json")
"""What a file of a folder ends in to be read; a file named itself may be called anything."""
FILES: Final = 10_000
"""Files of one folder."""
FOLDERS: Final = 64
"""Folders below each other."""


def read_paths(paths: Iterable[str | Path]) -> Parsed:
    """Reads every document of some files and folders, in the order of the names.

    Args:
        paths: Files and folders. A folder is read with all below it, but for what is hidden.
    """
    parsed = Parsed()
    for path in paths:
        try:
            with collection_paused():
                files = list(find_files(path))
                for file in files:
                    parsed.extend(read_file(file))
            if not files:
                message = "there is no file to read in this folder"
                hint = f"they end in {', '.join(SUFFIXES)}"
                parsed.findings.append(
                    Finding("no-files", "warning", message, hint, file=str(path))
                )
        except TooManyFilesError:
            message = f"the folder has more than {FILES:,} files, or is over {FOLDERS} deep"
            parsed.findings.append(Finding("yaml-too-large", "error", message, file=str(path)))
    return parsed


def find_files(path: str | Path) -> Iterator[Path]:
    """The files that a path means: itself, or those of a folder, sorted by name.

    Links to files are followed, links to folders are not, since they may lead in circles.

    Raises:
        TooManyFilesError: As :func:`walk`.
    """
    path = Path(path)
    if not path.is_dir():
        yield path
        return
    yield from map(Path, walk(str(path)))


def walk(folder: str) -> Iterator[str]:
    """The files of a folder that are read, as :func:`find_files` finds them.

    Raises:
        TooManyFilesError: There are more than :data:`FILES`, or over :data:`FOLDERS` folders below
            each other.
    """
    count = 0
    top = folder.rstrip(os.sep).count(os.sep)
    for parent, folders, files in os.walk(folder):
        # Looked at here, since os.walk calls itself for each folder below another.
        if parent.count(os.sep) - top > FOLDERS:
            raise TooManyFilesError
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.endswith(SUFFIXES) and not name.startswith("."):
                count += 1
                if count > FILES:
                    raise TooManyFilesError
                yield os.path.join(parent, name)


class TooManyFilesError(Exception):
    """A folder has more files than are read, or too many folders below each other."""


def read_file(path: str | Path) -> Parsed:
    """Reads one file; one that cannot be read is a finding.

    Args:
        path: A regular file; anything else is refused, and a pipe is not waited for.
    """
    name = str(path)
    try:
        # Not blocking: opening a pipe that nobody writes to would wait for ever.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
                return Parsed(findings=[_unreadable(name, f"it is {kind}")])
            data = file.read(FILE_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        return Parsed(findings=[_unreadable(name, reason[:1].lower() + reason[1:])])
    return parse(data, name)


def _unreadable(path: str, reason: str) -> Finding:
    return Finding("unreadable-file", "error", f"cannot be read: {reason}", file=path)
