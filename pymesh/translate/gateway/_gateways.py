"""A Gateway: whether it is ours, its listeners' routes, and its status."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymesh.resources.gateway import CONTROLLER_NAME, DEFAULT_CLASS
from pymesh.translate.gateway import _listeners
from pymesh.translate.gateway._status import (
    Condition,
    GatewayClassStatus,
    GatewayStatus,
    condition,
    sentence,
)
from pymesh.validate.istio_security._scope import GATEWAY_LABEL
from pymesh.wire import Listener, RouteRule, Routes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pymesh.resources import ResourceKey
    from pymesh.resources.gateway import Gateway, GatewayClass
    from pymesh.translate.gateway._attachment import Attachment
    from pymesh.translate.gateway._listeners import ListenerView, Problem

__all__ = ["Claim", "claim", "class_status", "listener_documents", "route_documents", "status"]


class Claim(NamedTuple):
    """That a Gateway is ours.

    Args:
        problem: Why it is not accepted as a whole, all the same.
    """

    problem: Problem | None


def class_status(gateway_class: GatewayClass) -> GatewayClassStatus | None:
    """The status of a GatewayClass; ``None`` if it is another controller's."""
    if gateway_class.spec.controller_name != CONTROLLER_NAME:
        return None
    problem = _class_problem(gateway_class)
    return GatewayClassStatus(
        conditions=(condition("Accepted", gateway_class.metadata.generation, problem),)
    )


def _class_problem(gateway_class: GatewayClass) -> Problem | None:
    ref = gateway_class.spec.parameters_ref
    if ref is None:
        return None
    return ("InvalidParameters", f"parameters of kind {ref.kind} are not supported")


def claim(gateway: Gateway, gateway_class: GatewayClass | None) -> Claim | None:
    """Whether a Gateway is ours to serve.

    Args:
        gateway: The Gateway.
        gateway_class: Its class, if there is such a resource. The class ``pymesh`` exists without
            being declared, so that a folder of files can do without it.
    """
    if gateway_class is None:
        if gateway.spec.gateway_class_name != DEFAULT_CLASS:
            return None
    elif gateway_class.spec.controller_name != CONTROLLER_NAME:
        return None
    return Claim(_refusal(gateway, gateway_class))


def _refusal(gateway: Gateway, gateway_class: GatewayClass | None) -> Problem | None:
    if gateway_class is not None and (problem := _class_problem(gateway_class)):
        return ("InvalidParameters", f"class {gateway_class.name}: {problem[1]}")
    infrastructure = gateway.spec.infrastructure
    if infrastructure is not None and infrastructure.parameters_ref is not None:
        kind = infrastructure.parameters_ref.kind
        return ("InvalidParameters", f"parameters of kind {kind} are not supported")
    for address in gateway.spec.addresses or ():
        if address.type != "IPAddress":
            return (
                "UnsupportedAddress",
                f"an address of type {address.type} is not supported, only IPAddress is",
            )
    return None


def listener_documents(gateway: Gateway, views: Iterable[ListenerView]) -> tuple[Listener, ...]:
    """The ports that are served."""
    return tuple(
        Listener(
            gateway=f"{gateway.namespace}/{gateway.name}",
            name=view.listener.name,
            port=view.listener.port,
            protocol="http",
            hosts=(view.host,),
            selector={GATEWAY_LABEL: gateway.name},
        )
        for view in views
        if view.programmed
    )


def route_documents(
    gateway: Gateway,
    views: Sequence[ListenerView],
    attachments: Sequence[tuple[ResourceKey, tuple[Attachment, ...]]],
    rules_at: Callable[[ResourceKey, int], tuple[RouteRule, ...]],
) -> tuple[Routes, ...]:
    """One document for each port and host.

    A host belongs to the listener with the most specific hostname alone, so that a listener
    without a route for its hostname answers 404 instead of leaving it to a wider one.

    Args:
        gateway: The Gateway.
        views: Its listeners.
        attachments: Routes by precedence, and where each is attached.
        rules_at: Gives the rules of a route at a port.
    """
    owners: dict[tuple[int, str], str] = {}
    # Two references of one route to one listener are one attachment, hence the inner mapping.
    found: dict[tuple[int, str], dict[ResourceKey, tuple[RouteRule, ...]]] = {}
    for view in views:
        if view.programmed:
            found[view.listener.port, view.host] = {}
    for key, every in attachments:
        for attached in (one for attachment in every for one in attachment.listeners):
            for host in attached.hosts:
                place = (attached.port, host)
                owner = owners.get(place)
                if owner is None:
                    best = _listeners.most_specific(*place, views)
                    owner = owners[place] = best.listener.name if best else ""
                if owner == attached.listener:
                    found.setdefault(place, {})[key] = rules_at(key, attached.port)
    return tuple(
        Routes(
            host=host,
            gateway=f"{gateway.namespace}/{gateway.name}",
            namespace=gateway.namespace,
            port=port,
            rules=tuple(rule for rules in by_route.values() for rule in rules),
        )
        for (port, host), by_route in sorted(found.items())
    )


def status(
    gateway: Gateway,
    views: Sequence[ListenerView],
    attachments: Sequence[tuple[ResourceKey, tuple[Attachment, ...]]],
    problem: Problem | None,
) -> GatewayStatus:
    """The status of a Gateway.

    Args:
        gateway: The Gateway.
        views: Its listeners.
        attachments: Routes, and where each is attached.
        problem: Why the Gateway as a whole is not accepted.
    """
    generation = gateway.metadata.generation
    attached: dict[str, set[ResourceKey]] = {}
    for key, every in attachments:
        for one in (one for attachment in every for one in attachment.listeners):
            attached.setdefault(one.listener, set()).add(key)
    accepted = _accepted(views, generation, problem)
    return GatewayStatus(
        conditions=(accepted, _programmed(gateway, views, accepted)),
        listeners=tuple(
            _listeners.status(view, generation, len(attached.get(view.listener.name, ())), problem)
            for view in views
        ),
    )


def _accepted(views: Sequence[ListenerView], generation: int, problem: Problem | None) -> Condition:
    """Whether the Gateway is accepted; it is with some of its listeners, and then says so."""
    if problem is not None:
        return condition("Accepted", generation, problem)
    bad = [(view, view.refused or view.conflict) for view in views]
    messages = [f"listener {view.listener.name}: {why[1]}" for view, why in bad if why]
    if not messages:
        return condition("Accepted", generation, None)
    return Condition(
        type="Accepted",
        status="False" if len(messages) == len(views) else "True",
        reason="ListenersNotValid",
        message=sentence(messages),
        observed_generation=generation,
    )


def _programmed(gateway: Gateway, views: Sequence[ListenerView], accepted: Condition) -> Condition:
    generation = gateway.metadata.generation
    if accepted.status == "False":
        return condition("Programmed", generation, ("Invalid", accepted.message))
    if not any(view.programmed for view in views):
        return condition("Programmed", generation, ("Invalid", "no listener can be served"))
    if gateway.spec.addresses:
        return condition(
            "Programmed",
            generation,
            ("AddressNotAssigned", "addresses are not assigned: the proxy listens on its own"),
        )
    return condition("Programmed", generation, None)
