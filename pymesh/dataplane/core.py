"""The door to the compiled core: settings out as JSON, errors in as :class:`PymeshError`."""

from __future__ import annotations

# `json` itself imports `re` and `enum`, which cost a proxy 5 ms and a megabyte.
from _json import encode_basestring_ascii

from pymesh.errors import EXIT_FAILED, PymeshError
from pymesh.settings import PROXY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from pymesh.settings import Resolved, Setting

__all__ = ["core_settings", "encode", "load_core"]


def load_core() -> ModuleType:
    """The extension module.

    Raises:
        PymeshError: ``core-missing``, in a checkout that has not been built.
    """
    try:
        from pymesh import _core as core
    except ImportError as error:
        raise PymeshError("core-missing", str(error)) from None
    return core


def core_settings(table: tuple[Setting, ...], settings: Resolved) -> dict[str, Any]:
    """The settings as the core reads them: nested, times in milliseconds, sizes in bytes.

    Args:
        table: Says where each setting goes.
        settings: The values.
    """
    out: dict[str, Any] = {}
    for setting in table:
        if setting.path:
            *parents, last = setting.path.split(".")
            inner = out
            for parent in parents:
                inner = inner.setdefault(parent, {})
            inner[last] = settings[setting.name]
    for log in ("access_log", "audit_log"):
        if out[log]["path"] is None:
            out[log] = None
    return out


def encode(document: dict[str, Any]) -> bytes:
    """JSON as it travels: keys sorted, no white space.

    Args:
        document: Dicts, lists, texts, whole numbers, truth values and ``None``.

    Raises:
        TypeError: If there is anything else in it.
    """
    return _encode(document).encode("ascii")


def _encode(value: object) -> str:
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return f"[{','.join([_encode(one) for one in value])}]"
    if isinstance(value, dict):
        pairs = [f"{_encode(key)}:{_encode(value[key])}" for key in sorted(value)]
        return f"{{{','.join(pairs)}}}"
    raise TypeError(f"{type(value).__name__} is not sent to the core")


def translate(error: Exception) -> PymeshError:
    """The core's error as one of ours: it brings its own code and exit code.

    Where it begins with the core's word for a setting, the flag takes that word's place.
    """
    code = str(getattr(error, "code", "core-failed"))
    exit_code = int(getattr(error, "exit_code", EXIT_FAILED))
    message = str(getattr(error, "message", error))
    path, colon, rest = message.partition(": ")
    flags = [f"--{one.name}" for one in PROXY if one.path and one.path == path]
    if colon and flags:
        message = f"{flags[0]}: {rest}"
    return PymeshError(code, message, exit_code=exit_code)
