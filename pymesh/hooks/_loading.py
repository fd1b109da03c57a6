"""Finds a plugin by what a user calls it: a file, a module or the name of an installed one."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from inspect import getattr_static
from types import ModuleType
from typing import TYPE_CHECKING, Final, NamedTuple

from pymesh.errors import Place, did_you_mean
from pymesh.hooks.errors import FAILED, MISSING, HookError, failure
from pymesh.hooks.options import MARKER
from pymesh.hooks.spec import HOOKS

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP: Final = "pymesh.plugins"


Stamp = tuple[int, int, int]
"""Modification time in nanoseconds, size in bytes, inode: what differs when a file is written."""


class Found(NamedTuple):
    """A plugin's code, imported but not yet made."""

    name: str
    """What it is called in logs, metrics and ``--plugin-config``."""
    module: ModuleType
    entry: object
    """The class to make, the module itself, or a ready-made object."""
    class_name: str
    """What was asked for after the colon; empty if nothing was."""
    file: str
    """Where it is written."""
    stamp: Stamp | None
    """The file as it was read; ``None`` if it is no Python source and cannot be read anew."""


def find(target: str) -> Found:
    """Imports a plugin.

    Args:
        target: ``auth.py``, ``package.module`` or ``entry-point-name``, each with ``:Class`` behind
            it if it is to be one class of several.

    Raises:
        HookError: There is no such plugin, its import fails, or it is not clear which class it is.
    """
    where, class_name = _split(target)
    if where.endswith(".py") or os.sep in where:
        path = os.path.abspath(where)
        name = os.path.splitext(os.path.basename(path))[0]
        stamp = stamp_of(path)
        module = import_file(path, _module_name(name), name)
        return _found(name, module, path, class_name, stamp)
    if "." not in where:
        entry_point = _entry_point(where)
        if entry_point is not None:
            module = _import_module(entry_point.module, where)
            file = _file_of(module)
            return _found(where, module, file, class_name or entry_point.attr, stamp_of(file))
    module = _import_module(where, where)
    file = _file_of(module)
    return _found(where.rpartition(".")[2], module, file, class_name, stamp_of(file))


def again(found: Found, generation: int) -> Found:
    """Imports a plugin's file anew beside the module that is in use.

    Args:
        found: The plugin as it was found.
        generation: Makes the new module's name; never the same twice.

    Raises:
        HookError: As :func:`find`.
    """
    old = found.module
    module_name = f"{old.__name__.partition('@')[0]}@{generation}"
    stamp = stamp_of(found.file)
    module = import_file(found.file, module_name, found.name, package=old.__package__ or "")
    return _found(found.name, module, found.file, found.class_name, stamp)


def stamp_of(path: str) -> Stamp | None:
    """What a file of Python source is recognised by until it changes."""
    if not path.endswith(".py"):
        return None
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def import_file(path: str, module_name: str, plugin: str, package: str = "") -> ModuleType:
    """Runs a Python file as a module of its own.

    The file is compiled here, not by the import system: a cached compilation is recognised by the
    second and the size, and an edit within one second would go unseen.

    Args:
        path: The file.
        module_name: Its key in ``sys.modules``, which dataclasses and others look it up by.
        plugin: The plugin's name, for messages.
        package: What relative imports start from.

    Raises:
        HookError: The file cannot be read, or running it raises.
    """
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        message = f"plugin {plugin}: cannot read it: {error.strerror}"
        raise HookError(MISSING, message, plugin=plugin, place=Place(path)) from error
    folder = os.path.dirname(path)
    if folder not in sys.path:
        # As for a script, but last: what lies beside a plugin hides no installed module.
        sys.path.append(folder)
    module = ModuleType(module_name)
    module.__file__ = path
    module.__package__ = package
    sys.modules[module_name] = module
    try:
        exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)  # noqa: S102
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        del sys.modules[module_name]
        raise failure(FAILED, plugin, error, path, "importing it") from error
    return module


def _module_name(plugin: str) -> str:
    """A key of ``sys.modules`` that is free: files in different folders may have the same name."""
    name, number = f"pymesh_plugin_{plugin}", 1
    while name in sys.modules:
        number += 1
        name = f"pymesh_plugin_{plugin}_{number}"
    return name


