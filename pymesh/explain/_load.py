"""From files of resources to an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymesh.engine import Engine
from pymesh.errors import Place, PymeshError
from pymesh.resources import Mesh
from pymesh.sources import read_paths
from pymesh.translate import translate
from pymesh.validate import render, validate

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pymesh.resources import Finding
    from pymesh.wire import Documents

__all__ = ["BadResourcesError", "Loaded", "load"]

_SHOWN = 10
"""Findings that an error shows; ``pymesh validate`` shows all."""


class Loaded(NamedTuple):
    """What files of resources come to: the engine, and the documents that it was made from."""

    engine: Engine
    documents: Documents


class BadResourcesError(PymeshError):
    """Resources that cannot be used.

    Args:
        errors: What is wrong with them, at least one finding.
    """

    def __init__(self, errors: list[Finding]) -> None:
        first = errors[0]
        place = Place.in_file(first.file, first.line, first.column) if first.file else None
        more = f" (and {len(errors) - 1} more errors)" if errors[1:] else ""
        hint = first.hint or "pymesh validate shows everything that is wrong"
        super().__init__("bad-resources", f"{first.message}{more}", place=place, hint=hint)
        self.errors = errors

    def __str__(self) -> str:
        return "\n".join(render(one) for one in self.errors[:_SHOWN])


def load(paths: Iterable[Path]) -> Loaded:
    """Reads, checks, translates and compiles resources.

    A reference that leads nowhere is no error here: what it means is answered, as a proxy would.

    Args:
        paths: Files and folders.

    Raises:
        BadResourcesError: A file cannot be read, or a resource is wrong in itself.
        PymeshError: ``bad-document``, ``core-missing``.
    """
    report = validate(read_paths(paths))
    if report.refused:
        raise BadResourcesError([one for one in report.findings if one.severity == "error"])
    documents = translate(Mesh(report.resources)).documents
    return Loaded(Engine(documents), documents)
