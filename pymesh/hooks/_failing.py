"""Shows what went wrong inside a plugin, from the plugin's own first frame on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.errors import render

if TYPE_CHECKING:
    from types import TracebackType
    from typing import TextIO

    from pymesh.hooks.errors import HookError


def report(error: HookError, stream: TextIO) -> None:
    """Writes a refusal and the traceback of what caused it.

    Frames of pymesh and of the import system in front of the plugin's first one are left out: they
    say nothing to the plugin's author.

    Args:
        error: The refusal.
        stream: Where to.
    """
    lines = [render(error) + "\n"]
    cause = error.__cause__
    if cause is not None and error.place is not None:
        import traceback  # costs a few milliseconds, and only a mistake needs it

        shown = first_frame_in(cause.__traceback__, error.place.path)
        if shown is not None or isinstance(cause, SyntaxError):
            lines = traceback.format_exception(type(cause), cause, shown, chain=False) + lines
    stream.write("".join(lines))
    stream.flush()


def first_frame_in(traceback: TracebackType | None, file: str) -> TracebackType | None:
    """The rest of a traceback from its first frame in ``file`` on."""
    while traceback is not None and traceback.tb_frame.f_code.co_filename != file:
        traceback = traceback.tb_next
    return traceback
