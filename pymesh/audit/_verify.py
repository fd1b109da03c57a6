"""Follows the chain of hashes through the files of an audit log.

Each line is ``{"sequence":N,"previous":"<hash>",…,"hash":"<hash>"}``. Its hash is the SHA-256 of
the line up to ``,"hash":``, which names the hash of the line before. A line that is changed, left
out or moved breaks the chain; that lines are missing at the end can only be told by comparing the
last sequence with a number that was kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pymesh.errors import Place, PymeshError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Verified", "verify"]

_NOTHING: Final = "0" * 64
_LINE: Final = re.compile(
    rb'(\{"sequence":(\d{1,19}),"previous":"([0-9a-f]{64})",.*),"hash":"([0-9a-f]{64})"\}'
)
_LINE_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class Verified:
    """An audit log whose chain holds.

    Args:
        files: Its files, the oldest first.
        entries: How many lines they hold.
        first: The sequence of the first line; above 1 where older files are gone.
        last: The sequence of the last line; 0 if there is none.
        torn: How many lines were cut by a crash or a full disk; the log itself says where.
        lost: How many entries the log says were lost.
    """

    files: tuple[str, ...]
    entries: int
    first: int
    last: int
    torn: int
    lost: int


def verify(path: str) -> Verified:
    """Checks a log: the file itself, and before it those that were put aside as ``path.1``, ….

    Args:
        path: The file that ``--audit-log`` names.

    Raises:
        PymeshError: ``missing-file``, or ``broken-audit-log`` with the line where the chain breaks.
    """
    files = _files(path)
    chain = _Chain()
    for file in files:
        for number, line, whole in _lines(file):
            if line:
                chain.follow(Place(file, number), line, whole=whole)
    return Verified(tuple(files), chain.entries, chain.first, chain.last, chain.torn, chain.lost)


def _files(path: str) -> list[str]:
    aside: list[str] = []
    while os.path.exists(f"{path}.{len(aside) + 1}"):
        aside.append(f"{path}.{len(aside) + 1}")
    return [*reversed(aside), path]


def _lines(path: str) -> Iterator[tuple[int, bytes, bool]]:
    """The lines with their numbers, and whether each is whole."""
    try:
        with open(path, "rb") as file:
            number = 0
            while line := file.readline(_LINE_BYTES):
                number += 1
                yield number, line.rstrip(b"\n"), line.endswith(b"\n")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise PymeshError("missing-file", f"{path}: {reason}") from None


class _Chain:
    """The chain as far as it has been followed."""

    def __init__(self) -> None:
        self.entries = 0
        self.first = 0
        self.last = 0
        self.torn = 0
        self.lost = 0
        self._hash = ""
        self._cut: Place | None = None

    def follow(self, place: Place, line: bytes, *, whole: bool) -> None:
        """Takes the next line.

        Raises:
            PymeshError: ``broken-audit-log``.
        """
        found = _LINE.fullmatch(line) if whole else None
        if found is None:
            # A piece of a line is forgiven only if the log itself says next that it is one.
            if self._cut is not None:
                raise _broken(self._cut, "the line is no entry of an audit log")
            self._cut = place
            return
        sealed, sequence, previous, digest = found[1], int(found[2]), found[3], found[4].decode()
        if hashlib.sha256(sealed).hexdigest() != digest:
            raise _broken(place, "the line was changed: its hash is another one")
        if self.entries == 0:
            self.first = sequence
            if (sequence == 1) != (previous.decode() == _NOTHING):
                raise _broken(place, "the log does not begin with its first entry")
        elif previous.decode() != self._hash or sequence != self.last + 1:
            raise _broken(place, f"entry {self.last + 1} should stand here, not {sequence}")
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            # Whoever makes up a line can seal it, too.
            raise _broken(place, "the line is no entry of an audit log") from None
        self._note(entry)
        self.entries += 1
        self.last = sequence
        self._hash = digest

    def _note(self, entry: dict[str, object]) -> None:
        event = entry.get("event")
        if self._cut is not None:
            if event != "torn_line":
                raise _broken(self._cut, "the line is no entry of an audit log")
            self.torn += 1
            self._cut = None
        count = entry.get("count")
        if event == "entries_lost" and isinstance(count, int):
            self.lost += count


def _broken(place: Place, reason: str) -> PymeshError:
    hint = "what is before this line is as it was written; trust nothing from here on"
    return PymeshError("broken-audit-log", reason, place=place, hint=hint)