def _split(target: str) -> tuple[str, str]:
    where, colon, class_name = target.rpartition(":")
    if colon and where and class_name.isidentifier():
        return where, class_name
    return target, ""


def _file_of(module: ModuleType) -> str:
    return getattr(module, "__file__", None) or module.__name__


def _entry_point(name: str) -> EntryPoint | None:
    # Costs tens of milliseconds, so only a plugin given by name pays for it.
    from importlib.metadata import entry_points

    for entry_point in entry_points(group=GROUP, name=name):
        return entry_point
    return None


def _import_module(module_name: str, plugin: str) -> ModuleType:
    if not all(part.isidentifier() for part in module_name.split(".")):
        raise _missing(module_name, plugin)
    try:
        return import_module(module_name)
    except KeyboardInterrupt:
        raise
    except ModuleNotFoundError as error:
        if error.name and f"{module_name}.".startswith(f"{error.name}."):
            raise _missing(module_name, plugin) from error
        raise failure(FAILED, plugin, error, _file_named(module_name), "importing it") from error
    except BaseException as error:
        raise failure(FAILED, plugin, error, _file_named(module_name), "importing it") from error


def _file_named(module_name: str) -> str:
    """The file of a module whose import failed; its own name if there is none."""
    from importlib.util import find_spec

    try:
        spec = find_spec(module_name)
    except Exception:  # noqa: BLE001 - a broken parent package is what is being reported
        return module_name
    return (spec.origin if spec else None) or module_name


def _missing(name: str, plugin: str) -> HookError:
    from importlib.metadata import entry_points

    installed = sorted({entry_point.name for entry_point in entry_points(group=GROUP)})
    hint = did_you_mean(name, installed)
    if not hint:
        listed = f" (installed: {', '.join(installed)})" if installed else ""
        hint = f"give a .py file, an importable module or the name of an installed plugin{listed}"
    return HookError(MISSING, f"there is no plugin {name!r}", plugin=plugin, hint=hint)


def _found(name: str, module: ModuleType, file: str, class_name: str, stamp: Stamp | None) -> Found:
    entry = _choose(name, module, file, class_name)
    return Found(name, module, entry, class_name, file, stamp)


def _choose(name: str, module: ModuleType, file: str, class_name: str) -> object:
    """The one plugin of a module."""
    if class_name:
        entry = getattr(module, class_name, None)
        if entry is None:
            hint = did_you_mean(class_name, [key for key in vars(module) if key[0] != "_"])
            message = f"plugin {name}: there is no {class_name} in it"
            raise HookError(MISSING, message, plugin=name, place=Place(file), hint=hint)
        return entry
    own = {
        entry.__name__: entry
        for entry in vars(module).values()
        if isinstance(entry, type) and entry.__module__ == module.__name__ and _is_marked(entry)
    }
    classes = list(own.values())
    functions = any(is_hook_function(module, key) for key in vars(module))
    if len(classes) == 1 and not functions:
        return classes[0]
    if not classes and functions:
        return module
    if not classes:
        message = f"plugin {name}: it has no hook"
        hint = f"a hook is a function marked with @hookimpl: {', '.join(HOOKS)}"
    else:
        names = [entry.__name__ for entry in classes] + (["its functions"] if functions else [])
        message = f"plugin {name}: it holds several plugins: {', '.join(names)}"
        hint = f"say which one: {os.path.basename(file)}:{classes[0].__name__}"
    raise HookError(FAILED, message, plugin=name, place=Place(file), hint=hint)


def _is_marked(owner: type) -> bool:
    return any(marker_of(getattr_static(owner, name)) is not None for name in dir(owner))


def marker_of(attribute: object) -> dict[str, object] | None:
    """The options that :func:`pymesh.hooks.hookimpl` left on a function, if it did."""
    for holder in (attribute, getattr(attribute, "__func__", None)):
        options = getattr(holder, MARKER, None)
        if isinstance(options, dict):
            return options
    return None


def is_hook_function(module: ModuleType, name: str) -> bool:
    """Whether a module's attribute is a hook: marked, or written there and named exactly as one."""
    attribute = vars(module)[name]
    if isinstance(attribute, type) or not callable(attribute):
        return False
    if marker_of(attribute) is not None:
        return True
    return name in HOOKS and getattr(attribute, "__module__", None) == module.__name__
