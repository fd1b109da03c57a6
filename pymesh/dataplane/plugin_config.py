"""``--plugin-config``: a file or JSON to the mapping that a plugin is given."""

from __future__ import annotations

import json

from pymesh.errors import Place, PymeshError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["PluginConfig", "read_plugin_config"]


class PluginConfig:
    """What a user configured for one plugin.

    Args:
        values: The configuration; may hold secrets, so it is never shown.
        place: Where it stands, for messages.
    """

    __slots__ = ("place", "values")

    def __init__(self, values: dict[str, Any], place: str) -> None:
        self.values = values
        self.place = place


def read_plugin_config(name: str, text: str) -> PluginConfig:
    """Reads a plugin's configuration.

    Args:
        name: The plugin's name.
        text: A JSON object, or the path of a ``.toml`` or JSON file.

    Raises:
        PymeshError: ``missing-file`` or ``bad-plugin-config``, with the place in the file.
    """
    if text.lstrip().startswith("{"):
        place = f"--plugin-config {name}"
        return PluginConfig(_json(place, text, show=False), place)
    try:
        with open(text, encoding="utf-8") as file:
            content = file.read()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"--plugin-config {name}: {text}: {reason}"
        raise PymeshError("missing-file", message) from None
    except UnicodeDecodeError:
        raise PymeshError("bad-plugin-config", "is not UTF-8 text", place=Place(text)) from None
    if text.endswith(".toml"):
        from pymesh.settings.file import parse_toml

        return PluginConfig(parse_toml(text, content, "bad-plugin-config"), text)
    return PluginConfig(_json(text, content, show=True), text)


def _json(path: str, text: str, *, show: bool) -> dict[str, Any]:
    """Reads a JSON object; ``show`` is off for a command line, which may hold a secret."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        lines = text.splitlines()
        line = lines[error.lineno - 1] if show and error.lineno <= len(lines) else ""
        place = Place(path, error.lineno, error.colno, line)
        message = error.msg[:1].lower() + error.msg[1:]
        raise PymeshError("bad-plugin-config", message, place=place) from None
    if not isinstance(document, dict):
        raise PymeshError("bad-plugin-config", "must be a JSON object", place=Place(path))
    return document
