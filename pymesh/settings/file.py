"""The configuration file: TOML, each key a setting's name, ``plugin-config`` a table."""

from __future__ import annotations

import json
import tomllib

from pymesh.errors import Place, PymeshError, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pymesh.settings.table import Setting

__all__ = ["File", "parse_toml", "read_file"]


class File:
    """What a configuration file says.

    Args:
        path: The file, as the user named it.
        texts: From a setting's name to the texts that its flag would have had.
    """

    __slots__ = ("path", "texts")

    def __init__(self, path: str, texts: dict[str, list[str]]) -> None:
        self.path = path
        self.texts = texts

    def place(self, name: str) -> Place:
        """The line that sets a key, or opens its table."""
        try:
            with open(self.path, encoding="utf-8") as file:
                for number, line in enumerate(file, 1):
                    key = line.lstrip("[\"' \t")
                    after = key[len(name) :].lstrip("\"' \t")
                    if key.startswith(name) and after[:1] in ("=", "]", "."):
                        column = len(line) - len(key) + 1
                        return Place(self.path, number, column, line.rstrip("\n"))
        except OSError:
            pass
        return Place(self.path)


def read_file(table: tuple[Setting, ...], path: str) -> File:
    """Reads a configuration file.

    Args:
        table: The settings that may stand in it.
        path: The TOML file.

    Raises:
        PymeshError: ``missing-file`` or ``bad-config``, with the place.
    """
    try:
        with open(path, encoding="utf-8") as stream:
            document = parse_toml(path, stream.read(), "bad-config")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise PymeshError("missing-file", f"--config: {path}: {reason}") from None
    except UnicodeDecodeError:
        raise PymeshError("bad-config", "is not UTF-8 text", place=Place(path)) from None
    known = {setting.name: setting for setting in table if setting.name != "config"}
    file = File(path, {})
    for name, value in document.items():
        if name not in known:
            raise PymeshError(
                "bad-config",
                f"there is no setting {name!r}",
                place=file.place(name),
                hint=did_you_mean(name, known),
            )
        try:
            file.texts[name] = _texts(known[name], value)
        except ValueError as error:
            message = f"{name!r} {error}"
            raise PymeshError("bad-config", message, place=file.place(name)) from None
    return file


def parse_toml(path: str, text: str, code: str) -> dict[str, Any]:
    """TOML to a dict.

    Args:
        path: The file it stands in, for messages.
        text: The file's text.
        code: The error's code.

    Raises:
        PymeshError: With the given code and the place.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # tomllib puts the place behind its message, as in "… (at line 3, column 7)".
        message, _, where = str(error).partition(" (at ")
        words = where.rstrip(")").replace(",", " ").split()
        numbers = [int(word) for word in words if word.isdigit()]
        place = Place.in_file(path, *numbers) if len(numbers) == 2 else Place(path)
        message = message[:1].lower() + message[1:]
        raise PymeshError(code, message, place=place) from None


def _texts(setting: Setting, value: object) -> list[str]:
    if isinstance(value, dict) and setting.name == "plugin-config":
        return [
            f"{name}={one if isinstance(one, str) else json.dumps(one, default=str)}"
            for name, one in value.items()
        ]
    if isinstance(value, list):
        if not setting.many:
            raise ValueError("must be one value, not a list")
        return [_text(one) for one in value]
    return [_text(value)]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError("must be text, a number, or true or false")
