"""Edits of header fields, without those that no rule may make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.validate.translation.texts import PROXYS_OWN, is_field_name, is_field_value
from pymesh.wire import HeaderEdits, HeaderValue

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pymesh.resources.gateway._filters import HeaderModifier, HTTPHeader

__all__ = ["edits", "new_host"]


def edits(
    modifier: HeaderModifier, ignored: Collection[str] = ()
) -> tuple[HeaderEdits, tuple[str, ...]]:
    """Translates a header modifier.

    Args:
        modifier: What to set, to add and to remove.
        ignored: Names that are left out without a word, since something else acts on them.

    Returns:
        The edits, and a note on each one that is not made.
    """
    notes: list[str] = []
    return (
        HeaderEdits(
            set=_fields(modifier.set or (), ignored, notes),
            add=_fields(modifier.add or (), ignored, notes),
            remove=tuple(
                dict.fromkeys(
                    name.lower()
                    for name in modifier.remove or ()
                    if _may_edit(name, ignored, notes)
                )
            ),
        ),
        tuple(dict.fromkeys(notes)),
    )


def new_host(modifier: HeaderModifier) -> str:
    """The Host field that a request modifier asks for; it is a rewrite and no edit of a field."""
    every = (*(modifier.set or ()), *(modifier.add or ()))
    return next((field.value for field in every if field.name.lower() == "host"), "")


def _may_edit(name: str, ignored: Collection[str], notes: list[str]) -> bool:
    if name.lower() in ignored:
        return False
    if not is_field_name(name):
        notes.append(f"{name!r} cannot be the name of a header field")
        return False
    if name.lower() in PROXYS_OWN:
        notes.append(f"header field {name} is the proxy's own and stays as it is")
        return False
    return True


def _fields(
    fields: Iterable[HTTPHeader], ignored: Collection[str], notes: list[str]
) -> tuple[HeaderValue, ...]:
    """Header fields; of several with one name the first counts."""
    found: dict[str, HeaderValue] = {}
    for field in fields:
        # Spaces around a value are no part of it (RFC 9110 section 5.5).
        value = field.value.strip(" \t")
        if not _may_edit(field.name, ignored, notes):
            continue
        if not is_field_value(value):
            notes.append(f"the value of header field {field.name} holds a control character")
            continue
        found.setdefault(field.name.lower(), HeaderValue(field.name, value))
    return tuple(found.values())
