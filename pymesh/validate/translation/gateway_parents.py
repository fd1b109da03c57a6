"""Routes of Gateway API that share a parent with others, or have one that takes no routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.gateway._types import GROUP
from pymesh.resources.gateway.gateway import Gateway
from pymesh.resources.gateway.grpc_route import GRPCRoute
from pymesh.resources.gateway.http_route import HTTPRoute
from pymesh.resources.kubernetes import Service
from pymesh.validate._rules import Code, Issue, Path, mesh_rule
from pymesh.validate.gateway_api._routes import routes_of
from pymesh.validate.gateway_api.attachments import _takes_kind, _takes_namespace
from pymesh.validate.translation.hostnames import ANY, HostTable, intersect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources.gateway._references import ParentReference
    from pymesh.resources.gateway.gateway import Listener
    from pymesh.resources.mesh import Mesh
    from pymesh.validate.gateway_api._routes import Route

__all__ = ["check_kinds_at_gateways", "check_kinds_of_services", "check_service_parents"]

KIND_CONFLICT = Code(
    "route-kind-conflict",
    "warning",
    "An HTTPRoute and a GRPCRoute are for one hostname of a listener, or for one port of a "
    "Service. The two kinds are never merged, so only one of them is used: of a listener the older "
    "(then the first by namespace and name), of a Service the GRPCRoute. The other has the "
    "condition `Accepted: False` with the reason `Conflicted`.",
    "Give them different hostnames or ports, or make both of one kind: a gRPC call is a POST to "
    "`/service/method`, which an HTTPRoute can match.",
)
PARENT_WITHOUT_ADDRESS = Code(
    "parent-without-address",
    "warning",
    "A route's parent is a Service that has no address of its own: it is headless, or an "
    "ExternalName. Such a Service cannot have routes (GEP-1294), and the route is not accepted.",
    "Name a Service with a cluster address as the parent.",
)


@mesh_rule(codes=[PARENT_WITHOUT_ADDRESS])
def check_service_parents(mesh: Mesh) -> Iterator[Issue]:
    """Parents of routes that are Services have an address of their own."""
    for route in routes_of(mesh):
        for ref, path in _parents(route, "", "Service"):
            service = mesh.get(Service, ref.namespace or route.namespace, ref.name)
            if service is None or not (service.headless or service.spec.type == "ExternalName"):
                continue
            kind = "headless" if service.headless else "an ExternalName"
            message = f"Service {service.namespace}/{service.name} is {kind}"
            yield Issue("parent-without-address", message, (*path, "name"), resource=route)


@mesh_rule(codes=[KIND_CONFLICT])
def check_kinds_of_services(mesh: Mesh) -> Iterator[Issue]:
    """HTTPRoutes for ports of Services that a GRPCRoute of the same namespace has, too."""
    claims = {
        (place, route.namespace): route
        for route in mesh.of(GRPCRoute)
        for ref, _ in _parents(route, "", "Service")
        for place in _ports(mesh, route, ref)
    }
    for route in mesh.of(HTTPRoute) if claims else ():
        for ref, path in _parents(route, "", "Service"):
            places = _ports(mesh, route, ref)
            others = [claims.get((place, route.namespace)) for place in places]
            if places and all(others):
                message = f"{others[0] and others[0].key} is for the same port and is used alone"
                yield Issue("route-kind-conflict", message, path, resource=route)


def _ports(mesh: Mesh, route: Route, ref: ParentReference) -> list[tuple[str, str, int]]:
    """The ports of a Service that a reference means."""
    namespace = ref.namespace or route.namespace
    service = mesh.get(Service, namespace, ref.name)
    return [
        (namespace, ref.name, port.port)
        for port in (service.spec.ports if service else ())
        if port.protocol == "TCP"
        and ref.port in {None, port.port}
        and ref.section_name in {None, port.name}
    ]


@mesh_rule(codes=[KIND_CONFLICT])
def check_kinds_at_gateways(mesh: Mesh) -> Iterator[Issue]:
    """Routes for hostnames of listeners that an older route of the other kind has, too."""
    http, grpc = mesh.of(HTTPRoute), mesh.of(GRPCRoute)
    if not http or not grpc:
        return
    claims: dict[tuple[str, str, str, str], HostTable[Route]] = {}
    for route in sorted(routes_of(mesh), key=_age):
        other = "GRPCRoute" if isinstance(route, HTTPRoute) else "HTTPRoute"
        for ref, path in _parents(route, GROUP, "Gateway"):
            gateway = mesh.get(Gateway, ref.namespace or route.namespace, ref.name)
            if gateway is None:
                continue
            for listener in _listeners(mesh, route, ref, gateway):
                place = (gateway.namespace, gateway.name, listener.name)
                hosts = _hosts(route, listener)
                theirs = claims.get((*place, other), HostTable())
                winner = next(filter(None, map(theirs.find, hosts)), None)
                if winner is not None:
                    message = f"{winner.key} has a hostname in common at listener {listener.name}"
                    yield Issue("route-kind-conflict", message, path, resource=route)
                    continue
                own = claims.setdefault((*place, route.KIND), HostTable())
                for host in hosts:
                    own.add(host, route)


def _parents(route: Route, group: str, kind: str) -> Iterator[tuple[ParentReference, Path]]:
    for index, ref in enumerate(route.spec.parent_refs or ()):
        if (ref.group, ref.kind) == (group, kind):
            yield ref, ("spec", "parentRefs", index)


def _listeners(
    mesh: Mesh, route: Route, ref: ParentReference, gateway: Gateway
) -> Iterator[Listener]:
    """The listeners of a Gateway that take a route."""
    for listener in gateway.spec.listeners:
        if (
            listener.protocol == "HTTP"
            and ref.section_name in {None, listener.name}
            and ref.port in {None, listener.port}
            and _takes_kind(listener, route)
            and _takes_namespace(mesh, listener, route, gateway)
        ):
            yield listener


def _hosts(route: Route, listener: Listener) -> list[str]:
    common = (intersect(listener.hostname or ANY, host) for host in route.spec.hostnames or (ANY,))
    return [host for host in common if host is not None]


def _age(route: Route) -> tuple[float, str, str]:
    created = route.metadata.creation_timestamp
    return (created.timestamp() if created else 0.0, route.namespace, route.name)
