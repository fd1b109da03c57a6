"""How a hook is marked, and how it wants to be called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, TypeVar, overload

from pluggy import HookimplMarker

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DEADLINE_SECONDS", "OnFailure", "hookimpl", "parse_deadline"]

PROJECT: Final = "pymesh"
MARKER: Final = "pymesh_impl"
DEADLINE_SECONDS: Final = 0.05
LONGEST_DEADLINE_SECONDS: Final = 60.0

OnFailure = Literal["deny", "allow", "skip"]
FAILURE_POLICIES: Final = ("deny", "allow", "skip")

Function = TypeVar("Function", bound="Callable[..., object]")

_mark = HookimplMarker(PROJECT)
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(us|ms|s)?")
_UNIT_SECONDS: Final = {"us": 1e-6, "ms": 1e-3, "s": 1.0, None: 1.0}


def parse_deadline(deadline: str | float) -> float:
    """A deadline in seconds.

    Args:
        deadline: Seconds, or text with a unit: ``250us``, ``50ms``, ``1.5s``.

    Raises:
        TypeError: It is neither text nor a number.
        ValueError: It is no duration, or not within 1 µs..60 s.

    Example:
        >>> parse_deadline("50ms")
        0.05
    """
    if isinstance(deadline, str):
        match = _DURATION.fullmatch(deadline.strip())
        if match is None:
            raise ValueError(f"{deadline!r} is no duration; write 50ms, 1.5s or seconds")
        seconds = float(match[1]) * _UNIT_SECONDS[match[2]]
    elif isinstance(deadline, bool) or not isinstance(deadline, int | float):
        raise TypeError(f"{deadline!r} is no duration; write 50ms, 1.5s or seconds")
    else:
        seconds = float(deadline)
    if not 1e-6 <= seconds <= LONGEST_DEADLINE_SECONDS:
        raise ValueError(f"a deadline is within 1us..60s, not {deadline!r}")
    return seconds


@overload
def hookimpl(function: Function) -> Function: ...
@overload
def hookimpl(
    *,
    inline: bool = ...,
    deadline: str | float | None = ...,
    on_failure: OnFailure | None = ...,
    tryfirst: bool = ...,
    trylast: bool = ...,
    wrapper: bool = ...,
    hookwrapper: bool = ...,
    optionalhook: bool = ...,
    specname: str | None = ...,
) -> Callable[[Function], Function]: ...
def hookimpl(
    function: Function | None = None,
    *,
    inline: bool = False,
    deadline: str | float | None = None,
    on_failure: OnFailure | None = None,
    tryfirst: bool = False,
    trylast: bool = False,
    wrapper: bool = False,
    hookwrapper: bool = False,
    optionalhook: bool = False,
    specname: str | None = None,
) -> Function | Callable[[Function], Function]:
    """Marks a function or method as a hook.

    Args:
        function: The hook, when the decorator is used without parentheses.
        inline: Call it on the worker's own thread. For short hooks that do no I/O, wait for
            nothing and make no long call into C: a hook that blocks stalls every connection of its
            worker. One that holds a worker for more than 5 ms is called elsewhere from then on.
        deadline: How long the request waits for it, in seconds or as ``"50ms"``; 50 ms if it is not
            given. It cannot be honoured for an inline hook.
        on_failure: What happens when it raises, misses its deadline, returns nonsense or cannot be
            called: ``"deny"`` refuses the request (403 for ``authorize``, 503 for ``route`` and
            ``on_request``), ``"skip"`` goes on as if it had returned ``None``, ``"allow"`` ends
            ``authorize`` as if it had returned ``allow()`` and is ``"skip"`` elsewhere. The default
            is ``"deny"`` for ``authorize``, ``route`` and ``on_request`` and ``"skip"`` for
            ``on_response`` and ``telemetry``, which cannot deny.
        tryfirst: Call it before those of other plugins.
        trylast: Call it after those of other plugins.
        wrapper: It is a generator that yields once: the others run at the ``yield``, which gives
            their result or raises their exception; what it returns is the result.
        hookwrapper: The older form of ``wrapper``: the ``yield`` gives a :class:`pluggy.Result`.
        optionalhook: Do not refuse the plugin when no hook of that name exists.
        specname: The hook's name, when the function is called otherwise.

    Raises:
        ValueError: An option that does not exist or cannot be.

    Example:
        >>> @hookimpl(inline=True)
        ... def authorize(request):
        ...     return None
    """
    if on_failure is not None and on_failure not in FAILURE_POLICIES:
        raise ValueError(f"on_failure is one of {', '.join(FAILURE_POLICIES)}, not {on_failure!r}")
    seconds = DEADLINE_SECONDS if deadline is None else parse_deadline(deadline)

    def mark(marked: Function) -> Function:
        _mark(
            marked,
            tryfirst=tryfirst,
            trylast=trylast,
            wrapper=wrapper,
            hookwrapper=hookwrapper,
            optionalhook=optionalhook,
            specname=specname,
        )
        # pluggy carries its options in a dictionary and leaves what it does not know alone.
        getattr(marked, MARKER).update(
            inline=bool(inline),
            deadline_seconds=seconds,
            deadline_given=deadline is not None,
            on_failure=on_failure,
        )
        return marked

    return mark if function is None else mark(function)


def default_options() -> dict[str, object]:
    """The options of a function that is a hook by its name alone."""
    return {
        "tryfirst": False,
        "trylast": False,
        "wrapper": False,
        "hookwrapper": False,
        "optionalhook": False,
        "specname": None,
        "inline": False,
        "deadline_seconds": DEADLINE_SECONDS,
        "deadline_given": False,
        "on_failure": None,
    }
