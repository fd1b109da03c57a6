"""Why a plugin was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pymesh.errors import Place, PymeshError

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["DeadlineExceeded", "HookError"]

MISSING: Final = "plugin-missing"
FAILED: Final = "plugin-failed"
BAD_CONFIG: Final = "bad-plugin-config"


class HookError(PymeshError):
    """A plugin that cannot be imported, has a hook that cannot be called, or a bad configuration.

    Args:
        code: ``plugin-missing``, ``plugin-failed`` or ``bad-plugin-config``.
        message: What is wrong, in one line.
        plugin: The plugin's name.
        place: The plugin's file and line.
        hint: What to do about it.
    """

    def __init__(
        self, code: str, message: str, *, plugin: str, place: Place | None = None, hint: str = ""
    ) -> None:
        super().__init__(code, message, place=place, hint=hint)
        self.plugin = plugin


class DeadlineExceeded(BaseException):
    """Raised inside a hook that still runs after its deadline, to end it.

    It is no :class:`Exception`, so that a hook that catches those ends all the same. A call into C
    and a wait for a lock cannot be ended; a hook that is often in one is quarantined.
    """


def failure(code: str, plugin: str, error: BaseException, file: str, doing: str) -> HookError:
    """The refusal of a plugin whose own code raised ``error``.

    Args:
        code: As for :class:`HookError`.
        plugin: The plugin's name.
        error: What it raised.
        file: The plugin's file, whose deepest frame is the place.
        doing: What was being done, for example ``importing it``.
    """
    place = None
    if isinstance(error, SyntaxError) and error.filename:
        text = (error.text or "").rstrip("\n")
        place = Place(error.filename, error.lineno or 0, error.offset or 0, text)
    else:
        line = deepest_line(error.__traceback__, file)
        place = Place.in_file(file, line) if line else Place(file)
    reason = error.msg if isinstance(error, SyntaxError) else str(error)
    said = f"{type(error).__name__}: {reason}" if reason else type(error).__name__
    refusal = HookError(code, f"plugin {plugin}: {doing} raised {said}", plugin=plugin, place=place)
    refusal.__cause__ = error
    return refusal


def deepest_line(traceback: TracebackType | None, file: str) -> int:
    """The line of the deepest frame in ``file``, or 0 when no frame is in it."""
    line = 0
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == file:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line
