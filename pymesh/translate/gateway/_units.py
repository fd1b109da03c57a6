"""The units of the Gateway API translation, and which of them are its roots.

A route is attached to a Gateway by a unit of its own, and so is its status made, so that one
changed route of thousands costs itself and the Gateway's documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymesh.resources import ResourceKey
from pymesh.resources.gateway import Gateway, GatewayClass, GRPCRoute, HTTPRoute
from pymesh.resources.kubernetes import Namespace, Service
from pymesh.translate._output import EMPTY, Output, Root
from pymesh.translate._view import by_name, unit
from pymesh.translate.gateway import _attachment, _gateways, _listeners
from pymesh.translate.gateway._mesh import MeshResult, translate_service
from pymesh.translate.gateway._parents import parent_status
from pymesh.translate.gateway._routes import (
    GRPC_OF_GATEWAY,
    GRPC_OF_SERVICE,
    HTTP_OF_GATEWAY,
    HTTP_OF_SERVICE,
    Name,
    RouteAt,
    is_service,
    route,
    route_rules,
    routes_of_gateway,
    routes_of_service,
)
from pymesh.translate.gateway._status import RouteParentStatus, RouteStatus
from pymesh.translate.istio.names import service_names
from pymesh.wire import RouteRule, Routes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pymesh.translate._view import View
    from pymesh.translate.gateway._attachment import Attachment, Conflict, Route
    from pymesh.translate.gateway._gateways import Claim
    from pymesh.translate.gateway._listeners import ListenerView

__all__ = ["ROOTS"]

NAME_LABEL = "kubernetes.io/metadata.name"
"""The label that Kubernetes gives every namespace: its name."""


class AtGateway(NamedTuple):
    """A route and a Gateway that it names."""

    gateway: Name
    route: ResourceKey


@unit
def claim(view: View, gateway: Name) -> Claim | None:
    """Whether a Gateway is there and ours."""
    found = view.get(Gateway, *gateway)
    if found is None:
        return None
    return _gateways.claim(found, view.get(GatewayClass, "", found.spec.gateway_class_name))


@unit
def listeners(view: View, gateway: Name) -> tuple[ListenerView, ...]:
    """The listeners of a Gateway."""
    found = view.get(Gateway, *gateway)
    return _listeners.listeners(found) if found else ()


@unit
def attached(view: View, key: AtGateway) -> tuple[Attachment, ...]:
    """Where a route is attached, as if the Gateway had no other."""
    gateway = view.get(Gateway, *key.gateway)
    found = route(view, key.route)
    if gateway is None or found is None:
        return ()

    def labels() -> Mapping[str, str]:
        namespace = view.get(Namespace, "", found.namespace)
        return {NAME_LABEL: found.namespace, **(namespace.metadata.labels if namespace else {})}

    attachments = _attachment.attach(found, gateway, listeners(view, key.gateway), labels)
    return tuple(_usable(view, key.route, attachment) for attachment in attachments)


def _usable(view: View, key: ResourceKey, attachment: Attachment) -> Attachment:
    """Detaches a route of which no rule can be done."""
    if not attachment.listeners:
        return attachment
    refused = route_rules(view, RouteAt(key, attachment.listeners[0].port)).refused
    return attachment._replace(listeners=(), problem=refused) if refused else attachment


@unit
def conflicts(view: View, gateway: Name) -> frozenset[Conflict]:
    """Where routes of the two kinds meet at a Gateway, and which of them lose."""
    http, grpc = view.find(HTTP_OF_GATEWAY, gateway), view.find(GRPC_OF_GATEWAY, gateway)
    if not http or not grpc:
        return frozenset()
    return _attachment.conflicts(
        (one.key, attached(view, AtGateway(gateway, one.key)))
        for one in routes_of_gateway(view, gateway)
    )


def settled(view: View, key: AtGateway) -> tuple[Attachment, ...]:
    """Where a route is attached in the end."""
    lost = conflicts(view, key.gateway)
    return tuple(_attachment.settled(key.route, one, lost) for one in attached(view, key))


@unit
def mesh_routes(view: View, service: Name) -> MeshResult:
    """The routes whose parent is a Service."""
    found = view.get(Service, *service)
    return translate_service(view, service, found, routes_of_service(view, service))


@unit
def class_output(view: View, name: Name) -> Output:
    """The status of a GatewayClass."""
    found = view.get(GatewayClass, *name)
    status = _gateways.class_status(found) if found else None
    return Output(statuses=((found.key, status),)) if found and status else EMPTY


@unit
def gateway_output(view: View, name: Name) -> Output:
    """The documents and the status of a Gateway."""
    gateway = view.get(Gateway, *name)
    ours = claim(view, name)
    if gateway is None or ours is None:
        return EMPTY
    views = listeners(view, name)
    attachments = [
        (one.key, settled(view, AtGateway(name, one.key))) for one in routes_of_gateway(view, name)
    ]

    def rules_at(key: ResourceKey, port: int) -> tuple[RouteRule, ...]:
        return route_rules(view, RouteAt(key, port)).rules

    status = _gateways.status(gateway, views, attachments, ours.problem)
    if ours.problem:
        return Output(statuses=((gateway.key, status),))
    return Output(
        documents=(
            *_gateways.listener_documents(gateway, views),
            *_gateways.route_documents(gateway, views, attachments, rules_at),
        ),
        statuses=((gateway.key, status),),
    )


@unit
def mesh_output(view: View, name: Name) -> Output:
    """The routes of a Service, in place of the one that it has anyway."""
    result = mesh_routes(view, name)
    names = service_names(view, name)
    if not result.routes or names is None:
        return EMPTY
    return Output(
        documents=tuple(
            Routes(
                host=names.host,
                aliases=names.aliases,
                local_aliases=names.local_aliases,
                namespace=name[0],
                audience=one.audience,
                port=one.port,
                rules=one.rules,
            )
            for one in result.routes
        )
    )


@unit
def route_output(view: View, key: ResourceKey) -> Output:
    """The status of a route: one entry for each of its references to a parent that is ours."""
    found = route(view, key)
    if found is None:
        return EMPTY
    parents = dict.fromkeys(
        (is_service(ref), (ref.namespace or found.namespace, ref.name))
        for ref in found.spec.parent_refs or ()
        if is_service(ref) or _attachment.is_gateway(ref)
    )
    entries: dict[int, RouteParentStatus] = {}
    for service, name in parents:
        told = _told_by_service if service else _told_by_gateway
        entries.update(told(view, found, name))
    if not entries:
        return EMPTY
    status = RouteStatus(parents=tuple(entries[position] for position in sorted(entries)))
    return Output(statuses=((key, status),))


def _told_by_gateway(
    view: View, found: Route, gateway: Name
) -> Iterable[tuple[int, RouteParentStatus]]:
    if claim(view, gateway) is None:
        return
    for one in settled(view, AtGateway(gateway, found.key)):
        # What is said of the rules is the same at every port.
        port = one.listeners[0].port if one.listeners else 0
        rules = route_rules(view, RouteAt(found.key, port))
        yield one.position, parent_status(found, one, rules)


def _told_by_service(
    view: View, found: Route, service: Name
) -> Iterable[tuple[int, RouteParentStatus]]:
    for one in mesh_routes(view, service).attachments.get(found.key, ()):
        rules = route_rules(view, RouteAt(found.key, None))
        yield one.position, parent_status(found, one, rules)


def _services(view: View) -> Iterable[Name]:
    return view.keys(HTTP_OF_SERVICE) | view.keys(GRPC_OF_SERVICE)


def _routes(view: View) -> Iterable[ResourceKey]:
    for kind in (HTTPRoute, GRPCRoute):
        for namespace, name in view.keys(by_name(kind)):
            yield ResourceKey(kind.GROUP, kind.KIND, namespace, name)


ROOTS = (
    Root("gateway-classes", lambda view: view.keys(by_name(GatewayClass)), class_output),
    Root("gateways", lambda view: view.keys(by_name(Gateway)), gateway_output),
    Root("gateway-mesh", _services, mesh_output, rank=10),
    Root("gateway-routes", _routes, route_output),
)
