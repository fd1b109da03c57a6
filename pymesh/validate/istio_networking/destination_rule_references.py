"""Rules for what a DestinationRule says of ports and subsets that nothing else knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.destination_rule import DestinationRule
from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.validate._rules import Code, Issue, mesh_rule
from pymesh.validate.istio_networking._registry import Registry, resolve
from pymesh.validate.istio_networking.virtual_service import destinations_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources import Mesh
    from pymesh.resources.istio._traffic_policy import TrafficPolicy
    from pymesh.validate._rules import Path

PORT_SETTINGS_UNUSED = Code(
    "port-settings-unused",
    "warning",
    "An entry of `portLevelSettings` is for a port that the service does not have.",
    "Name a port of the service: the number that clients use, not that of the workload.",
)
SUBSET_UNUSED = Code(
    "subset-unused",
    "info",
    "No VirtualService of the files sends requests to a subset. Its traffic policy applies to "
    "such requests only.",
    "Nothing, if the routes are not in the files; otherwise name the subset in a route.",
)


@mesh_rule(codes=[PORT_SETTINGS_UNUSED])
def check_port_settings(mesh: Mesh) -> Iterator[Issue]:
    """Settings of ports are for ports of the service."""
    registry = Registry(mesh)
    for resource in mesh.of(DestinationRule):
        services = registry.services(resolve(resource.spec.host, resource.namespace))
        ports = {port for service in services for port in service.ports}
        for place, policy in _policies(resource) if services else ():
            for index, settings in enumerate(policy.port_level_settings):
                number = settings.port.number if settings.port else 0
                if number and number not in ports:
                    yield Issue(
                        PORT_SETTINGS_UNUSED.code,
                        f"{resource.spec.host} has no port {number}",
                        (*place, "portLevelSettings", index, "port", "number"),
                        f"its ports are {', '.join(map(str, sorted(ports))) or 'none'}",
                        resource=resource,
                    )


def _policies(resource: DestinationRule) -> Iterator[tuple[Path, TrafficPolicy]]:
    spec = resource.spec
    if spec.traffic_policy is not None:
        yield ("spec", "trafficPolicy"), spec.traffic_policy
    for index, subset in enumerate(spec.subsets):
        if subset.traffic_policy is not None:
            yield ("spec", "subsets", index, "trafficPolicy"), subset.traffic_policy


@mesh_rule(codes=[SUBSET_UNUSED])
def check_subsets(mesh: Mesh) -> Iterator[Issue]:
    """Some route leads to each subset, if routes are given."""
    used: set[tuple[str, str]] = set()
    for route in mesh.of(VirtualService):
        for _, destination in destinations_of(route.spec):
            used.add((resolve(destination.host, route.namespace), destination.subset))
    for resource in mesh.of(DestinationRule) if used else ():
        host = resolve(resource.spec.host, resource.namespace)
        if host.startswith("*"):
            continue
        for index, subset in enumerate(resource.spec.subsets):
            if (host, subset.name) not in used:
                yield Issue(
                    SUBSET_UNUSED.code,
                    f"no route leads to subset {subset.name}",
                    ("spec", "subsets", index),
                    resource=resource,
                )
