"""The ``status`` of Gateway API objects, in the API's own words.

The types spell what Kubernetes stores, so that a control plane can write them as they are. There
is no clock here: whoever writes a status adds ``lastTransitionTime`` where a condition changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field

from pymesh.resources.gateway import CONTROLLER_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "GROUP",
    "Condition",
    "GatewayClassStatus",
    "GatewayStatus",
    "ListenerStatus",
    "ParentReference",
    "RouteGroupKind",
    "RouteParentStatus",
    "RouteStatus",
    "condition",
    "sentence",
]

GROUP = "gateway.networking.k8s.io"


class _Status(Struct, frozen=True, rename="camel", omit_defaults=True):
    """What all parts of a status have in common: frozen, and spelled as in YAML."""


class Condition(_Status, frozen=True, kw_only=True):
    """One condition.

    Args:
        type: ``Accepted``, ``ResolvedRefs``, ``Programmed``, ``Conflicted``, ``PartiallyInvalid``.
        status: Whether it holds.
        reason: The API's name for why, one CamelCase word.
        message: The same for people; empty where there is nothing to add.
        observed_generation: The ``metadata.generation`` that was looked at.
    """

    type: str
    status: Literal["True", "False", "Unknown"]
    reason: str
    message: str = ""
    observed_generation: int = 0


class GatewayClassStatus(_Status, frozen=True, kw_only=True):
    """The status of a ``GatewayClass``."""

    conditions: tuple[Condition, ...] = ()


class RouteGroupKind(_Status, frozen=True, omit_defaults=False):
    """A kind of route that a listener takes."""

    kind: str
    group: str = GROUP


class ListenerStatus(_Status, frozen=True, kw_only=True, omit_defaults=False):
    """The status of one listener.

    Args:
        name: The listener's name.
        supported_kinds: The kinds of route it takes.
        attached_routes: How many accepted routes are attached to it.
        conditions: Accepted, Conflicted, Programmed, ResolvedRefs.
    """

    name: str
    supported_kinds: tuple[RouteGroupKind, ...] = ()
    attached_routes: int = 0
    conditions: tuple[Condition, ...] = ()


class GatewayStatus(_Status, frozen=True, kw_only=True):
    """The status of a ``Gateway``."""

    conditions: tuple[Condition, ...] = ()
    listeners: tuple[ListenerStatus, ...] = ()


class ParentReference(_Status, frozen=True, kw_only=True):
    """The ``parentRef`` that a route's status is about, as the route wrote it."""

    group: str
    kind: str
    namespace: str | None = None
    name: str
    section_name: str | None = None
    port: int | None = None


class RouteParentStatus(_Status, frozen=True, kw_only=True):
    """What became of one ``parentRef`` of a route."""

    parent_ref: ParentReference
    controller_name: str = field(default_factory=lambda: CONTROLLER_NAME)
    conditions: tuple[Condition, ...] = ()


class RouteStatus(_Status, frozen=True, kw_only=True):
    """The status of an ``HTTPRoute`` or ``GRPCRoute``: one entry per parent that is ours."""

    parents: tuple[RouteParentStatus, ...] = ()


def condition(
    type_: str, generation: int, problem: tuple[str, str] | None, good: str = ""
) -> Condition:
    """A condition that holds unless there is a problem.

    Args:
        type_: The condition's type; also its reason when it holds, unless ``good`` says another.
        generation: The generation that was looked at.
        problem: Reason and message when it does not hold.
        good: The reason when it holds.
    """
    if problem is None:
        return Condition(
            type=type_, status="True", reason=good or type_, observed_generation=generation
        )
    reason, message = problem
    return Condition(
        type=type_, status="False", reason=reason, message=message, observed_generation=generation
    )


def sentence(parts: Iterable[str]) -> str:
    """Several messages as one, each once, in order."""
    return "; ".join(dict.fromkeys(parts))
