"""Flags to texts, by a table of settings. Small, because a starting proxy waits for it."""

from __future__ import annotations

from pymesh.errors import PymeshError, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymesh.settings import Setting

__all__ = ["parse_flags"]


def parse_flags(table: tuple[Setting, ...], words: Sequence[str]) -> dict[str, list[str]]:
    """Reads ``--flag value``, ``--flag=value`` and ``-f value``.

    Args:
        table: The settings whose flags are known.
        words: The words of the command line.

    Returns:
        From a setting's name to the texts given for it, in order.

    Raises:
        PymeshError: ``unknown-flag``, or ``bad-value`` where a value is missing or given twice.
    """
    by_flag = {setting.flag: setting for setting in table}
    by_flag |= {setting.short: setting for setting in table if setting.short}
    texts: dict[str, list[str]] = {}
    rest = iter(words)
    for word in rest:
        flag, separator, value = word.partition("=") if word.startswith("--") else (word, "", "")
        setting = by_flag.get(flag)
        if setting is None:
            raise _unknown(flag, by_flag)
        if not separator:
            value = "true" if not setting.metavar else _next(rest, setting)
        given = texts.setdefault(setting.name, [])
        if given and not setting.many:
            raise PymeshError("bad-value", f"{setting.flag} is given twice")
        given.append(value)
    return texts


def _next(rest: object, setting: Setting) -> str:
    value = next(rest, None)  # type: ignore[call-overload]
    # No value of ours begins with two dashes, so this is a flag whose value was forgotten.
    if value is None or value.startswith("--"):
        raise PymeshError(
            "bad-value",
            f"{setting.flag} needs a value",
            hint=f"write {setting.flag} {setting.metavar}",
        )
    return str(value)


def _unknown(word: str, known: dict[str, Setting]) -> PymeshError:
    if word.startswith("-"):
        return PymeshError(
            "unknown-flag",
            f"there is no flag {word}",
            hint=(len(word) > 2 and did_you_mean(word, known)) or "see pymesh proxy run --help",
        )
    return PymeshError(
        "unknown-flag", f"{word!r} is not a flag", hint="see pymesh proxy run --help"
    )
