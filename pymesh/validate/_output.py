"""A report as text and as JSON (``pymesh/schemas/validate.json``)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from msgspec import to_builtins

from pymesh.resources import ResourceRef

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pymesh.resources import Finding
    from pymesh.validate._running import Report

__all__ = ["render", "to_json", "to_text"]

_COLOURS: Final = {"error": "\x1b[31m", "warning": "\x1b[33m", "info": "\x1b[36m"}
_TAB: Final = "\t"
_WIDTH: Final = 160
"""Characters of a line that are shown; a JSON file may be one line of megabytes."""
# What moves a terminal's cursor, or turns text around; and the halves that stand for bytes of a
# file's name that are no text, which cannot be written at all.
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def to_json(report: Report) -> str:
    """The report as JSON: ``documents`` and ``findings``; no line feed at the end."""
    nothing = ResourceRef("")
    documents = [
        {
            "file": document.file,
            "index": document.index,
            **to_builtins(document.ref or nothing),
            "valid": document.valid,
        }
        for document in report.documents
    ]
    return json.dumps({"documents": documents, "findings": to_builtins(report.findings)}, indent=2)


def to_text(report: Report, *, colour: bool = False) -> str:
    """The report for people: each finding with its line and a caret, then a summary.

    Args:
        report: The report.
        colour: Whether to use ANSI colours.
    """
    files = _Files()
    parts = [line for one in report.findings for line in _shown(one, files, colour=colour)]
    counts = [
        _count(sum(one.severity == severity for one in report.findings), severity)
        for severity in ("error", "warning", "info")
    ]
    said = ", ".join(count for count in counts if count) or "nothing to say"
    many = len(report.documents)
    parts.append(f"{many} document{'' if many == 1 else 's'}: {said}")
    return "\n".join(parts)


def render(finding: Finding, *, colour: bool = False) -> str:
    """One finding for people, with its line and a caret; no line feed at the end."""
    return "\n".join(_shown(finding, _Files(), colour=colour))


def _count(number: int, severity: str) -> str:
    if not number:
        return ""
    plural = "" if number == 1 or severity == "info" else "s"
    return f"{number} {severity}{plural}"


class _Files:
    """Lines of the files that findings are about, each read once."""

    def __init__(self) -> None:
        self._lines: dict[str, Sequence[str]] = {}

    def line(self, file: str, number: int) -> str:
        """A line, or nothing if there is none to be had."""
        if not number:
            return ""  # it is about the file as a whole, which may be a pipe: to open it may block
        lines = self._lines.get(file)
        if lines is None:
            try:
                with open(file, encoding="utf-8-sig", errors="replace", newline="") as stream:
                    lines = stream.read().split("\n") if stream.seekable() else []
            except OSError:
                lines = []
            self._lines[file] = lines
        return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""


def _shown(finding: Finding, files: _Files, *, colour: bool) -> Iterator[str]:
    red, dim, plain = (_COLOURS[finding.severity], "\x1b[2m", "\x1b[0m") if colour else ("", "", "")
    where = ":".join(str(part) for part in (finding.file, finding.line, finding.column) if part)
    where = f"{_safe(where)}: " if where else ""
    about = f" ({_safe(finding.path)})" if finding.path else ""
    message = f"{red}{finding.severity}: {_safe(finding.message)}{plain}{about}"
    yield f"{where}{message} {dim}[{finding.code}]{plain}"
    text, column = _cut(files.line(finding.file, finding.line), finding.column)
    if text.strip():
        # Tabs stay tabs under the line, so that the caret meets its column in any terminal.
        lead = "".join("\t" if mark == "\t" else " " for mark in text[: column - 1])
        yield f"{finding.line:5} | {_safe(text, _TAB)}"
        yield f"{'':5} | {lead}{red}^{plain}"
    if finding.hint:
        yield f"{'':5} = {_safe(finding.hint)}"


def _cut(text: str, column: int) -> tuple[str, int]:
    """The part of a long line around a column, and the column in it."""
    start = max(0, min(column - 1 - _WIDTH // 2, len(text) - _WIDTH))
    return text[start : start + _WIDTH], column - start


def _safe(text: str, keep: str = "") -> str:
    def escaped(match: re.Match[str]) -> str:
        return match[0] if match[0] in keep else f"\\u{ord(match[0]):04x}"

    return _UNSAFE.sub(escaped, text)
