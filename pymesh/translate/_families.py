"""Where the roots of the translation are found."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pymesh.translate._output import Root

__all__ = ["roots"]

FAMILIES = ("pymesh.translate.istio", "pymesh.translate.gateway", "pymesh.translate.plugins")
"""Modules with a tuple ``ROOTS``."""


@cache
def roots() -> tuple[Root, ...]:
    """The roots of all families."""
    found: list[Root] = []
    for family in FAMILIES:
        found.extend(import_module(family).ROOTS)
    return tuple(found)
