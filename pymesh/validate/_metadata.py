"""Names, namespaces and labels, as an API server wants them (RFC 1123, Kubernetes API)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pymesh.resources.kubernetes import Namespace, Service
from pymesh.validate._rules import Code, Issue, define

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources import Resource

__all__ = ["check_metadata"]

define(
    Code(
        "bad-label",
        "error",
        "A label's key or value is not what an API server takes. No selector could name it.",
        "A key is up to 63 letters, digits, `-`, `_` and `.`, with an optional prefix that is a "
        "DNS name and a slash; a value is the same without the prefix, or empty.",
    ),
    Code(
        "bad-name",
        "error",
        "The name or namespace cannot be one: names are parts of DNS names and identities.",
        "Use lower-case letters, digits and dashes, beginning and ending with a letter or digit; "
        "most names may have dots, too.",
    ),
)

_LABEL: Final = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL.pattern}(?:\.{_LABEL.pattern})*")
_VALUE: Final = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_ONE_LABEL: Final = (Service, Namespace)


def check_metadata(resource: Resource) -> Iterator[Issue]:
    """What is wrong with a resource's name, namespace and labels."""
    form = _LABEL if isinstance(resource, _ONE_LABEL) else _SUBDOMAIN
    metadata = resource.metadata
    if not form.fullmatch(metadata.name):
        yield Issue("bad-name", "this cannot be a name", ("metadata", "name"), _form(form))
    if resource.NAMESPACED and not _LABEL.fullmatch(metadata.namespace):
        message = "this cannot be a namespace"
        yield Issue("bad-name", message, ("metadata", "namespace"), _form(_LABEL))
    for key, value in metadata.labels.items():
        prefix, slash, name = key.rpartition("/")
        if not name or not _VALUE.fullmatch(name) or (slash and not _SUBDOMAIN.fullmatch(prefix)):
            yield Issue("bad-label", "this cannot be a label's key", ("metadata", "labels", key))
        elif not _VALUE.fullmatch(value):
            message = "this cannot be a label's value"
            yield Issue("bad-label", message, ("metadata", "labels", key))


def _form(form: re.Pattern[str]) -> str:
    dots = "" if form is _LABEL else " and dots"
    return f"use lower-case letters, digits, dashes{dots}"
