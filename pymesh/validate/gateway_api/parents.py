"""What a route attaches to: the references of one route among themselves."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pymesh.resources.gateway.grpc_route import GRPCRoute
from pymesh.resources.gateway.http_route import HTTPRoute
from pymesh.validate._rules import Code, Issue, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.validate.gateway_api._routes import Route

PARENT_DUPLICATE = Code(
    "parent-ref-duplicate",
    "error",
    "A route names the same parent twice, and the references do not each have a `sectionName` of "
    "their own, so that it is not clear what the second one adds.",
    "Remove one of them, or give each a different `sectionName`.",
)


@rule(HTTPRoute, codes=[PARENT_DUPLICATE])
@rule(GRPCRoute, codes=[PARENT_DUPLICATE])
def check_parents(resource: Route) -> Iterator[Issue]:
    """References to one parent differ by their section."""
    sections: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for index, parent in enumerate(resource.spec.parent_refs or ()):
        path = ("spec", "parentRefs", index)
        section = parent.section_name or ""
        known = sections[parent.group, parent.kind, parent.name, parent.namespace or ""]
        if section in known:
            yield Issue("parent-ref-duplicate", f"{parent.kind} {parent.name} is named twice", path)
        elif known and (not section or "" in known):
            yield Issue(
                "parent-ref-duplicate",
                f"each reference to {parent.kind} {parent.name} needs a sectionName",
                path,
            )
        known.append(section)
