"""Which files a set of paths stands for right now, and what they looked like.

Everything here only looks at names and metadata: a change is noticed without reading a file, and
what is no regular file is never opened.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from pymesh.sources.files import TooManyFilesError, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["Folder", "Stamp", "folders", "stamps"]


class Stamp(NamedTuple):
    """What a file looks like from outside; any change of its content changes it.

    Args:
        device: The device it is on.
        inode: Which file it is; another one after rename-and-replace.
        size: Bytes.
        modified: When its content was written, in nanoseconds.
        changed: When anything about it was written, in nanoseconds.
    """

    device: int
    inode: int
    size: int
    modified: int
    changed: int


class Folder(NamedTuple):
    """A folder to watch.

    Args:
        path: The folder.
        recursive: Whether what is below its folders matters, too.
    """

    path: str
    recursive: bool


def stamps(paths: Iterable[Path]) -> dict[str, Stamp | None]:
    """Every file that the paths stand for, by name.

    Args:
        paths: Files, and folders whose ``.yaml``, ``.yml`` and ``.json`` files count, hidden ones
            and what is in hidden folders excepted.

    Returns:
        The files; a given path that does not exist has no stamp.
    """
    found: dict[str, Stamp | None] = {}
    for path in paths:
        name = str(path)
        status = _status(name)
        if status is None:
            found[name] = None
        elif stat.S_ISDIR(status.st_mode):
            found.update(_below(name))
        elif stat.S_ISREG(status.st_mode):
            found[name] = _stamp(status)
        else:
            found[name] = None
    return found


def folders(paths: Iterable[Path]) -> set[Folder]:
    """The folders in which a change may concern the paths.

    A file is watched through its folder, since editors replace files instead of writing to them,
    and through the folder of what it links to.
    """
    found: set[Folder] = set()
    for path in paths:
        name = os.path.abspath(path)
        if os.path.isdir(name):
            found.add(Folder(name, recursive=True))
        for one in (name, os.path.realpath(name)):
            parent = os.path.dirname(one)
            if os.path.isdir(parent):
                found.add(Folder(parent, recursive=False))
    return found


def _below(folder: str) -> Iterator[tuple[str, Stamp | None]]:
    """The files of a folder as :func:`pymesh.sources.files.find_files` finds them."""
    try:
        for name in walk(folder):
            status = _status(name)
            if status is not None:
                yield name, _stamp(status) if stat.S_ISREG(status.st_mode) else None
            elif os.path.islink(name):  # else it went away between two looks
                # What it should lead to may be a policy: that must not go unnoticed.
                yield name, None
    except TooManyFilesError:
        yield folder, None


def _status(name: str) -> os.stat_result | None:
    """What a name leads to; ``None`` for nothing, as for a link to nowhere or in a circle."""
    try:
        return os.stat(name)
    except OSError:
        return None


def _stamp(status: os.stat_result) -> Stamp:
    return Stamp(
        status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
    )
