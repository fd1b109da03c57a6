"""What units make in the end, and how the parts become one translation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

from pymesh import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from pymesh.resources import Finding, ResourceKey
    from pymesh.translate._view import Unit, View

__all__ = ["EMPTY", "Collection", "Output", "Root", "Translation"]


class Output(NamedTuple):
    """What one root unit makes.

    Args:
        documents: Wire documents, of any type that :class:`pymesh.wire.Documents` holds.
        statuses: What to write into the ``status`` of resources; at most one unit for each.
        findings: What is worth knowing about the resources that were read.
    """

    documents: tuple[wire.Document, ...] = ()
    statuses: tuple[tuple[ResourceKey, Any], ...] = ()
    findings: tuple[Finding, ...] = ()


EMPTY = Output()


class Root(NamedTuple):
    """A family of units whose outputs make up the translation.

    Args:
        name: For messages; unique.
        keys: The keys for which the unit is run.
        unit: Makes the output for one of them.
        rank: Of two ``Routes`` for one gateway, port, host and audience, that of the higher rank
            is kept; of two of one rank, that of the first name and key.
    """

    name: str
    keys: Callable[[View], Iterable[Hashable]]
    unit: Unit[Any, Output]
    rank: int = 0


class Translation(Struct, frozen=True):
    """What the resources mean.

    Args:
        documents: For the proxies.
        statuses: What to write into the ``status`` of resources.
        findings: What the translation noticed; what :mod:`pymesh.validate` says is not repeated.
    """

    documents: wire.Documents
    statuses: dict[ResourceKey, Any]
    findings: list[Finding]


_KEYS: dict[type[wire.Document], tuple[str, Callable[[Any], tuple[Any, ...]] | None]] = {
    # type: (field of Documents, what identifies one; None: its place in its unit's output)
    wire.Service: ("services", lambda one: (one.namespace, one.name, one.audience)),
    wire.Endpoints: ("endpoints", lambda one: (one.service, one.slice)),
    wire.Names: ("names", lambda one: (one.service, one.slice)),
    wire.Routes: ("routes", lambda one: (one.gateway, one.port, one.host, one.audience)),
    wire.Listener: ("listeners", lambda one: (one.gateway, one.port, one.name, one.bind)),
    wire.Policy: ("policies", lambda one: (one.namespace, one.name)),
    wire.PeerAuthentication: ("peer_authentications", None),
    wire.Plugin: ("plugins", None),
    wire.Mesh: ("mesh", None),
}

Owner = tuple[int, str, str]
"""Minus the rank, the root's name and the unit's key as text: who wins a document's place."""


class Collection:
    """The outputs of all roots, joined; a change sorts again only the types that it concerns."""

    def __init__(self) -> None:
        self._documents: dict[str, dict[tuple[Any, ...], dict[Owner, wire.Document]]] = {
            field: {} for field, _ in _KEYS.values()
        }
        self._sorted: dict[str, tuple[wire.Document, ...]] = {}
        self._outputs: dict[Owner, Output] = {}
        self._findings: list[Finding] | None = None

    def put(self, owner: Owner, output: Output) -> None:
        """Replaces the output of an owner; an empty one removes it."""
        old = self._outputs.get(owner, EMPTY)
        for _, (field, key) in _identified(old):
            places = self._documents[field]
            owners = places.get(key)
            if owners is not None:  # an output may have had two for one place
                owners.pop(owner, None)
                if not owners:
                    del places[key]
            self._sorted.pop(field, None)
        for document, (field, key) in _identified(output):
            self._documents[field].setdefault(key, {})[owner] = document
            self._sorted.pop(field, None)
        if output.findings != old.findings:
            self._findings = None
        if output == EMPTY:
            self._outputs.pop(owner, None)
        else:
            self._outputs[owner] = output

    def translation(self) -> Translation:
        """Everything, in an order that depends on the outputs alone."""
        if self._findings is None:
            found = {f for output in self._outputs.values() for f in output.findings}
            self._findings = sorted(found, key=_finding_order)
        documents = {field: self._in_order(field) for field in self._documents}
        (mesh,) = documents.pop("mesh") or (None,)
        statuses = [status for output in self._outputs.values() for status in output.statuses]
        return Translation(
            documents=wire.Documents(mesh=mesh, **documents),  # type: ignore[arg-type]
            statuses=dict(sorted(statuses, key=lambda status: status[0])),
            findings=list(self._findings),
        )

    def _in_order(self, field: str) -> tuple[wire.Document, ...]:
        found = self._sorted.get(field)
        if found is None:
            places = self._documents[field]
            found = self._sorted[field] = tuple(
                next(iter(places[key].values()))
                if len(places[key]) == 1
                else places[key][min(places[key])]
                for key in sorted(places)
            )
        return found


def _identified(
    output: Output,
) -> Iterable[tuple[wire.Document, tuple[str, tuple[Any, ...]]]]:
    for position, document in enumerate(output.documents):
        field, key = _KEYS[type(document)]
        yield document, (field, key(document) if key else (position,))


def _finding_order(finding: Finding) -> tuple[Any, ...]:
    resource = finding.resource
    place = (resource.kind, resource.namespace, resource.name) if resource else ("", "", "")
    return (*place, finding.path, finding.code, finding.message)
