"""How routes are found, and their rules as units of the translation."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymesh.resources.gateway import GRPCRoute, HTTPRoute
from pymesh.translate._view import Index, unit
from pymesh.translate.gateway._attachment import Route, age, is_gateway
from pymesh.translate.gateway._rules import Parent, Translated, rules

if TYPE_CHECKING:
    from pymesh.resources import ResourceKey
    from pymesh.resources.gateway._references import ParentReference
    from pymesh.translate._view import View

__all__ = [
    "Name",
    "RouteAt",
    "is_service",
    "parent_gateways",
    "parent_services",
    "route",
    "route_rules",
    "routes_of_gateway",
    "routes_of_service",
]

Name = tuple[str, str]
"""Namespace and name."""

NOTHING = Translated(())


def is_service(ref: ParentReference) -> bool:
    """Whether a ``parentRef`` names a Service."""
    return ref.kind == "Service" and ref.group in {"", "core"}


def parent_gateways(one: Route) -> set[Name]:
    """The Gateways that a route names."""
    return _named(one, gateways=True)


def parent_services(one: Route) -> set[Name]:
    """The Services that a route names as parents."""
    return _named(one, gateways=False)


def _named(one: Route, *, gateways: bool) -> set[Name]:
    return {
        (ref.namespace or one.namespace, ref.name)
        for ref in one.spec.parent_refs or ()
        if (is_gateway(ref) if gateways else is_service(ref))
    }


HTTP_OF_GATEWAY = Index(HTTPRoute, parent_gateways)
GRPC_OF_GATEWAY = Index(GRPCRoute, parent_gateways)
HTTP_OF_SERVICE = Index(HTTPRoute, parent_services)
GRPC_OF_SERVICE = Index(GRPCRoute, parent_services)


def routes_of_gateway(view: View, gateway: Name) -> list[Route]:
    """The routes that name a Gateway, by precedence."""
    found: tuple[Route, ...] = (
        *view.find(HTTP_OF_GATEWAY, gateway),
        *view.find(GRPC_OF_GATEWAY, gateway),
    )
    return sorted(found, key=age)


def routes_of_service(view: View, service: Name) -> list[Route]:
    """The routes that name a Service as their parent, by precedence."""
    found: tuple[Route, ...] = (
        *view.find(HTTP_OF_SERVICE, service),
        *view.find(GRPC_OF_SERVICE, service),
    )
    return sorted(found, key=age)


def route(view: View, key: ResourceKey) -> Route | None:
    """A route by its key."""
    if key.kind == HTTPRoute.KIND:
        return view.get(HTTPRoute, key.namespace, key.name)
    return view.get(GRPCRoute, key.namespace, key.name)


class RouteAt(NamedTuple):
    """A route at the port of a listener, or in the mesh.

    Args:
        route: The route.
        port: The port; ``None`` in the mesh.
    """

    route: ResourceKey
    port: int | None


@unit
def route_rules(view: View, key: RouteAt) -> Translated:
    """The rules of a route: one unit for each, so that a changed route costs itself alone."""
    found = route(view, key.route)
    return rules(view, found, Parent(key.port)) if found else NOTHING
