"""What can be wrong with a resource: a stable code, a severity, a place and what to do."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

__all__ = ["Finding", "ResourceRef", "Severity"]

Severity = Literal["error", "warning", "info"]


class ResourceRef(Struct, frozen=True, order=True):
    """Names a resource in a finding.

    Args:
        kind: Its kind, such as ``VirtualService``.
        namespace: Its namespace; empty for a kind that has none.
        name: Its name.
    """

    kind: str
    namespace: str = ""
    name: str = ""


class Finding(Struct, frozen=True):
    """One thing that is wrong, or worth knowing, about a resource or a file.

    Args:
        code: Stable, in kebab-case, a heading of ``docs/findings.md``.
        severity: An ``error`` keeps the resources from being used; the others do not.
        message: What is wrong, in one line, without the place.
        hint: What to do about it, in one line; may be empty.
        resource: The resource, if the document is one.
        path: The field, as YAML names it: ``spec.http[0].route[1].weight``; may be empty.
        file: The file, as the user named it; empty if there is none.
        line: Line, counted from 1; 0 when it is not known.
        column: Column, counted from 1; 0 when it is not known.
    """

    code: str
    severity: Severity
    message: str
    hint: str = ""
    resource: ResourceRef | None = None
    path: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
