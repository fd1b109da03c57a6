"""The status of a route towards one parent."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymesh.translate.gateway._status import (
    Condition,
    ParentReference,
    RouteParentStatus,
    condition,
    sentence,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymesh.resources import ResourceKey
    from pymesh.translate.gateway._attachment import Attachment
    from pymesh.translate.gateway._rules import Translated

__all__ = ["ParentStatus", "by_route", "parent_status"]


class ParentStatus(NamedTuple):
    """One entry of a route's status, with what puts it in its place.

    Args:
        route: The route.
        position: The place of the reference in the route's ``parentRefs``.
        status: The entry.
    """

    route: ResourceKey
    position: int
    status: RouteParentStatus


def parent_status(attachment: Attachment, translated: Translated) -> ParentStatus:
    """The entry for one reference.

    Args:
        attachment: Whether and where it is attached.
        translated: What became of the route's references.
    """
    route = attachment.route
    generation = route.metadata.generation
    ref = (route.spec.parent_refs or ())[attachment.position]
    unresolved = None
    if translated.unresolved:
        # One condition has one reason; the first reference that fails gives it.
        reason = translated.unresolved[0][0]
        unresolved = (reason, sentence(message for _, message in translated.unresolved))
    accepted = condition("Accepted", generation, attachment.problem)
    if attachment.problem is None and translated.notes:
        accepted = Condition(
            type="Accepted",
            status="True",
            reason="Accepted",
            message=sentence(translated.notes),
            observed_generation=generation,
        )
    conditions = [accepted, condition("ResolvedRefs", generation, unresolved)]
    if translated.unusable and attachment.problem is None:
        rules = ", ".join(str(index) for index in dict(translated.unusable))
        conditions.append(
            Condition(
                type="PartiallyInvalid",
                status="True",
                reason="UnsupportedValue",
                message=f"Dropped Rule {rules}, answered with 500: "
                + sentence(message for _, message in translated.unusable),
                observed_generation=generation,
            )
        )
    return ParentStatus(
        route.key,
        attachment.position,
        RouteParentStatus(
            parent_ref=ParentReference(
                group=ref.group,
                kind=ref.kind,
                namespace=ref.namespace,
                name=ref.name,
                section_name=ref.section_name,
                port=ref.port,
            ),
            conditions=tuple(conditions),
        ),
    )


def by_route(
    statuses: Iterable[ParentStatus],
) -> dict[ResourceKey, tuple[ParentStatus, ...]]:
    """Entries by the route that they are for, in order."""
    found: dict[ResourceKey, tuple[ParentStatus, ...]] = {}
    for status in statuses:
        found[status.route] = (*found.get(status.route, ()), status)
    return found
