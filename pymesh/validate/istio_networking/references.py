"""Rules for what VirtualServices refer to: hosts, ports, subsets, gateways, delegates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pymesh.resources.istio.gateway import Gateway
from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.validate._rules import Code, Issue, mesh_rule
from pymesh.validate.istio_networking._registry import Registry, resolve
from pymesh.validate.istio_networking.virtual_service import MESH, destinations_of, routes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pymesh.resources import Mesh
    from pymesh.resources.istio._shared import Destination
    from pymesh.validate._rules import Path
    from pymesh.validate.istio_networking._registry import Known
    from pymesh.validate.istio_networking.virtual_service import AnyMatch

DESTINATION_UNKNOWN = Code(
    "destination-unknown",
    "error",
    "A destination is no service that the files have: no Service has the name, and no "
    "ServiceEntry the host. Requests that fall to it are answered with 503. A name without a dot "
    "is completed with the namespace of the VirtualService; one with dots is taken as it is. If "
    "the files have no services at all, it is a warning, since they may be elsewhere.",
    "Correct the host (`name.namespace.svc.cluster.local` for another namespace), or add the "
    "Service or ServiceEntry.",
)
DESTINATION_NOT_VISIBLE = Code(
    "destination-not-visible",
    "error",
    "A destination exists, and is not exported to the namespace of the VirtualService.",
    "Add the namespace to `exportTo` of the ServiceEntry, or to the annotation "
    "`networking.istio.io/exportTo` of the Service.",
)
DESTINATION_PORT_UNKNOWN = Code(
    "destination-port-unknown",
    "error",
    "A destination names a port that the service does not have. Requests that fall to it are "
    "answered with 503.",
    "Name a port of the service: the number that clients use, not that of the workload.",
)
DESTINATION_PORT_MISSING = Code(
    "destination-port-missing",
    "warning",
    "A destination does not say which port it means, and the service has several. The port of "
    "the request is used, if the service has it.",
    "Add `port: {number: …}`.",
)
SUBSET_UNKNOWN = Code(
    "subset-unknown",
    "error",
    "A destination names a subset that no DestinationRule for the host has, as the "
    "VirtualService's namespace sees them. Requests that fall to it are answered with 503.",
    "Add the subset to the DestinationRule of the host, or leave it out.",
)
GATEWAY_UNKNOWN = Code(
    "gateway-unknown",
    "error",
    "A VirtualService is bound to a Gateway (`networking.istio.io`) that does not exist. A name "
    "without a namespace means one in the VirtualService's own.",
    "Write `namespace/name` of a Gateway that exists. A HTTPRoute, not a VirtualService, is "
    "bound to Gateways of Gateway API.",
)
DELEGATE_UNKNOWN = Code(
    "delegate-unknown",
    "error",
    "A rule delegates to a VirtualService that does not exist, or that has hosts of its own and "
    "so is none to delegate to.",
    "Name a VirtualService without `hosts`.",
)


_LISTED: Final = 10


@mesh_rule(
    codes=[
        DESTINATION_UNKNOWN,
        DESTINATION_NOT_VISIBLE,
        DESTINATION_PORT_UNKNOWN,
        DESTINATION_PORT_MISSING,
        SUBSET_UNKNOWN,
    ]
)
def check_destinations(mesh: Mesh) -> Iterator[Issue]:
    """Destinations exist, with their ports and subsets."""
    registry = Registry(mesh)
    for resource in mesh.of(VirtualService):
        for path, destination in destinations_of(resource.spec):
            yield from _check_destination(registry, resource, destination, path)


def _check_destination(
    registry: Registry, resource: VirtualService, part: Destination, path: Path
) -> Iterator[Issue]:
    host = resolve(part.host, resource.namespace)
    services = registry.services(host)
    if not services:
        hint = _hint(registry, part.host, resource.namespace)
        yield Issue(
            DESTINATION_UNKNOWN.code,
            f"there is no service {host}",
            (*path, "host"),
            hint,
            "warning" if registry.empty else None,
            resource,
        )
        return
    seen = registry.seen(host, resource.namespace)
    if not seen.services:
        owner = services[0].resource
        yield Issue(
            DESTINATION_NOT_VISIBLE.code,
            f"{owner.KIND} {owner.namespace}/{owner.name} is not exported to namespace "
            f"{resource.namespace}",
            (*path, "host"),
            resource=resource,
        )
        return
    yield from _check_port(resource, part, path, seen.ports)
    if part.subset:
        yield from _check_subset(registry, resource, part, path, seen.services[0])


def _hint(registry: Registry, host: str, namespace: str) -> str:
    """What may have been meant: services are named with their namespace, or not at all."""
    name, _, rest = host.partition(".")
    for other in (rest.partition(".")[0], namespace):
        full = resolve(name, other) if other else ""
        if full and registry.services(full):
            return f"write {full}"
    return ""


def _check_port(
    resource: VirtualService, part: Destination, path: Path, ports: Sequence[int]
) -> Iterator[Issue]:
    shown = _listed(ports)
    if part.port is None:
        if len(ports) > 1:
            yield Issue(
                DESTINATION_PORT_MISSING.code,
                f"{part.host} has the ports {shown}; which one is meant is not said",
                path,
                "add port",
                resource=resource,
            )
    elif part.port.number and part.port.number not in ports:
        yield Issue(
            DESTINATION_PORT_UNKNOWN.code,
            f"{part.host} has no port {part.port.number}",
            (*path, "port", "number"),
            f"its ports are {shown}",
            resource=resource,
        )


def _listed(items: Sequence[object]) -> str:
    """The first few, since every destination may have a finding with all of them."""
    more = ["…"] if len(items) > _LISTED else []
    return ", ".join([*map(str, items[:_LISTED]), *more]) or "none"


def _check_subset(
    registry: Registry, resource: VirtualService, part: Destination, path: Path, service: Known
) -> Iterator[Issue]:
    host = resolve(part.host, resource.namespace)
    subsets = registry.subsets(host, service.resource.namespace, resource.namespace)
    if subsets is None:
        message = f"there is no DestinationRule for {host}, and so no subset {part.subset}"
        hint = ""
    elif part.subset in subsets:
        return
    else:
        message = f"the DestinationRule for {host} has no subset {part.subset}"
        hint = f"it has {_listed(sorted(subsets))}" if subsets else ""
    yield Issue(SUBSET_UNKNOWN.code, message, (*path, "subset"), hint, resource=resource)


@mesh_rule(codes=[GATEWAY_UNKNOWN])
def check_gateways(mesh: Mesh) -> Iterator[Issue]:
    """Gateways that VirtualServices are bound to exist."""
    for resource in mesh.of(VirtualService):
        own: Path = ("spec", "gateways")
        yield from _check_gateways(mesh, resource, resource.spec.gateways, own)
        for path, route in routes_of(resource.spec):
            matches: Sequence[AnyMatch] = route.match
            for number, match in enumerate(matches):
                place = (*path, "match", number, "gateways")
                yield from _check_gateways(mesh, resource, match.gateways, place)


def _check_gateways(
    mesh: Mesh, resource: VirtualService, names: Sequence[str], path: Path
) -> Iterator[Issue]:
    for index, name in enumerate(names):
        if name == MESH:
            continue
        namespace, local = gateway_name(name, resource.namespace)
        if mesh.get(Gateway, namespace, local) is None:
            yield Issue(
                GATEWAY_UNKNOWN.code,
                f"there is no Gateway {namespace}/{local}",
                (*path, index),
                _gateway_hint(mesh, local),
                resource=resource,
            )


def gateway_name(name: str, namespace: str) -> tuple[str, str]:
    """The namespace and name of a gateway, as a VirtualService names it."""
    first, slash, rest = name.partition("/")
    if slash:
        return first, rest
    labels = name.split(".")
    return (labels[1], labels[0]) if len(labels) > 1 else (namespace, name)


def _gateway_hint(mesh: Mesh, name: str) -> str:
    found = [one for one in mesh.of(Gateway) if one.name == name]
    return f"write {found[0].namespace}/{name}" if found else ""


@mesh_rule(codes=[DELEGATE_UNKNOWN])
def check_delegates(mesh: Mesh) -> Iterator[Issue]:
    """Rules delegate to VirtualServices that are made for it."""
    for resource in mesh.of(VirtualService):
        for index, route in enumerate(resource.spec.http):
            if route.delegate is None:
                continue
            namespace = route.delegate.namespace or resource.namespace
            found = mesh.get(VirtualService, namespace, route.delegate.name)
            if found is None or found.spec.hosts:
                problem = "there is no" if found is None else "it has hosts of its own:"
                yield Issue(
                    DELEGATE_UNKNOWN.code,
                    f"{problem} VirtualService {namespace}/{route.delegate.name}",
                    ("spec", "http", index, "delegate"),
                    resource=resource,
                )
