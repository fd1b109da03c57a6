"""Rules for namespaces that resources name and nothing is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.destination_rule import DestinationRule
from pymesh.resources.istio.gateway import Gateway
from pymesh.resources.istio.service_entry import ServiceEntry
from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.resources.kubernetes import Namespace
from pymesh.validate._rules import Code, Issue, mesh_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources import Mesh, Resource
    from pymesh.validate._rules import Path

NAMESPACE_UNKNOWN = Code(
    "namespace-unknown",
    "warning",
    "A resource is exported to a namespace, or matches clients or VirtualServices of one, that "
    "the files neither have (though they have others) nor put anything in.",
    "Correct the name, or add the Namespace.",
)


@mesh_rule(codes=[NAMESPACE_UNKNOWN])
def check_namespaces(mesh: Mesh) -> Iterator[Issue]:
    """Namespaces that are named exist, if namespaces are given."""
    if not mesh.of(Namespace):
        return
    known = mesh.namespaces
    for resource, path, name in _named(mesh):
        if name not in {"*", ".", "~"} and name not in known:
            yield Issue(
                NAMESPACE_UNKNOWN.code, f"there is no namespace {name}", path, resource=resource
            )


def _named(mesh: Mesh) -> Iterator[tuple[Resource, Path, str]]:
    exporting: tuple[VirtualService | DestinationRule | ServiceEntry, ...] = (
        *mesh.of(VirtualService),
        *mesh.of(DestinationRule),
        *mesh.of(ServiceEntry),
    )
    for resource in exporting:
        for index, name in enumerate(resource.spec.export_to):
            yield resource, ("spec", "exportTo", index), name
    for virtual_service in mesh.of(VirtualService):
        for path, name in _sources(virtual_service):
            yield virtual_service, path, name
    for gateway in mesh.of(Gateway):
        for path, name in _limits(gateway):
            yield gateway, path, name


def _sources(resource: VirtualService) -> Iterator[tuple[Path, str]]:
    """Namespaces of clients that rules are for."""
    for index, route in enumerate(resource.spec.http):
        for number, match in enumerate(route.match):
            if match.source_namespace:
                path = ("spec", "http", index, "match", number, "sourceNamespace")
                yield path, match.source_namespace


def _limits(resource: Gateway) -> Iterator[tuple[Path, str]]:
    """Namespaces whose VirtualServices may have a host."""
    for index, server in enumerate(resource.spec.servers):
        for number, host in enumerate(server.hosts):
            namespace, slash, _ = host.partition("/")
            if slash:
                yield ("spec", "servers", index, "hosts", number), namespace
