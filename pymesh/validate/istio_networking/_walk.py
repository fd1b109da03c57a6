"""Walks over the parts of a resource, with their places."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pymesh.resources.istio._shared import IstioModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources._base import Resource
    from pymesh.validate._rules import Path

__all__ = ["names_of", "parts"]


@cache
def names_of(kind: type[IstioModel]) -> dict[str, str]:
    """The YAML names of a part's attributes."""
    return {name: field.alias or name for name, field in kind.model_fields.items()}


def parts(resource: Resource) -> Iterator[tuple[Path, IstioModel]]:
    """Every part of a resource's spec with its place, outer ones first."""
    spec: IstioModel = resource.spec  # type: ignore[attr-defined]
    return _parts(("spec",), spec)


def _parts(path: Path, part: IstioModel) -> Iterator[tuple[Path, IstioModel]]:
    yield path, part
    names = names_of(type(part))
    for attribute, value in part.__dict__.items():
        if value and not isinstance(value, (str, int, float)):
            yield from _values((*path, names[attribute]), value)


def _values(path: Path, value: object) -> Iterator[tuple[Path, IstioModel]]:
    if isinstance(value, IstioModel):
        yield from _parts(path, value)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            if not isinstance(item, IstioModel):
                break  # scalars all
            yield from _parts((*path, index), item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(item, IstioModel):
                break
            yield from _parts((*path, key), item)
