"""Regular expressions of routes: RE2's syntax, as far as it can be checked without the matcher.

The matcher compiles in linear time and so knows neither back references nor look-around. Python's
own compiler tells most of the other mistakes; what only RE2 knows is left to the matcher.
"""

from __future__ import annotations

import re
import warnings

LONGEST = 1024
"""Bytes that an expression may have; each costs memory in every proxy."""

_NOT_LINEAR = re.compile(r"(?<!\\)(?:\\\\)*(?:\(\?(?:[=!]|<[=!]|\(|>)|\\[1-9]|\(\?P=)")
_ONLY_RE2 = re.compile(r"\\(?:[pPzCQE]|x\{)|\[\[:|\(\?[a-zA-Z-]*[UR]|\(\?<[a-zA-Z_]")


def problem_of(pattern: str) -> str:
    """Why a regular expression cannot be used; empty if nothing is known against it."""
    size = len(pattern.encode())
    if size > LONGEST:
        return f"has {size} bytes, {LONGEST} are the most"
    if _NOT_LINEAR.search(pattern):
        return "uses look-around or a back reference"
    if _ONLY_RE2.search(pattern):
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"is not a regular expression: {error}"
    return ""
