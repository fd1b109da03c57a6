"""Precedence: flag, then ``PYMESH_*``, then the file of ``--config``, then default."""

from __future__ import annotations

from pymesh.errors import PymeshError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pymesh.settings.file import File
    from pymesh.settings.table import Setting

__all__ = ["Resolved", "resolve"]


class Resolved:
    """The settings in force.

    Args:
        value: From name to value; a list where the setting may be given more than once.
        origin: From name to where its value came from: the flag, the variable, the file's place,
            or ``default``.
    """

    __slots__ = ("origin", "value")

    def __init__(self, value: dict[str, Any], origin: dict[str, str]) -> None:
        self.value = value
        self.origin = origin

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - each setting has its own type
        """The value of one setting."""
        return self.value[name]


def resolve(
    table: tuple[Setting, ...],
    flags: Mapping[str, list[str]],
    environment: Mapping[str, str],
    file: File | None = None,
) -> Resolved:
    """Applies precedence and parses every value.

    Args:
        table: The settings.
        flags: From name to the texts given on the command line.
        environment: The process's environment.
        file: The configuration file, if there is one.

    Raises:
        PymeshError: ``bad-value``, or ``bad-config`` where the value stands in the file.
    """
    value: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for setting in table:
        name = setting.name
        source = "default"
        given = [] if setting.default is None else [setting.default]
        if name in flags:
            source, given = setting.flag, flags[name]
        elif environment.get(setting.env):
            source, given = setting.env, _split(setting, environment[setting.env])
        elif file and name in file.texts:
            source, given = str(file.place(name)), file.texts[name]
        try:
            parsed = [setting.parse(text) for text in given]
        except ValueError as error:
            # A secret must not reach a terminal or a log because it was mistyped.
            shown = "" if setting.secret else f", not {' '.join(given)!r}"
            in_file = file and name in file.texts and source not in (setting.flag, setting.env)
            raise PymeshError(
                "bad-config" if in_file else "bad-value",
                f"{repr(name) if in_file else source} {error}{shown}",
                place=file.place(name) if file and in_file else None,
            ) from None
        value[name] = parsed if setting.many else parsed[-1] if parsed else None
        origin[name] = source
    return Resolved(value, origin)


def _split(setting: Setting, text: str) -> list[str]:
    """A variable's texts. Commas separate, but not inside the JSON of a plugin's configuration."""
    if not setting.many or (setting.name == "plugin-config" and "{" in text):
        return [text]
    return [part for part in (part.strip() for part in text.split(",")) if part]
