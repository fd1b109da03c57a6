"""Spans of time, as text that knows what it means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Self

from pydantic_core import PydanticCustomError, core_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

__all__ = ["Duration"]

_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
# As Go's time.ParseDuration has it, which Istio, Gateway API and CEL all use.
_PART = re.compile(r"(?=\.?[0-9])([0-9]{0,19})(?:\.([0-9]{0,19}))?(ns|us|µs|ms|s|m|h)")
_WHOLE = re.compile(rf"[-+]?(?:0|(?:{_PART.pattern})+)")
_LARGEST = 2**63 - 1


class Duration(str):
    """A span of time as Istio, Gateway API and CEL write it: ``1h3m2.5s``, ``250ms``, ``0``.

    It stays the string that it was; the properties convert it.

    Example:
        >>> Duration("1m2.5s").milliseconds
        62500

    Raises:
        ValueError: If it is not one, or does not fit into 64 bits of nanoseconds.
    """

    __slots__ = ("nanoseconds",)
    nanoseconds: int
    """The exact value."""

    def __new__(cls, text: str) -> Self:
        """Parses the text."""
        if len(text) > 64 or not _WHOLE.fullmatch(text):
            raise ValueError(f"{text[:64]!r} is not a duration")
        total = sum(_parts(text))
        if total > _LARGEST:
            raise ValueError(f"{text!r} is longer than a duration can be")
        self = super().__new__(cls, text)
        self.nanoseconds = -total if text.startswith("-") else total
        return self

    @property
    def milliseconds(self) -> int:
        """Milliseconds, rounded towards zero."""
        return int(self.nanoseconds / 1_000_000)

    @property
    def seconds(self) -> float:
        """Seconds."""
        return self.nanoseconds / 1_000_000_000

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """A string that is parsed."""
        del source, handler
        return core_schema.no_info_after_validator_function(
            cls._checked, core_schema.str_schema(strict=True)
        )

    @classmethod
    def _checked(cls, text: str) -> Duration:
        try:
            return cls(text)
        except ValueError as error:
            raise PydanticCustomError("duration", "{reason}", {"reason": str(error)}) from None


def _parts(text: str) -> Iterator[int]:
    for whole, fraction, unit in _PART.findall(text):
        scale = _UNITS[unit]
        yield int(whole or "0") * scale
        if fraction:
            yield int(fraction) * scale // 10 ** len(fraction)
