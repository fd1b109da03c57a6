"""What HTTPRoute and GRPCRoute have in common, for rules that look at both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.gateway.grpc_route import GRPCRoute
from pymesh.resources.gateway.http_route import HTTPRoute
from pymesh.validate._rules import Code, Issue, Path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pymesh.resources.gateway._http_filters import HTTPRouteFilter
    from pymesh.resources.gateway._references import BackendObjectReference
    from pymesh.resources.gateway.grpc_route import (
        GRPCBackendReference,
        GRPCRouteFilter,
        GRPCRouteRule,
    )
    from pymesh.resources.gateway.http_route import HTTPBackendReference, HTTPRouteRule
    from pymesh.resources.mesh import Mesh

    Route = HTTPRoute | GRPCRoute
    RouteRule = HTTPRouteRule | GRPCRouteRule
    RouteFilter = HTTPRouteFilter | GRPCRouteFilter
    RouteBackend = HTTPBackendReference | GRPCBackendReference

LIST_DUPLICATE = Code(
    "list-entry-duplicate",
    "error",
    "Two entries of a list have the same name (or are the same), and the API server keeps such a "
    "list free of duplicates.",
    "Remove one of the two; several values of a header field go into one value, with commas.",
)


NAME_REPEATED = Code(
    "header-name-repeated",
    "warning",
    "Two entries of a list name the same header field in different case. Names of header fields "
    "are compared without case, and only the first of the entries counts.",
    "Keep one of them; several values of a header field go into one value, with commas.",
)


def routes_of(mesh: Mesh) -> Iterator[Route]:
    """Every route of a mesh, of both kinds."""
    yield from mesh.of(HTTPRoute)
    yield from mesh.of(GRPCRoute)


def rules_of_route(route: Route) -> Iterator[tuple[RouteRule, Path]]:
    """Every rule of a route, and where."""
    rules: Sequence[RouteRule] = route.spec.rules or ()
    for index, rule in enumerate(rules):
        yield rule, ("spec", "rules", index)


def backends_of(route: Route) -> Iterator[tuple[RouteBackend, Path]]:
    """Every backend of a route's rules, and where."""
    for rule, path in rules_of_route(route):
        backends: Sequence[RouteBackend] = rule.backend_refs or ()
        for index, backend in enumerate(backends):
            yield backend, (*path, "backendRefs", index)


def filter_lists(route: Route) -> Iterator[tuple[Sequence[RouteFilter], Path]]:
    """Every list of filters, of rules and of backends, and where."""
    for rule, path in rules_of_route(route):
        if rule.filters:
            yield rule.filters, (*path, "filters")
        backends: Sequence[RouteBackend] = rule.backend_refs or ()
        for index, backend in enumerate(backends):
            if backend.filters:
                yield backend.filters, (*path, "backendRefs", index, "filters")


def filters_of(route: Route) -> Iterator[tuple[RouteFilter, Path]]:
    """Every filter, and where."""
    for filters, path in filter_lists(route):
        for index, one in enumerate(filters):
            yield one, (*path, index)


def mirrors_of(route: Route) -> Iterator[tuple[BackendObjectReference, Path]]:
    """Every backend that requests are mirrored to, and where."""
    for one, path in filters_of(route):
        if one.request_mirror is not None:
            yield one.request_mirror.backend_ref, (*path, "requestMirror", "backendRef")


def repeated_names(names: Sequence[str], path: Path) -> Iterator[Issue]:
    """Finds names of header fields that differ from an earlier one in case only."""
    seen: dict[str, str] = {}
    for index, name in enumerate(names):
        first = seen.setdefault(name.lower(), name)
        if first != name:
            message = f"{name} is the same header field as {first}, which alone counts"
            yield Issue("header-name-repeated", message, (*path, index))


def duplicates(keys: Iterable[object], path: Path, what: str) -> Iterator[Issue]:
    """Finds entries of a list whose key an earlier one has."""
    seen = set()
    for index, key in enumerate(keys):
        if key in seen:
            yield Issue("list-entry-duplicate", f"{what} {key!r} is here twice", (*path, index))
        seen.add(key)
