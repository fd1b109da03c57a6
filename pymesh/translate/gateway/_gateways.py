"""A Gateway: its listeners, the routes attached to them, and its status."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymesh.resources.gateway import CONTROLLER_NAME, DEFAULT_CLASS, GatewayClass
from pymesh.resources.kubernetes import Namespace
from pymesh.translate.gateway import _listeners
from pymesh.translate.gateway._attachment import attach
from pymesh.translate.gateway._parents import by_route, parent_status
from pymesh.translate.gateway._routes import RouteAt, route_rules
from pymesh.translate.gateway._status import (
    Condition,
    GatewayClassStatus,
    GatewayStatus,
    condition,
    sentence,
)
from pymesh.wire import Listener, RouteRule, Routes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pymesh.resources import ResourceKey
    from pymesh.resources.gateway import Gateway
    from pymesh.translate._view import View
    from pymesh.translate.gateway._attachment import Attachment, Route
    from pymesh.translate.gateway._listeners import ListenerView, Problem
    from pymesh.translate.gateway._parents import ParentStatus

__all__ = ["GatewayResult", "class_status", "translate_gateway"]

NAME_LABEL = "kubernetes.io/metadata.name"
"""The label that Kubernetes gives every namespace: its name."""


class GatewayResult(NamedTuple):
    """What a Gateway is translated to.

    Args:
        listeners: The ports to serve.
        routes: The routes of each port and host.
        status: The Gateway's status.
        parents: What the routes that name it are told, by route.
    """

    listeners: tuple[Listener, ...]
    routes: tuple[Routes, ...]
    status: GatewayStatus
    parents: Mapping[ResourceKey, tuple[ParentStatus, ...]]


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


def translate_gateway(
    view: View, gateway: Gateway, routes: Iterable[Route]
) -> GatewayResult | None:
    """Translates a Gateway.

    Args:
        view: The resources.
        gateway: The Gateway.
        routes: The routes that may refer to it.

    Returns:
        Documents and statuses; ``None`` if the Gateway is another controller's.
    """
    name = gateway.spec.gateway_class_name
    gateway_class = view.get(GatewayClass, "", name)
    if gateway_class is None:
        # The class exists without being declared, so that a folder of files can do without it.
        if name != DEFAULT_CLASS:
            return None
    elif gateway_class.spec.controller_name != CONTROLLER_NAME:
        return None
    problem = _refusal(gateway, gateway_class)
    views = _listeners.listeners(gateway)
    attachments = [
        _usable(view, attachment)
        for attachment in attach(gateway, views, routes, lambda name: _labels(view, name))
    ]
    return GatewayResult(
        listeners=() if problem else _documents(gateway, views),
        routes=() if problem else _routes(view, gateway, views, attachments),
        status=_status(gateway, views, attachments, problem),
        parents=by_route(_told(view, attachment) for attachment in attachments),
    )


def _usable(view: View, attachment: Attachment) -> Attachment:
    """Detaches a route of which no rule can be done."""
    if not attachment.listeners:
        return attachment
    refused = route_rules(view, RouteAt(attachment.route.key, _port(attachment))).refused
    return attachment._replace(listeners=(), problem=refused) if refused else attachment


def _told(view: View, attachment: Attachment) -> ParentStatus:
    """What a route is told about one of its references."""
    rules = route_rules(view, RouteAt(attachment.route.key, _port(attachment)))
    return parent_status(attachment, rules)


def _port(attachment: Attachment) -> int:
    """A port at which the route's rules are known; what is said of them does not depend on it."""
    listeners = attachment.listeners
    return listeners[0].listener.listener.port if listeners else 0


def _labels(view: View, name: str) -> Mapping[str, str]:
    namespace = view.get(Namespace, "", name)
    return {NAME_LABEL: name, **(namespace.metadata.labels if namespace else {})}


def _refusal(gateway: Gateway, gateway_class: GatewayClass | None) -> Problem | None:
    """Why a Gateway as a whole is not accepted."""
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


def _documents(gateway: Gateway, views: Iterable[ListenerView]) -> tuple[Listener, ...]:
    key = f"{gateway.namespace}/{gateway.name}"
    return tuple(
        Listener(
            gateway=key,
            name=view.listener.name,
            port=view.listener.port,
            protocol="http",
            hosts=(view.host,),
        )
        for view in views
        if view.programmed
    )


def _routes(
    view: View,
    gateway: Gateway,
    views: Sequence[ListenerView],
    attachments: Iterable[Attachment],
) -> tuple[Routes, ...]:
    """One document for each port and host.

    A host belongs to the listener with the most specific hostname alone, so that a listener
    without a route for its hostname answers 404 instead of leaving it to a wider one.
    """
    found: dict[tuple[int, str], dict[object, tuple[RouteRule, ...]]] = {}
    for attachment in attachments:
        for attached in attachment.listeners:
            port = attached.listener.listener.port
            for host in attached.hosts:
                owner = _listeners.most_specific(port, host, views)
                if owner is not None and owner.listener.name == attached.listener.listener.name:
                    # Two references of one route to one listener are one attachment.
                    route = attachment.route
                    translated = route_rules(view, RouteAt(route.key, port))
                    found.setdefault((port, host), {})[route.key] = translated.rules
    for one in views:
        if one.programmed:
            found.setdefault((one.listener.port, one.host), {})
    return tuple(
        Routes(
            host=host,
            gateway=f"{gateway.namespace}/{gateway.name}",
            namespace=gateway.namespace,
            port=port,
            rules=tuple(rule for rules in of_routes.values() for rule in rules),
        )
        for (port, host), of_routes in sorted(found.items())
    )


def _status(
    gateway: Gateway,
    views: Sequence[ListenerView],
    attachments: Iterable[Attachment],
    problem: Problem | None,
) -> GatewayStatus:
    generation = gateway.metadata.generation
    attached: dict[str, set[object]] = {}
    for attachment in attachments:
        for one in attachment.listeners:
            attached.setdefault(one.listener.listener.name, set()).add(attachment.route.key)
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
