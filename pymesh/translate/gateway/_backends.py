"""What a ``backendRef`` refers to, and whether it may."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymesh.resources.gateway import ReferenceGrant
from pymesh.resources.kubernetes import Service
from pymesh.translate.gateway._status import GROUP

if TYPE_CHECKING:
    from pymesh.resources.gateway._references import BackendObjectReference
    from pymesh.translate._view import View
    from pymesh.translate.gateway._attachment import Route
    from pymesh.translate.gateway._listeners import Problem

__all__ = ["Backend", "resolve"]


class Backend(NamedTuple):
    """The service behind a ``backendRef``.

    Args:
        service: ``namespace/name``.
        port: The service's port.
        problem: Why requests must not go there: reason and message of ``ResolvedRefs``.
    """

    service: str
    port: int
    problem: Problem | None = None


def resolve(view: View, route: Route, ref: BackendObjectReference, *, needs_grant: bool) -> Backend:
    """Finds the service that a route's backend reference means.

    Args:
        view: The resources.
        route: The route.
        ref: The reference.
        needs_grant: Whether a service of another namespace must have granted it; a route of the
            mesh needs none, since its clients reach every service anyway (GEP-1294).

    Returns:
        The service. What is missing and what is not granted cannot be told apart by a status'
        reader of another namespace: without a grant the service is not looked up.
    """
    namespace = ref.namespace or route.metadata.namespace
    port = ref.port or 0
    backend = Backend(f"{namespace}/{ref.name}", port)
    if (ref.group, ref.kind) != ("", "Service"):
        kind = f"{ref.kind}.{ref.group}" if ref.group else ref.kind
        return backend._replace(
            problem=("InvalidKind", f"a backend must be a Service, not a {kind}")
        )
    if needs_grant and namespace != route.metadata.namespace:
        grants = view.in_namespace(ReferenceGrant, namespace)
        if not any(_grants(grant, route, ref.name) for grant in grants):
            return backend._replace(
                problem=(
                    "RefNotPermitted",
                    f"no ReferenceGrant in namespace {namespace} lets {route.KIND}s of namespace"
                    f" {route.metadata.namespace} use Service {ref.name}",
                )
            )
    service = view.get(Service, namespace, ref.name)
    if service is None:
        return backend._replace(
            problem=("BackendNotFound", f"there is no Service {backend.service}")
        )
    return backend._replace(problem=_unusable(service, backend))


def _grants(grant: ReferenceGrant, route: Route, name: str) -> bool:
    """Whether a grant of the target's namespace covers the reference."""
    return any(
        source.group == GROUP
        and source.kind == route.KIND
        and source.namespace == route.metadata.namespace
        for source in grant.spec.from_
    ) and any(
        target.group == "" and target.kind == "Service" and target.name in {None, "", name}
        for target in grant.spec.to
    )


def _unusable(service: Service, backend: Backend) -> Problem | None:
    """Why an existing service cannot take the requests."""
    if service.spec.type == "ExternalName":
        # It could name anything, also what only this proxy can reach (CVE-2021-25740).
        return (
            "InvalidKind",
            f"Service {backend.service} is an ExternalName, which may not be a backend",
        )
    ports = [port for port in service.spec.ports if port.port == backend.port]
    if not ports:
        return (
            "BackendNotFound",
            f"Service {backend.service} has no port {backend.port}",
        )
    if all(port.protocol != "TCP" for port in ports):
        return (
            "UnsupportedProtocol",
            f"port {backend.port} of Service {backend.service} is not TCP",
        )
    return None
