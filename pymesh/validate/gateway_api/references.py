"""What a route's backends refer to: services that are there, and may be referred to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.gateway._types import GROUP
from pymesh.resources.gateway.reference_grant import ReferenceGrant
from pymesh.resources.kubernetes import Service
from pymesh.validate._rules import Code, Issue, Path, mesh_rule
from pymesh.validate.gateway_api._routes import backends_of, mirrors_of, routes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources.gateway._references import BackendObjectReference
    from pymesh.resources.mesh import Mesh
    from pymesh.validate.gateway_api._routes import Route

BACKEND_MISSING = Code(
    "backend-missing",
    "error",
    "A backend is not among the resources, or has no such port. The requests that fall to it get "
    "500 (condition `ResolvedRefs` of the route: `BackendNotFound`).",
    "Correct the name, namespace or port, or add the Service.",
)
BACKEND_KIND = Code(
    "backend-kind",
    "error",
    "A backend is something that requests cannot be sent to: it is not a Service, is one of type "
    "ExternalName (which could name anything), or the port is not TCP. The requests that fall to "
    "it get 500.",
    "Refer to a Service with a TCP port; for hosts outside use a ServiceEntry.",
)
NOT_GRANTED = Code(
    "reference-not-granted",
    "error",
    "A backend is in another namespace, which has no ReferenceGrant for it. The requests that fall "
    "to it get 500 (condition `ResolvedRefs`: `RefNotPermitted`).",
    "Add a ReferenceGrant to the backend's namespace that names the route's kind and namespace.",
)


@mesh_rule(codes=[BACKEND_MISSING, BACKEND_KIND, NOT_GRANTED])
def check_backends(mesh: Mesh) -> Iterator[Issue]:
    """Backends are there, can take requests, and may be referred to."""
    for route in routes_of(mesh):
        for references in (backends_of(route), mirrors_of(route)):
            for backend, path in references:
                yield from _check_backend(mesh, route, backend, path)


def _check_backend(
    mesh: Mesh, route: Route, backend: BackendObjectReference, path: Path
) -> Iterator[Issue]:
    namespace = backend.namespace or route.namespace
    if (backend.group, backend.kind) != ("", "Service"):
        message = f"{backend.kind} {backend.name} cannot take requests"
        yield Issue("backend-kind", message, (*path, "kind"), resource=route)
        return
    if namespace != route.namespace and _needs_grant(route) and not _granted(mesh, route, backend):
        yield Issue(
            "reference-not-granted",
            f"namespace {namespace} does not let {route.KIND}s of {route.namespace} "
            f"refer to Service {backend.name}",
            (*path, "namespace"),
            hint=f"add a ReferenceGrant to namespace {namespace}",
            resource=route,
        )
        return
    service = mesh.get(Service, namespace, backend.name)
    if service is None:
        message = f"there is no Service {namespace}/{backend.name}"
        yield Issue("backend-missing", message, (*path, "name"), resource=route)
    elif service.spec.type == "ExternalName":
        message = f"Service {namespace}/{backend.name} is an ExternalName"
        yield Issue("backend-kind", message, (*path, "name"), resource=route)
    elif backend.port is not None:
        yield from _check_port(route, service, backend.port, (*path, "port"))


def _check_port(route: Route, service: Service, port: int, path: Path) -> Iterator[Issue]:
    found = [each for each in service.spec.ports if each.port == port]
    if not found:
        known = ", ".join(str(each.port) for each in service.spec.ports)
        yield Issue(
            "backend-missing",
            f"Service {service.namespace}/{service.name} has no port {port}",
            path,
            hint=f"its ports are {known}" if known else "",
            resource=route,
        )
    elif all(each.protocol != "TCP" for each in found):
        yield Issue("backend-kind", f"port {port} is not TCP", path, resource=route)


def _needs_grant(route: Route) -> bool:
    """Clients of a mesh reach every service anyway; a Gateway may not be made to."""
    parents = route.spec.parent_refs or ()
    return not parents or any(parent.kind == "Gateway" for parent in parents)


def _granted(mesh: Mesh, route: Route, backend: BackendObjectReference) -> bool:
    return any(
        any(
            (origin.group, origin.kind, origin.namespace) == (GROUP, route.KIND, route.namespace)
            for origin in grant.spec.from_
        )
        and any(
            (target.group, target.kind) == ("", "Service") and target.name in {None, backend.name}
            for target in grant.spec.to
        )
        for grant in mesh.of_namespace(ReferenceGrant, backend.namespace or route.namespace)
    )
