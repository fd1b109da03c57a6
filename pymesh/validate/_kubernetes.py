"""What an API server checks of services and their endpoints."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final

from pymesh.resources.kubernetes import EndpointSlice, Service
from pymesh.validate._rules import Code, Issue, mesh_rule, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources import Mesh

__all__ = ["check_endpoint_slice", "check_service", "check_slices_have_services"]

_PORT_NAME: Final = re.compile(r"(?!-)(?!.*--)[a-z0-9-]{1,63}(?<!-)")
_TARGET_NAME: Final = re.compile(r"(?!-)(?!.*--)(?=.*[a-z])[a-z0-9-]{1,15}(?<!-)")

_SERVICE: Final = [
    Code(
        "service-port",
        "error",
        "A service's ports are not told apart: each has a name if there is more than one, no two "
        "have the same name, and no two the same number and transport.",
        "Give each port a name and a number of its own.",
    ),
    Code(
        "service-port-name",
        "error",
        "The name of a port, or the named port of a workload, cannot be one.",
        "Use lower-case letters, digits and single dashes; `targetPort` has at most 15.",
    ),
    Code(
        "service-without-ports",
        "error",
        "A service without a port cannot be reached; only a headless one and an `ExternalName` "
        "need none.",
        "Add `ports`.",
    ),
    Code(
        "service-external-name",
        "error",
        "A service of type `ExternalName` has no DNS name to stand for.",
        "Add `externalName`, or take the type out.",
    ),
]


@rule(Service, codes=_SERVICE)
def check_service(service: Service) -> Iterator[Issue]:
    """A service's ports and type."""
    spec = service.spec
    external = spec.type == "ExternalName"
    if external and not spec.external_name:
        message = "an ExternalName service needs an externalName"
        yield Issue("service-external-name", message, ("spec", "externalName"))
    if not spec.ports and not external and not service.headless:
        message = "the service has no port"
        yield Issue("service-without-ports", message, ("spec", "ports"))
    names: set[str] = set()
    numbers: set[tuple[int, str]] = set()
    for index, port in enumerate(spec.ports):
        path = ("spec", "ports", index)
        if not port.name and len(spec.ports) > 1:
            message = "a port of a service with more than one needs a name"
            yield Issue("service-port", message, (*path, "name"))
        elif port.name in names:
            message = f"two ports have the name {port.name}"
            yield Issue("service-port", message, (*path, "name"))
        elif port.name and not _PORT_NAME.fullmatch(port.name):
            yield Issue("service-port-name", "this cannot be a port's name", (*path, "name"))
        if (port.port, port.protocol) in numbers:
            message = f"two ports have the number {port.port} and {port.protocol}"
            yield Issue("service-port", message, (*path, "port"))
        target = port.target_port
        if isinstance(target, str) and not _TARGET_NAME.fullmatch(target):
            message = "this cannot be the name of a workload's port"
            hint = f"write {target} without quotes" if target.isdecimal() else ""
            yield Issue("service-port-name", message, (*path, "targetPort"), hint)
        names.add(port.name)
        numbers.add((port.port, port.protocol))


_SLICE: Final = [
    Code(
        "endpoint-address",
        "error",
        "An endpoint's address is not of the slice's `addressType`, or there is none.",
        "Write an address of that type, or correct the type.",
    ),
]


@rule(EndpointSlice, codes=_SLICE)
def check_endpoint_slice(resource: EndpointSlice) -> Iterator[Issue]:
    """The addresses of a slice."""
    for index, endpoint in enumerate(resource.endpoints):
        path = ("endpoints", index, "addresses")
        if not endpoint.addresses:
            yield Issue("endpoint-address", "an endpoint needs an address", path)
        for number, address in enumerate(endpoint.addresses):
            if not _is_of_type(address, resource.address_type):
                message = f"this is no {resource.address_type} address"
                yield Issue("endpoint-address", message, (*path, number))


def _is_of_type(address: str, kind: str) -> bool:
    if kind == "FQDN":
        return bool(address) and len(address) <= 253
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return parsed.version == (4 if kind == "IPv4" else 6)


@mesh_rule(
    codes=[
        Code(
            "endpoints-without-service",
            "warning",
            "A slice of endpoints names a service that is not among the resources, or none at "
            "all, so that nothing is sent to them.",
            "Label it `kubernetes.io/service-name: NAME` with a service of its namespace, or add "
            "the service.",
        )
    ]
)
def check_slices_have_services(mesh: Mesh) -> Iterator[Issue]:
    """Slices whose service is not there."""
    for resource in mesh.of(EndpointSlice):
        if mesh.get(Service, resource.namespace, resource.service) is None:
            name = resource.service
            message = f"there is no service {name}" if name else "the slice names no service"
            path = ("metadata", "labels", "kubernetes.io/service-name")
            yield Issue("endpoints-without-service", message, path, resource=resource)
