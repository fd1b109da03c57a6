"""Routes of the mesh: those whose parent is a Service (GAMMA, GEP-1294)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymesh.translate.gateway._attachment import Attachment
from pymesh.translate.gateway._routes import RouteAt, is_service, route_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pymesh.resources import ResourceKey
    from pymesh.resources.gateway._references import ParentReference
    from pymesh.resources.kubernetes import Service
    from pymesh.translate._view import View
    from pymesh.translate.gateway._attachment import Route
    from pymesh.translate.gateway._listeners import Problem
    from pymesh.wire import RouteRule

__all__ = ["MeshResult", "MeshRoutes", "translate_service"]


class MeshRoutes(NamedTuple):
    """The rules for one port of a service, as clients of one audience see them.

    Args:
        port: The service's port.
        audience: ``*`` for the routes of the service's own namespace, else the namespace whose
            clients follow these instead.
        rules: The rules.
    """

    port: int
    audience: str
    rules: tuple[RouteRule, ...]


class MeshResult(NamedTuple):
    """What the routes of a service are translated to.

    Args:
        routes: Rules by port and audience; they stand in for the service's implicit route.
        attachments: What became of the routes' references, by route.
    """

    routes: tuple[MeshRoutes, ...]
    attachments: Mapping[ResourceKey, tuple[Attachment, ...]]


class _Claim(NamedTuple):
    """One reference of a route to the service."""

    route: Route
    position: int
    audience: str
    ports: tuple[int, ...]
    problem: Problem | None


def translate_service(
    view: View, name: tuple[str, str], service: Service | None, routes: Iterable[Route]
) -> MeshResult:
    """Translates the routes whose parent is one service.

    ``hostnames`` of such routes mean nothing, says GEP-1294; backends need no grant.

    Args:
        view: The resources.
        name: The service's namespace and name.
        service: The service; ``None`` if there is none of that name.
        routes: Routes that may refer to it, by precedence.
    """
    claims = [_usable(view, claim) for route in routes for claim in _claims(name, service, route)]
    used = _used(claims)
    rules = {claim.route.key: route_rules(view, RouteAt(claim.route.key, None)) for claim in claims}
    attachments: dict[ResourceKey, tuple[Attachment, ...]] = {}
    for claim in claims:
        problem = claim.problem
        key = claim.route.key
        places = [(port, claim.audience) for port in claim.ports]
        if problem is None and not any(key in used[place] for place in places):
            problem = ("Conflicted", "a GRPCRoute has the same port of the Service")
        attachment = Attachment(claim.position, problem=problem)
        attachments[key] = (*attachments.get(key, ()), attachment)
    return MeshResult(
        tuple(
            MeshRoutes(port, audience, tuple(rule for key in keys for rule in rules[key].rules))
            for (port, audience), keys in sorted(used.items())
        ),
        attachments,
    )


def _claims(name: tuple[str, str], service: Service | None, route: Route) -> Iterable[_Claim]:
    namespace = route.namespace
    for index, ref in enumerate(route.spec.parent_refs or ()):
        if is_service(ref) and (ref.namespace or namespace, ref.name) == name:
            ports, problem = _ports("/".join(name), service, ref)
            # A route beside the service is its producer's and speaks for all clients; any other
            # is a consumer's, for the clients of its own namespace.
            audience = "*" if namespace == name[0] else namespace
            yield _Claim(route, index, audience, ports, problem)


def _usable(view: View, claim: _Claim) -> _Claim:
    """Detaches a route of which no rule can be done."""
    refused = claim.ports and route_rules(view, RouteAt(claim.route.key, None)).refused
    return claim._replace(ports=(), problem=refused) if refused else claim


def _used(claims: Iterable[_Claim]) -> dict[tuple[int, str], list[ResourceKey]]:
    """By port and audience the routes that are used, those of one kind, each once."""
    found: dict[tuple[int, str], dict[ResourceKey, None]] = {}
    for claim in claims:
        for port in claim.ports:
            found.setdefault((port, claim.audience), {})[claim.route.key] = None
    return {
        place: [key for key in keys if key.kind == _preferred(keys)]
        for place, keys in found.items()
    }


def _preferred(keys: Iterable[ResourceKey]) -> str:
    """The kind that is used alone where several meet: GEP-1294 ranks GRPCRoute first."""
    return min(key.kind for key in keys)


def _ports(
    key: str, service: Service | None, ref: ParentReference
) -> tuple[tuple[int, ...], Problem | None]:
    """The ports of the service that a reference means."""
    if service is None:
        return (), ("NoMatchingParent", f"there is no Service {key}")
    if service.headless or service.spec.type == "ExternalName":
        kind = "headless" if service.headless else "an ExternalName"
        return (), ("UnsupportedValue", f"Service {key} is {kind} and cannot have routes")
    ports = tuple(
        port.port
        for port in service.spec.ports
        if port.protocol == "TCP"
        and ref.port in {None, port.port}
        and ref.section_name in {None, port.name}
    )
    if not ports:
        return (), ("NoMatchingParent", f"Service {key} has no such TCP port")
    return ports, None
