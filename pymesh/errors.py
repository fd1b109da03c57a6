"""What can go wrong because of what a user wrote or asked, each with a stable code.

An error knows what happened, where, and what to do about it; :func:`render` is the one place
that turns it into text. Nothing here is imported late or costs start-up time, because a proxy
needs it before it serves.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final, TextIO

__all__ = [
    "CODES",
    "EXIT_CONFIGURATION",
    "EXIT_DATA",
    "EXIT_FAILED",
    "EXIT_FINDINGS",
    "EXIT_OK",
    "EXIT_PERMISSION",
    "EXIT_UNAVAILABLE",
    "EXIT_USAGE",
    "Place",
    "PymeshError",
    "did_you_mean",
    "render",
    "report",
]

EXIT_OK: Final = 0
EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 64
EXIT_DATA: Final = 65
EXIT_UNAVAILABLE: Final = 69
EXIT_PERMISSION: Final = 77
EXIT_CONFIGURATION: Final = 78
EXIT_FINDINGS: Final = 79

CODES: Final[dict[str, tuple[int, str]]] = {
    # code: (exit code, what it means); docs/errors.md says more and is checked against this
    "address-in-use": (EXIT_UNAVAILABLE, "Another process listens on the address."),
    "bad-config": (EXIT_CONFIGURATION, "The configuration file does not say what it should."),
    "bad-document": (EXIT_DATA, "The proxy refused what it was given to serve."),
    "bad-plugin-config": (EXIT_CONFIGURATION, "A plugin refused its configuration."),
    "bad-resources": (EXIT_DATA, "Files of resources cannot be used."),
    "bad-value": (EXIT_USAGE, "A setting has a value that it cannot have."),
    "broken-audit-log": (EXIT_DATA, "An audit log is not as it was written."),
    "check-failed": (EXIT_FAILED, "What was seen is not what should be."),
    "core-failed": (EXIT_FAILED, "The proxy stopped for a reason it does not name."),
    "core-missing": (EXIT_CONFIGURATION, "The compiled part of pymesh is not there."),
    "missing-file": (EXIT_CONFIGURATION, "A file that a setting names cannot be read."),
    "missing-setting": (EXIT_USAGE, "A setting without a default was not given."),
    "permission-denied": (EXIT_PERMISSION, "The system does not allow it."),
    "plugin-failed": (EXIT_CONFIGURATION, "A plugin cannot be loaded."),
    "plugin-missing": (EXIT_CONFIGURATION, "There is no plugin of that name."),
    "refused-files": (EXIT_DATA, "The files that -f names cannot be served."),
    "unavailable": (EXIT_UNAVAILABLE, "Something that is needed does not answer."),
    "unknown-command": (EXIT_USAGE, "There is no such command."),
    "unknown-flag": (EXIT_USAGE, "There is no such flag."),
}


class Place:
    """Where in a user's text something is wrong.

    Args:
        path: The file as the user named it.
        line: Line, counted from 1; 0 when it is not known.
        column: Column, counted from 1; 0 when it is not known.
        text: The line itself, to be shown with a caret.
    """

    __slots__ = ("column", "line", "path", "text")

    def __init__(self, path: str, line: int = 0, column: int = 0, text: str = "") -> None:
        self.path = path
        self.line = line
        self.column = column
        self.text = text

    def __str__(self) -> str:
        parts = [self.path]
        if self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        return ":".join(parts)

    @classmethod
    def in_file(cls, path: str, line: int, column: int = 0) -> Place:
        """A place whose line is read from the file, if it is still there."""
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                for number, text in enumerate(file, 1):
                    if number == line:
                        return cls(path, line, column, text.rstrip("\n"))
        except OSError:
            pass
        return cls(path, line, column)


class PymeshError(Exception):
    """An error that a user can do something about.

    Args:
        code: A key of :data:`CODES`; stable, for scripts and for the documentation.
        message: What is wrong, in one line, without the place.
        place: Where.
        hint: What to do about it, in one line.
        exit_code: Overrides the code's own, where another part has decided it.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        place: Place | None = None,
        hint: str = "",
        exit_code: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.place = place
        self.hint = hint
        self.exit_code = CODES[code][0] if exit_code is None else exit_code

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The hint for a mistyped word, or an empty string when nothing known is near.

    Example:
        >>> did_you_mean("--lisen", ["--listen", "--to"])
        'did you mean --listen?'
    """
    from difflib import get_close_matches  # only a mistake pays for it

    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else ""


def render(error: PymeshError, *, colour: bool = False) -> str:
    """The error as text: place, message, code, then the line with a caret, then the hint.

    Args:
        error: What to show.
        colour: Whether to use ANSI colours.

    Returns:
        One line where no line of a file is shown; no line feed at the end.

    Example:
        >>> render(PymeshError("unknown-flag", "unknown flag --lisen", hint="did you mean --to?"))
        'pymesh: unknown flag --lisen; did you mean --to? [unknown-flag]'
    """
    red, dim, plain = ("\x1b[31m", "\x1b[2m", "\x1b[0m") if colour else ("", "", "")
    place = error.place
    where = str(place) if place else "pymesh"
    code = f"{dim}[{error.code}]{plain}"
    if place is None or not place.text:
        hint = f"; {error.hint}" if error.hint else ""
        return f"{where}: {red}{error.message}{plain}{hint} {code}"
    margin = f"{place.line:5} | "
    lines = [f"{where}: {red}{error.message}{plain} {code}", f"{margin}{place.text}"]
    if place.column:
        # Tabs stay tabs under the line, so that the caret meets its column in any terminal.
        lead = "".join("\t" if mark == "\t" else " " for mark in place.text[: place.column - 1])
        lines.append(f"{'':5} | {lead}{red}^{plain}")
    if error.hint:
        lines.append(f"{'':5} = {error.hint}")
    return "\n".join(lines)


def report(error: PymeshError, stream: TextIO | None = None) -> int:
    """Writes the error, in colour on a terminal unless ``NO_COLOR`` is set.

    Args:
        error: What to show.
        stream: Where to; standard error if not given.

    Returns:
        The process's exit code.
    """
    out = sys.stderr if stream is None else stream
    colour = out.isatty() and not os.environ.get("NO_COLOR")
    out.write(render(error, colour=colour) + "\n")
    return error.exit_code
