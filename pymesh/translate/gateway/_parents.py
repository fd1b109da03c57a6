"""The status of a route towards one parent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.translate.gateway._status import (
    Condition,
    ParentReference,
    RouteParentStatus,
    condition,
    sentence,
)

if TYPE_CHECKING:
    from pymesh.translate.gateway._attachment import Attachment, Route
    from pymesh.translate.gateway._rules import Translated

__all__ = ["parent_status"]


def parent_status(
    route: Route, attachment: Attachment, translated: Translated
) -> RouteParentStatus:
    """The entry of a route's status for one reference.

    Args:
        route: The route.
        attachment: Whether and where it is attached.
        translated: What became of the route's rules and references.
    """
    generation = route.metadata.generation
    ref = (route.spec.parent_refs or ())[attachment.position]
    return RouteParentStatus(
        parent_ref=ParentReference(
            group=ref.group,
            kind=ref.kind,
            namespace=ref.namespace,
            name=ref.name,
            section_name=ref.section_name,
            port=ref.port,
        ),
        conditions=_conditions(attachment, translated, generation),
    )


def _conditions(
    attachment: Attachment, translated: Translated, generation: int
) -> tuple[Condition, ...]:
    unresolved = None
    if translated.unresolved:
        # One condition has one reason; the first reference that fails gives it.
        reason = translated.unresolved[0][0]
        unresolved = (reason, sentence(message for _, message in translated.unresolved))
    resolved = condition("ResolvedRefs", generation, unresolved)
    if attachment.problem is not None:
        return condition("Accepted", generation, attachment.problem), resolved
    accepted = Condition(
        type="Accepted",
        status="True",
        reason="Accepted",
        message=sentence(translated.notes),
        observed_generation=generation,
    )
    if not translated.unusable:
        return accepted, resolved
    rules = ", ".join(str(index) for index in dict(translated.unusable))
    why = sentence(message for _, message in translated.unusable)
    return (
        accepted,
        resolved,
        Condition(
            type="PartiallyInvalid",
            status="True",
            reason="UnsupportedValue",
            message=f"Dropped Rule {rules}, answered with an error: {why}",
            observed_generation=generation,
        ),
    )
