"""Runs every rule over what was read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from pymesh._collecting import collection_paused
from pymesh.resources import Finding, Mesh, Resource, ResourceKey
from pymesh.validate._loading import load_rules
from pymesh.validate._metadata import check_metadata
from pymesh.validate._rules import Code, Issue, codes, define, mesh_rules, rules_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pymesh.resources import Document, Parsed

__all__ = ["Report", "check_mesh", "check_resources", "validate"]

define(
    Code(
        "duplicate-resource",
        "error",
        "Two resources have the same kind, namespace and name and say different things. Which of "
        "them an API server would keep depends on the order in which it is given them.",
        "Take one out, or give it another name.",
    )
)

Subject = TypeVar("Subject")
ISSUES: Final = 100
"""Of one rule about one resource; a text made to have more must not cost more."""


@dataclass(frozen=True, slots=True)
class Report:
    """What there is to say about some files.

    Args:
        documents: Every document in order; each knows whether it is valid.
        resources: Those that nothing is wrong with in themselves.
        findings: All findings, by file, line and column.
        refused: Whether the resources cannot be used: a file cannot be read, or a resource is
            wrong in itself. A reference that leads nowhere is an error, too, and does not
            count here, since each kind has a meaning for that (a route that answers 500).
    """

    documents: Sequence[Document]
    resources: Sequence[Resource]
    findings: Sequence[Finding]
    refused: bool

    @property
    def failed(self) -> bool:
        """Whether there is an error among the findings."""
        return any(finding.severity == "error" for finding in self.findings)


def validate(parsed: Parsed) -> Report:
    """Checks what was read: each resource, then the references between all of them.

    Args:
        parsed: From :func:`pymesh.sources.read_paths` or :func:`pymesh.resources.parse`. Its
            documents are marked invalid where a rule finds an error.
    """
    with collection_paused():
        own = [*parsed.findings, *check_resources(parsed), *_duplicates(parsed)]
        refused = any(finding.severity == "error" for finding in own)
        usable = [document.resource for document in parsed.documents if document.valid]
        findings = own + check_mesh(parsed)
    files = dict.fromkeys([document.file for document in parsed.documents])
    files |= dict.fromkeys([finding.file for finding in findings])
    order = {file: number for number, file in enumerate(files)}
    findings.sort(key=lambda one: (order[one.file], one.line, one.column, one.code))
    return Report(
        [document for document in parsed.documents if document.outer is None],
        [resource for resource in usable if resource is not None],
        findings,
        refused,
    )


def check_resources(parsed: Parsed) -> list[Finding]:
    """What rules find in each resource by itself; errors make its document invalid."""
    load_rules()
    return [
        finding
        for document in parsed.documents
        if document.resource is not None
        for finding in _of_resource(document, document.resource)
    ]


def check_mesh(parsed: Parsed, mesh: Mesh | None = None) -> list[Finding]:
    """What rules find in the references between resources.

    Args:
        parsed: The documents, for the places of what is found.
        mesh: The resources, if there is an index already; those of the documents otherwise.
    """
    load_rules()
    typed = [(one, one.resource) for one in parsed.documents if one.resource is not None]
    return list(_of_mesh(typed, mesh or Mesh(resource for _, resource in typed)))


def _of_resource(document: Document, resource: Resource) -> Iterator[Finding]:
    for check in (check_metadata, *rules_of(type(resource))):
        for issue in islice(_guarded(check, resource), ISSUES):
            yield _finding(document, issue)


def _of_mesh(typed: list[tuple[Document, Resource]], mesh: Mesh) -> Iterator[Finding]:
    documents = {resource.key: document for document, resource in typed}
    for check in mesh_rules():
        told: Counter[ResourceKey] = Counter()
        for issue in _guarded(check, mesh):
            if issue.resource is None:
                yield Finding(issue.code, "error", issue.message, issue.hint)
                continue
            key = issue.resource.key
            told[key] += 1
            if told[key] <= ISSUES and key in documents:
                yield _finding(documents[key], issue)


def _guarded(check: Callable[[Subject], Iterable[Issue]], subject: Subject) -> Iterator[Issue]:
    """The issues of a rule; what it raises is one, too, so that the other rules are asked."""
    try:
        yield from check(subject)
    except Exception as error:  # noqa: BLE001
        name = f"{check.__module__}.{check.__name__}"
        resource = subject if isinstance(subject, Resource) else None
        message = f"the check {name} failed: {type(error).__name__}: {error}"
        yield Issue("internal-error", message, resource=resource)


def _finding(document: Document, issue: Issue) -> Finding:
    severity = issue.severity or codes()[issue.code].severity
    return document.finding(issue.code, severity, issue.message, issue.path, issue.hint)


def _duplicates(parsed: Parsed) -> Iterator[Finding]:
    """Resources of one name that differ; the same one twice does no harm."""
    first: dict[object, tuple[Document, Resource]] = {}
    for document in parsed.documents:
        resource = document.resource
        if resource is None:
            continue
        before, same = first.setdefault(resource.key, (document, resource))
        if same != resource:
            place = before.place(("metadata", "name"))
            message = f"there is another {resource.KIND} {resource.name} at {place}"
            yield document.finding("duplicate-resource", "error", message, ("metadata", "name"))
