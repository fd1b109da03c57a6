"""Whether routes attach to what they name: Gateways, their listeners, Services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.gateway._types import GROUP
from pymesh.resources.gateway.gateway import Gateway, Listener
from pymesh.resources.gateway.gateway_class import (
    CONTROLLER_NAME,
    DEFAULT_CLASS,
    GatewayClass,
)
from pymesh.resources.kubernetes import Service
from pymesh.validate._rules import Code, Issue, Path, mesh_rule
from pymesh.validate.gateway_api._routes import routes_of
from pymesh.validate.gateway_api.gateways import SERVED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources.gateway._references import ParentReference
    from pymesh.resources.mesh import Mesh
    from pymesh.validate.gateway_api._routes import Route

PARENT_MISSING = Code(
    "parent-missing",
    "error",
    "A route names a Gateway, a listener of one, or a Service that is not among the resources, so "
    "that it does not attach there and gets no requests from there.",
    "Correct the name, namespace, `sectionName` or `port`, or add what is missing.",
)
PARENT_KIND = Code(
    "parent-kind",
    "error",
    "A route names a parent that is neither a Gateway nor a Service, which no route attaches to.",
    'Name a Gateway, or a Service (`group: ""`) for requests within the mesh.',
)
NO_PARENT = Code(
    "route-without-parent",
    "warning",
    "A route has no `parentRefs`, so that it attaches nowhere and gets no requests.",
    "Name a Gateway, or a Service for requests within the mesh.",
)
NOT_ALLOWED = Code(
    "route-not-allowed",
    "warning",
    "A route names a Gateway whose listeners do not take it: `allowedRoutes` is for other kinds of "
    "routes or other namespaces, or the listeners' host names and the route's have none in common.",
    "Change `allowedRoutes` of the listener (the default is the Gateway's own namespace), or the "
    "route's `hostnames`.",
)
CLASS_MISSING = Code(
    "gateway-class-missing",
    "warning",
    "A Gateway is of a class that is not among the resources, so that nobody serves it. Only the "
    "class `pymesh` exists by itself.",
    "Set `gatewayClassName: pymesh`, or add the GatewayClass with the controller name "
    "`mesh.pymesh.dev/gateway-controller`.",
)
CLASS_FOREIGN = Code(
    "gateway-class-foreign",
    "info",
    "A Gateway is of a class that another controller serves; it is left alone.",
    "Nothing has to be done, unless it is meant to be served here: then set "
    "`gatewayClassName: pymesh`.",
)


@mesh_rule(codes=[CLASS_MISSING, CLASS_FOREIGN])
def check_classes(mesh: Mesh) -> Iterator[Issue]:
    """Gateways are of a class that is served."""
    for gateway in mesh.of(Gateway):
        name = gateway.spec.gateway_class_name
        found = mesh.get(GatewayClass, "", name)
        path = ("spec", "gatewayClassName")
        if found is None:
            if name != DEFAULT_CLASS:
                message = f"there is no GatewayClass {name}, so nobody serves this Gateway"
                yield Issue("gateway-class-missing", message, path, resource=gateway)
        elif found.spec.controller_name != CONTROLLER_NAME:
            message = f"GatewayClass {name} is served by {found.spec.controller_name}"
            yield Issue("gateway-class-foreign", message, path, resource=gateway)


@mesh_rule(codes=[PARENT_MISSING, PARENT_KIND, NO_PARENT, NOT_ALLOWED])
def check_parents(mesh: Mesh) -> Iterator[Issue]:
    """Routes attach to what they name."""
    for route in routes_of(mesh):
        if not route.spec.parent_refs:
            message = "the route names no parent, so it gets no requests"
            yield Issue("route-without-parent", message, ("spec",), resource=route)
        for index, parent in enumerate(route.spec.parent_refs or ()):
            path = ("spec", "parentRefs", index)
            if (parent.group, parent.kind) == (GROUP, "Gateway"):
                yield from _check_gateway(mesh, route, parent, path)
            elif (parent.group, parent.kind) == ("", "Service"):
                yield from _check_service(mesh, route, parent, path)
            else:
                message = f"routes do not attach to {parent.group or 'core'}/{parent.kind}"
                yield Issue("parent-kind", message, path, resource=route)


def _check_service(
    mesh: Mesh, route: Route, parent: ParentReference, path: Path
) -> Iterator[Issue]:
    namespace = parent.namespace or route.namespace
    service = mesh.get(Service, namespace, parent.name)
    if service is None:
        message = f"there is no Service {namespace}/{parent.name}"
        yield Issue("parent-missing", message, (*path, "name"), resource=route)
    elif parent.port is not None and service.port(parent.port) is None:
        message = f"Service {namespace}/{parent.name} has no port {parent.port}"
        yield Issue("parent-missing", message, (*path, "port"), resource=route)


def _check_gateway(
    mesh: Mesh, route: Route, parent: ParentReference, path: Path
) -> Iterator[Issue]:
    namespace = parent.namespace or route.namespace
    gateway = mesh.get(Gateway, namespace, parent.name)
    if gateway is None:
        message = f"there is no Gateway {namespace}/{parent.name}"
        yield Issue("parent-missing", message, (*path, "name"), resource=route)
        return
    named = [
        listener
        for listener in gateway.spec.listeners
        if parent.section_name in {None, listener.name}
    ]
    meant = [listener for listener in named if parent.port in {None, listener.port}]
    if not meant:
        field = "port" if named else "sectionName"
        asked = parent.port if named else parent.section_name
        known = ", ".join(f"{each.name} ({each.port})" for each in gateway.spec.listeners)
        yield Issue(
            "parent-missing",
            f"Gateway {namespace}/{parent.name} has no listener with {field} {asked}",
            (*path, field),
            hint=f"its listeners are {known}",
            resource=route,
        )
        return
    reason = _refusal(mesh, route, gateway, meant)
    if reason:
        message = f"Gateway {namespace}/{parent.name} does not take the route: {reason}"
        yield Issue("route-not-allowed", message, path, resource=route)


def _refusal(mesh: Mesh, route: Route, gateway: Gateway, listeners: list[Listener]) -> str:
    """Why none of the listeners takes a route; empty if one does."""
    served = [listener for listener in listeners if listener.protocol in SERVED]
    if not served:
        protocols = ", ".join(dict.fromkeys(listener.protocol for listener in listeners))
        return f"its listeners are for {protocols}, which is not served"
    kinds = [listener for listener in served if _takes_kind(listener, route)]
    if not kinds:
        return f"no listener is for {route.KIND}s"
    namespaces = [
        listener for listener in kinds if _takes_namespace(mesh, listener, route, gateway)
    ]
    if not namespaces:
        return f"its listeners are not for namespace {route.namespace}"
    hostnames = route.spec.hostnames
    if hostnames and not any(
        _in_common(listener.hostname or "*", hostname)
        for listener in namespaces
        for hostname in hostnames
    ):
        known = ", ".join(listener.hostname or "*" for listener in namespaces)
        return f"none of the host names is one of {known}"
    return ""


def _takes_kind(listener: Listener, route: Route) -> bool:
    kinds = listener.allowed_routes.kinds
    return not kinds or any((each.group, each.kind) == (GROUP, route.KIND) for each in kinds)


def _takes_namespace(mesh: Mesh, listener: Listener, route: Route, gateway: Gateway) -> bool:
    allowed = listener.allowed_routes.namespaces
    if allowed.from_ == "Selector":
        labels = dict(mesh.namespaces.get(route.namespace, {}))
        return allowed.selector is not None and allowed.selector.matches(labels)
    return allowed.from_ == "All" or route.namespace == gateway.namespace


def _in_common(one: str, other: str) -> bool:
    """Whether two host names, of which each may begin with a wildcard, have a name in common."""
    return one == other or _covers(one, other) or _covers(other, one)


def _covers(wide: str, narrow: str) -> bool:
    return wide == "*" or (wide.startswith("*.") and narrow.removeprefix("*").endswith(wide[1:]))
