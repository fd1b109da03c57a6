"""Which namespaces see a resource: the values of ``exportTo``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.destination_rule import DestinationRule
from pymesh.resources.istio.service_entry import ServiceEntry
from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.istio_networking._names import is_label

if TYPE_CHECKING:
    from collections.abc import Iterator

EXPORT_TO_INVALID = Code(
    "export-to-invalid",
    "error",
    "An entry of `exportTo` is none of `*` (every namespace), `.` (the resource's own), `~` (no "
    "namespace; ServiceEntries only) and the name of a namespace.",
    "Write one of these; patterns such as `team-*` are not known.",
)
EXPORT_TO_CONFLICT = Code(
    "export-to-conflict",
    "error",
    "Entries of `exportTo` repeat or contradict one another: `*` and `~` stand alone, `.` is the "
    "resource's own namespace, and a DestinationRule with a `workloadSelector` applies to its own "
    "namespace only.",
    "Keep the entries that are meant.",
)


@rule(VirtualService, codes=[EXPORT_TO_INVALID, EXPORT_TO_CONFLICT])
@rule(DestinationRule, codes=[EXPORT_TO_INVALID, EXPORT_TO_CONFLICT])
@rule(ServiceEntry, codes=[EXPORT_TO_INVALID, EXPORT_TO_CONFLICT])
def check_export_to(resource: VirtualService | DestinationRule | ServiceEntry) -> Iterator[Issue]:
    """Entries that are valid, and agree."""
    entries = resource.spec.export_to
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        place = ("spec", "exportTo", index)
        key = resource.namespace if entry == "." else entry
        if key in seen:
            yield Issue(EXPORT_TO_CONFLICT.code, f"{entry} is there already", place)
        elif entry in {"*", "~"} and len(entries) > 1:
            yield Issue(EXPORT_TO_CONFLICT.code, f"{entry} stands alone or not at all", place)
        elif entry == "~" and not isinstance(resource, ServiceEntry):
            yield Issue(EXPORT_TO_INVALID.code, "only a ServiceEntry can be for nobody (~)", place)
        elif entry not in {"*", "~"} and not is_label(key):
            yield Issue(EXPORT_TO_INVALID.code, f"{entry!r} is not a namespace", place)
        seen.add(key)
    if isinstance(resource, DestinationRule) and resource.spec.workload_selector is not None:
        yield from _check_own(resource)


def _check_own(resource: DestinationRule) -> Iterator[Issue]:
    for index, entry in enumerate(resource.spec.export_to):
        if entry not in {".", resource.namespace}:
            yield Issue(
                EXPORT_TO_CONFLICT.code,
                f"a rule with a workloadSelector is not exported to {entry}",
                ("spec", "exportTo", index),
            )
