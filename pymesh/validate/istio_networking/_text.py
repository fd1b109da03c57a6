"""Header fields: which names and values they can have."""

from __future__ import annotations

import re

__all__ = ["claim_of", "is_token", "value_problem", "variables"]

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_CLAIM = re.compile(
    r"@request\.auth\.claims(?:\.[^.\[\]]+)+|@request\.auth\.claims(?:\[[^\[\]]+\])+"
)


def is_token(name: str) -> bool:
    """Whether a header field can have this name (RFC 9110 section 5.6.2)."""
    return _TOKEN.fullmatch(name) is not None


def claim_of(name: str) -> bool:
    """Whether it means a claim of the request's token rather than a header field."""
    return _CLAIM.fullmatch(name) is not None


def value_problem(value: str) -> str:
    """What is wrong with the value of a header field, ``%`` included."""
    if not _VALUE.fullmatch(value):
        return "has a control character"
    if variables(value) is None:
        return "has a single %; write %% for one"
    return ""


def variables(value: str) -> list[str] | None:
    """The variables (``%NAME%``) in a value; None if a ``%`` has no partner."""
    found = []
    position = 0
    while (start := value.find("%", position)) >= 0:
        if value.startswith("%%", start):
            position = start + 2
            continue
        end = value.find("%", start + 1)
        if end < 0:
            return None
        found.append(value[start : end + 1])
        position = end + 1
    return found
