"""The lines between this process and the proxy: one JSON object each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import msgspec

from pymesh.wire import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymesh.resources import Finding
    from pymesh.wire import Documents

__all__ = ["Answer", "answer", "documents_line", "refused_line", "write"]


class Answer(msgspec.Struct, frozen=True):
    """What the proxy says of documents that it was handed.

    Args:
        revision: The revision.
        accepted: Whether it serves them now.
        error: Why not, as its compiler says: ``code``, ``message``, resource and field.
    """

    revision: int
    accepted: bool
    error: dict[str, Any] | None = None


def answer(line: bytes) -> Answer | None:
    """Reads a line of the proxy; ``None`` if it is not one that this version understands."""
    try:
        return msgspec.json.decode(line, type=Answer)
    except msgspec.MsgspecError:
        return None


def documents_line(revision: int, documents: Documents) -> bytes:
    """The line that hands over documents."""
    # Put together from parts: the documents' own form is the canonical one, whatever is around.
    return b'{"revision":%d,"documents":%s}\n' % (revision, canonical_json(documents))


def refused_line(revision: int, findings: Iterable[Finding]) -> bytes:
    """The line that says why files were refused; what was handed over before stays in force."""
    refused = [_printable(finding) for finding in findings]
    return msgspec.json.encode({"revision": revision, "refused": refused}) + b"\n"


def _printable(finding: Finding) -> Finding:
    """The finding with a file name that is text: names of files may be any bytes."""
    name = finding.file.encode("utf-8", "backslashreplace").decode()
    return finding if name == finding.file else msgspec.structs.replace(finding, file=name)


def write(descriptor: int, line: bytes) -> None:
    """Writes a whole line.

    Raises:
        BrokenPipeError: If the proxy is gone.
    """
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
