"""The units of the Gateway API translation, and which of them are its roots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.gateway import Gateway, GatewayClass, GRPCRoute, HTTPRoute
from pymesh.resources.kubernetes import Service
from pymesh.translate._output import EMPTY, Output, Root
from pymesh.translate._view import by_name, unit
from pymesh.translate.gateway._gateways import GatewayResult, class_status, translate_gateway
from pymesh.translate.gateway._mesh import MeshResult, translate_service
from pymesh.translate.gateway._routes import (
    GRPC_OF_SERVICE,
    HTTP_OF_SERVICE,
    Name,
    is_gateway,
    is_service,
    route,
    routes_of_gateway,
    routes_of_service,
)
from pymesh.translate.gateway._status import RouteStatus
from pymesh.translate.istio.names import service_names
from pymesh.wire import Routes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymesh.resources import ResourceKey
    from pymesh.translate._view import View
    from pymesh.translate.gateway._parents import ParentStatus

__all__ = ["ROOTS"]


@unit
def gateway(view: View, name: Name) -> GatewayResult | None:
    """A Gateway with its routes; ``None`` if there is none or it is not ours."""
    found = view.get(Gateway, *name)
    if found is None:
        return None
    return translate_gateway(view, found, routes_of_gateway(view, name))


@unit
def mesh_routes(view: View, name: Name) -> MeshResult:
    """The routes whose parent is a Service."""
    service = view.get(Service, *name)
    return translate_service(view, name, service, routes_of_service(view, name))


@unit
def gateway_class_output(view: View, name: Name) -> Output:
    """The status of a GatewayClass."""
    found = view.get(GatewayClass, *name)
    status = found and class_status(found)
    return Output(statuses=((found.key, status),)) if found and status else EMPTY


@unit
def gateway_output(view: View, name: Name) -> Output:
    """The documents and the status of a Gateway."""
    found = view.get(Gateway, *name)
    result = gateway(view, name)
    if found is None or result is None:
        return EMPTY
    return Output(
        documents=(*result.listeners, *result.routes), statuses=((found.key, result.status),)
    )


@unit
def mesh_output(view: View, name: Name) -> Output:
    """The routes of a Service, in place of the one that it has anyway."""
    result = mesh_routes(view, name)
    if not result.routes:
        return EMPTY
    names = service_names(view, name)
    if names is None:
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
    """The status of a route: one entry for each of its parents that is ours."""
    found = route(view, key)
    if found is None:
        return EMPTY
    entries: list[ParentStatus] = []
    # Several references to one parent are answered together by it.
    for is_gateway_ref, name in dict.fromkeys(
        (is_gateway(ref), (ref.namespace or found.namespace, ref.name))
        for ref in found.spec.parent_refs or ()
        if is_gateway(ref) or is_service(ref)
    ):
        result = gateway(view, name) if is_gateway_ref else mesh_routes(view, name)
        if result is not None:
            entries.extend(result.parents.get(key, ()))
    if not entries:
        return EMPTY
    entries.sort(key=lambda entry: entry.position)
    return Output(statuses=((key, RouteStatus(parents=tuple(one.status for one in entries))),))


def _services(view: View) -> Iterable[Name]:
    return view.keys(HTTP_OF_SERVICE) | view.keys(GRPC_OF_SERVICE)


def _routes(view: View) -> Iterable[ResourceKey]:
    from pymesh.resources import ResourceKey

    for kind in (HTTPRoute, GRPCRoute):
        for namespace, name in view.keys(by_name(kind)):
            yield ResourceKey(kind.GROUP, kind.KIND, namespace, name)


ROOTS = (
    Root("gateway-classes", lambda view: view.keys(by_name(GatewayClass)), gateway_class_output),
    Root("gateways", lambda view: view.keys(by_name(Gateway)), gateway_output),
    Root("gateway-mesh", _services, mesh_output, rank=10),
    Root("gateway-routes", _routes, route_output),
)
