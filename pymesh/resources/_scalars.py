"""Plain YAML scalars as Kubernetes reads them.

That is YAML 1.1 without times and base-60 numbers, and with JSON's numbers: ``1e3`` is one, ``on``
is true, ``12:30`` is text. PyYAML's own resolver differs in those.
"""

from __future__ import annotations

import re
from math import isfinite
from typing import Final

from pymesh.resources._limits import NUMBER_LENGTH

__all__ = ["EMPTY", "Scalar", "plain", "shortened", "tagged"]

Scalar = str | int | float | bool | None

_WORDS: Final[dict[str, bool | None]] = {
    form: value
    for words, value in (
        ("~ null", None),
        ("y yes true on", True),
        ("n no false off", False),
    )
    for word in words.split()
    for form in (word, word.capitalize(), word.upper())
} | {"": None}
EMPTY: Final = frozenset(word for word, value in _WORDS.items() if value is None)
"""How nothing is written."""
_STARTS: Final = frozenset("+-.0123456789")
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)")
_OTHER_BASE: Final = re.compile(r"([-+]?)0(?:x([0-9a-fA-F_]+)|o?([0-7_]+)|b([01_]+))")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_EXACT: Final = 2**53


def plain(text: str) -> Scalar:
    """The value of an unquoted scalar.

    Raises:
        ValueError: It is a number that JSON cannot say.

    Example:
        >>> [plain(text) for text in ("80", "0x1F", "1e3", "on", "~", "12:30", "v1")]
        [80, 31, 1000, True, None, '12:30', 'v1']
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in _STARTS:
        return _number(text)
    return text


def tagged(tag: str, text: str) -> Scalar:
    """The value of a scalar with an explicit tag such as ``!!str``.

    Raises:
        ValueError: The tag is none of JSON's types, or the text is not of that type.
    """
    kind = tag.removeprefix("tag:yaml.org,2002:")
    if kind == "str":
        return text
    value = plain(text)
    if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    wanted = {"int": int, "float": float, "bool": bool, "null": type(None)}.get(kind)
    if wanted is None:
        raise ValueError(f"the tag {shortened(tag)} has no meaning here")
    if type(value) is not wanted:
        raise ValueError(f"{shortened(text)!r} is not of type {kind}")
    return value


def shortened(text: str, limit: int = 60) -> str:
    """The text, cut where a message would get long."""
    return text if len(text) <= limit else f"{text[:limit]}…"


def _number(text: str) -> Scalar:
    if _INTEGER.fullmatch(text):
        return _integer(text.replace("_", ""), 10, text)
    if match := _OTHER_BASE.fullmatch(text):
        sign, hexadecimal, octal, binary = match.groups()
        digits = (hexadecimal or octal or binary).replace("_", "")
        base = 16 if hexadecimal else 8 if octal else 2
        return _integer(sign + digits, base, text) if digits else text
    if _FLOAT.fullmatch(text):
        value = float(text)
        if not isfinite(value):
            raise ValueError(f"{shortened(text)} is too large a number")
        # JSON has one kind of number: 10.0 is an integer wherever one is wanted.
        return int(value) if value.is_integer() and abs(value) <= _EXACT else value
    if _NO_NUMBER.fullmatch(text):
        raise ValueError(f"{text} is no number of JSON")
    return text


def _integer(digits: str, base: int, text: str) -> int:
    if len(digits) > (66 if base == 2 else NUMBER_LENGTH):
        raise ValueError(f"{shortened(text)} is too large a number")
    value = int(digits, base)
    if not -(2**63) <= value < 2**64:
        raise ValueError(f"{text} is too large a number")
    return value
