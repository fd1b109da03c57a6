"""Turns what a user configured into what a plugin declares."""

from __future__ import annotations

import sys
from inspect import Parameter, signature
from types import MappingProxyType, ModuleType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    NoReturn,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from pymesh.errors import Place, did_you_mean
from pymesh.hooks.errors import BAD_CONFIG, FAILED, HookError, failure

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from pymesh.hooks._loading import Found


class Namespace:
    """The configuration of a plugin that declares none: read by attribute or by key.

    Example:
        >>> Namespace({"token": "sesame"}).token
        'sesame'
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object]) -> None:
        object.__setattr__(self, "_values", MappingProxyType(dict(values)))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - it is the user's
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(f"the configuration has no {name!r}") from None

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def get(self, name: str, default: object = None) -> Any:  # noqa: ANN401
        """The value of ``name``, or ``default``."""
        return self._values.get(name, default)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a plugin's configuration is read only")

    def __repr__(self) -> str:
        # Values may be secrets.
        return f"Namespace({', '.join(self._values)})"


def make(found: Found, config: Mapping[str, object] | None, config_place: str) -> object:
    """Makes the plugin, with its configuration if it takes one.

    A class takes ``config`` if its ``__init__`` has a parameter of that name; a module does if it
    has a function ``configure(config)``.

    Args:
        found: The plugin's code.
        config: What the user configured; ``None`` if nothing was.
        config_place: Where it was configured, for messages.

    Raises:
        HookError: It takes none, does not accept this one, or raises.
    """
    entry = found.entry
    if isinstance(entry, ModuleType):
        configure = getattr(entry, "configure", None)
        if configure is None:
            _take_none(found, config, config_place)
        else:
            _call(found, configure, _convert(found, config, config_place), config_place)
        return entry
    if not isinstance(entry, type):
        _take_none(found, config, config_place)
        return entry
    if _takes_config(entry):
        return _call(found, entry, _convert(found, config, config_place), config_place)
    _take_none(found, config, config_place)
    try:
        return entry()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise failure(FAILED, found.name, error, found.file, "making it") from error


def _takes_config(entry: type) -> bool:
    try:
        parameters = signature(entry).parameters
    except (TypeError, ValueError):  # a compiled class without a signature
        return hasattr(entry, "Config")
    parameter = parameters.get("config")
    return parameter is not None and parameter.kind is not Parameter.POSITIONAL_ONLY


def _call(found: Found, function: Callable[..., object], config: object, place: str) -> object:
    try:
        return function(config=config)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        doing = f"taking its configuration{_from(place)}"
        raise failure(BAD_CONFIG, found.name, error, found.file, doing) from error


def _take_none(found: Found, config: Mapping[str, object] | None, place: str) -> None:
    if config is not None:
        message = f"plugin {found.name}: it takes no configuration, but has one{_from(place)}"
        raise HookError(BAD_CONFIG, message, plugin=found.name, place=Place(found.file))


def _from(place: str) -> str:
    return f" (from {place})" if place else ""


def _convert(found: Found, config: Mapping[str, object] | None, place: str) -> object:
    """The configuration as the plugin's own ``Config``, if it declares one."""
    declared = getattr(found.entry, "Config", None) or getattr(found.module, "Config", None)
    values = {} if config is None else config
    if declared is None:
        return Namespace(values)
    try:
        return _as_declared(declared, values)
    except KeyboardInterrupt:
        raise
    except Exception as error:
        message = f"plugin {found.name}: bad configuration{_from(place)}: {_said(error)}"
        where = _place_of(declared, found.file)
        raise HookError(BAD_CONFIG, message, plugin=found.name, place=where) from error


def _as_declared(declared: object, values: Mapping[str, object]) -> object:
    # A plugin that uses one of these libraries has imported it; nobody else pays for it.
    msgspec = sys.modules.get("msgspec")
    if msgspec is not None and isinstance(declared, type) and issubclass(declared, msgspec.Struct):
        _refuse_unknown(values, getattr(declared, "__struct_encode_fields__", ()))
        return msgspec.convert(values, declared)
    validate = getattr(declared, "model_validate", None)
    if callable(validate):
        return validate(values)
    fields = getattr(declared, "__dataclass_fields__", None)
    if isinstance(declared, type) and isinstance(fields, dict):
        _refuse_unknown(values, [key for key, field in fields.items() if field.init])
        hints = get_type_hints(declared)
        for key, value in values.items():
            if not _fits(value, hints[key]):
                wanted = getattr(hints[key], "__name__", None) or str(hints[key])
                raise ValueError(f"{key} is a {type(value).__name__}, it should be {wanted}")
        return declared(**values)
    kind = "a msgspec.Struct, a dataclass or a pydantic model"
    raise TypeError(f"Config has to be {kind}, not {declared!r}")


def _refuse_unknown(values: Mapping[str, object], known: Collection[str]) -> None:
    for key in values:
        if key not in known:
            near = did_you_mean(key, known)
            raise ValueError(f"unknown field {key!r}" + (f"; {near}" if near else ""))


def _fits(value: object, hint: object) -> bool:
    """Whether a value of JSON is what an annotation says; annotations beyond JSON always fit."""
    origin, arguments = get_origin(hint), get_args(hint)
    fits = True
    if origin in (Union, UnionType):
        fits = any(_fits(value, argument) for argument in arguments)
    elif origin is Literal:
        fits = value in arguments
    elif origin in (list, set, frozenset, tuple):
        items = [argument for argument in arguments if argument is not Ellipsis]
        fits = isinstance(value, list)
        if isinstance(value, list) and len(items) == 1:
            fits = all(_fits(item, items[0]) for item in value)
    elif origin is dict:
        fits = isinstance(value, dict) and all(_fits(one, arguments[1]) for one in value.values())
    elif hint is float:
        fits = type(value) in (int, float)
    elif hint in (str, int, bool, list, dict, type(None)):
        fits = type(value) is hint
    return fits


def _said(error: Exception) -> str:
    # pydantic's own text is many lines; its findings are one each.
    findings = getattr(error, "errors", None)
    if callable(findings):
        return "; ".join(
            f"{'.'.join(str(part) for part in finding['loc'])}: {finding['msg']}"
            for finding in findings()
        )
    return " ".join(str(error).split()) or type(error).__name__


def _place_of(declared: object, file: str) -> Place:
    from inspect import getsourcelines

    try:
        line = getsourcelines(declared)[1]  # type: ignore[arg-type]  # else it raises TypeError
        return Place.in_file(file, line)
    except (OSError, TypeError):
        return Place(file)
