"""Finds a plugin's hooks and refuses those that could not be called."""

from __future__ import annotations

import linecache
from inspect import (
    CO_VARARGS,
    CO_VARKEYWORDS,
    getattr_static,
    isasyncgenfunction,
    iscoroutinefunction,
    isgeneratorfunction,
    ismodule,
    unwrap,
)
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pymesh.errors import Place, did_you_mean
from pymesh.hooks import spec
from pymesh.hooks._loading import is_hook_function, marker_of
from pymesh.hooks.errors import FAILED, HookError
from pymesh.hooks.options import default_options
from pymesh.hooks.spec import HOOKS

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FunctionType

# A response cannot be denied any more, and telemetry is nobody's answer.
_CANNOT_DENY: Final = ("on_response", "telemetry")
_DENIES_BY_DEFAULT: Final = ("authorize", "route", "on_request")


class Hook(NamedTuple):
    """One hook of one plugin, checked."""

    name: str
    """The hook, for example ``authorize``."""
    attribute: str
    """What the plugin calls it."""
    function: Callable[..., object]
    """Bound to its plugin."""
    options: dict[str, Any]
    """pluggy's and our own, complete."""
    place: str
    """``file:line`` of its ``def``."""


def hooks_of(plugin: object, name: str, file: str, failure: str | None = None) -> list[Hook]:
    """Every hook of a plugin.

    Args:
        plugin: The module, or the object made of its class.
        name: The plugin's name.
        file: The plugin's file, for what has no place of its own.
        failure: What overrides the hooks' ``on_failure``; ``deny`` only where a hook can deny.

    Raises:
        HookError: It has none, or one that could not be called: an argument or a name that no hook
            has, ``async def``, a generator that is no wrapper, an option that cannot be.
    """
    hooks = []
    for attribute in dir(plugin):
        static = getattr_static(plugin, attribute, None)
        options = marker_of(static)
        if options is None:
            if not _is_named_as_a_hook(plugin, attribute, static):
                continue
            if not ismodule(plugin):
                message = f"{attribute} is named as a hook but not marked as one"
                hint = "mark it with @hookimpl, or rename it"
                raise _refusal(name, message, _place(static, file), hint)
            options = default_options()
        hook = _checked(plugin, attribute, options, name, file)
        if hook is not None:
            if failure and not (failure == "deny" and hook.name in _CANNOT_DENY):
                hook.options["on_failure"] = failure
            hooks.append(hook)
    if not hooks:
        message = "it has no hook"
        hint = f"a hook is a function marked with @hookimpl: {', '.join(HOOKS)}"
        raise _refusal(name, message, Place(file), hint)
    return hooks


def _is_named_as_a_hook(plugin: object, attribute: str, static: object) -> bool:
    if ismodule(plugin):
        return is_hook_function(plugin, attribute) if attribute in HOOKS else False
    return attribute in HOOKS and callable(getattr(static, "__func__", static))


def _checked(
    plugin: object, attribute: str, options: dict[str, Any], name: str, file: str
) -> Hook | None:
    function = getattr(plugin, attribute)
    place = _place(function, file)
    hook = options.get("specname") or attribute
    options = default_options() | options
    if hook not in HOOKS:
        if options["optionalhook"]:
            return None
        message = f"there is no hook {hook}"
        hint = did_you_mean(hook, HOOKS) or f"the hooks are {', '.join(HOOKS)}"
        raise _refusal(name, message, place, hint)
    wrapper = options["wrapper"] or options["hookwrapper"]
    if iscoroutinefunction(function) or isasyncgenfunction(function):
        message = f"{hook} is an async def, which is not offered yet"
        raise _refusal(name, message, place, "write it as a plain def")
    if options["wrapper"] and options["hookwrapper"]:
        raise _refusal(name, f"{hook} is both wrapper and hookwrapper", place, "choose wrapper")
    if wrapper and not isgeneratorfunction(unwrap(function)):
        raise _refusal(name, f"{hook} is a wrapper but does not yield", place, "yield once")
    if not wrapper and isgeneratorfunction(unwrap(function)):
        raise _refusal(name, f"{hook} yields but is no wrapper", place, "mark it wrapper=True")
    _check_arguments(hook, function, name, place)
    if options["on_failure"] == "deny" and hook in _CANNOT_DENY:
        raise _refusal(name, f"{hook} cannot deny", place, 'its on_failure is "skip"')
    if options["on_failure"] is None:
        options["on_failure"] = "deny" if hook in _DENIES_BY_DEFAULT else "skip"
    if hook == "telemetry" and not options["deadline_given"]:
        # Nobody waits for it, so it may write to a disk; the watchdog still ends a loop.
        options["deadline_seconds"] = 1.0
    return Hook(hook, attribute, function, options, str(place))


def _check_arguments(hook: str, function: object, plugin: str, place: Place) -> None:
    code = _code(function)
    if code is None:
        message = f"{hook} is a {type(function).__name__}; its arguments cannot be known"
        raise _refusal(plugin, message, place, "write it as a def")
    known = _arguments_of(getattr(spec, hook))
    names = list(code.co_varnames[: code.co_argcount])
    if names and (getattr(function, "__self__", None) is not None or names[0] in ("self", "cls")):
        del names[0]
    for argument in names:
        if argument not in known:
            message = f"{hook} has no argument {argument}"
            near = did_you_mean(argument, known)
            raise _refusal(plugin, message, place, near or f"it has {', '.join(known)}")
    if code.co_kwonlyargcount or code.co_flags & (CO_VARARGS | CO_VARKEYWORDS):
        message = f"{hook} takes arguments that are not named or only by keyword"
        raise _refusal(plugin, message, place, f"name those it needs of {', '.join(known)}")


def _arguments_of(function: FunctionType) -> tuple[str, ...]:
    code = function.__code__
    return tuple(code.co_varnames[: code.co_argcount])


def _code(function: object) -> CodeType | None:
    plain = unwrap(function) if callable(function) else function
    code: CodeType | None = getattr(getattr(plain, "__func__", plain), "__code__", None)
    return code


def _place(function: object, file: str) -> Place:
    """Where a function's ``def`` is: its code starts at its first decorator."""
    code = _code(getattr(function, "__func__", function))
    if code is None:
        return Place(file)
    lines = linecache.getlines(code.co_filename)
    for number in range(code.co_firstlineno, min(code.co_firstlineno + 20, len(lines)) + 1):
        if lines[number - 1].lstrip().startswith(("def ", "async def ")):
            return Place(code.co_filename, number, 0, lines[number - 1].rstrip())
    return Place(code.co_filename, code.co_firstlineno)


def _refusal(plugin: str, message: str, place: Place, hint: str) -> HookError:
    return HookError(FAILED, f"plugin {plugin}: {message}", plugin=plugin, place=place, hint=hint)
