"""``--plugin-config``: a file or JSON to the dict that a plugin is given."""

from __future__ import annotations

import json

from pymesh.errors import Place, PymeshError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = ["plugin_configs"]


def plugin_configs(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, Any]]:
    """Reads every plugin's configuration.

    Args:
        pairs: A plugin's name, and a JSON object or the path of a ``.json`` or ``.toml`` file.

    Returns:
        From the plugin's name to its configuration.

    Raises:
        PymeshError: ``missing-file`` or ``bad-plugin-config``, with the place in the file.
    """
    configs: dict[str, dict[str, Any]] = {}
    for name, text in pairs:
        if name in configs:
            raise PymeshError("bad-plugin-config", f"plugin {name!r} is configured twice")
        if text.lstrip().startswith("{"):
            configs[name] = _json(f"--plugin-config {name}", text)
        else:
            configs[name] = _file(name, text)
    return configs


def _file(name: str, path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"the configuration of plugin {name!r}: {path}: {reason}"
        raise PymeshError("missing-file", message) from None
    except UnicodeDecodeError:
        raise PymeshError("bad-plugin-config", "is not UTF-8 text", place=Place(path)) from None
    if path.endswith(".toml"):
        from pymesh.settings.file import parse_toml

        return parse_toml(path, text, "bad-plugin-config")
    return _json(path, text)


def _json(path: str, text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        lines = text.splitlines()
        # What stands on a command line may be a secret, so only a file's line is shown.
        show = error.lineno <= len(lines) and not path.startswith("--")
        shown = lines[error.lineno - 1] if show else ""
        place = Place(path, error.lineno, error.colno, shown)
        message = error.msg[0].lower() + error.msg[1:]
        raise PymeshError("bad-plugin-config", message, place=place) from None
    if not isinstance(document, dict):
        raise PymeshError("bad-plugin-config", "must be a JSON object", place=Place(path))
    return document
