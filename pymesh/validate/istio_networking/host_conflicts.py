"""Rules for hosts that several resources claim, or that nothing serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.destination_rule import DestinationRule
from pymesh.resources.istio.gateway import Gateway
from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.validate._rules import Code, Issue, mesh_rule
from pymesh.validate.istio_networking._names import HostSet
from pymesh.validate.istio_networking._registry import EVERYONE, Registry, exported, resolve
from pymesh.validate.istio_networking.references import gateway_name
from pymesh.validate.istio_networking.virtual_service import MESH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pymesh.resources import Mesh, ResourceKey

VIRTUAL_SERVICE_CONFLICT = Code(
    "virtual-service-conflict",
    "error",
    "Two VirtualServices are for one host in the mesh, and some namespace sees both. Sidecars do "
    "not merge them: one decides (that of the client's own namespace, otherwise the oldest), "
    "and the rules of the other are not used.",
    "Put the rules into one VirtualService, or export them to different namespaces.",
)
HOST_NOT_SERVED = Code(
    "host-not-served",
    "warning",
    "None of a VirtualService's hosts is among those that a Gateway it is bound to serves (to "
    "its namespace, if the Gateway's host says so). The Gateway does not use its rules.",
    "Add the host to a server of the Gateway, or correct it in the VirtualService.",
)
DESTINATION_RULE_UNUSED = Code(
    "destination-rule-unused",
    "warning",
    "A DestinationRule is for a host that is no service of the files. It has no effect.",
    "Correct the host: a name without a dot is completed with the rule's own namespace, one "
    "with dots is taken as it is.",
)
DESTINATION_RULE_REPEATED = Code(
    "destination-rule-repeated",
    "warning",
    "Two DestinationRules of a namespace are for one host. They are merged: of the policies the "
    "older one's counts, of two subsets with one name the older one.",
    "Make one DestinationRule of them.",
)


@mesh_rule(codes=[VIRTUAL_SERVICE_CONFLICT])
def check_virtual_services(mesh: Mesh) -> Iterator[Issue]:
    """Each host in the mesh has one VirtualService that a client sees."""
    default = mesh.config.default_virtual_service_export_to
    holders: dict[str, dict[str, VirtualService]] = {}
    for resource in mesh.of(VirtualService):
        spec = resource.spec
        if spec.gateways and MESH not in spec.gateways:
            continue
        audience = exported(spec.export_to, default, resource.namespace)
        for index, host in enumerate(spec.hosts):
            held = holders.setdefault(resolve(host, resource.namespace), {})
            other = _holder(held, audience)
            if other is not None and other is not resource:
                yield Issue(
                    VIRTUAL_SERVICE_CONFLICT.code,
                    f"VirtualService {other.namespace}/{other.name} is for {host} already",
                    ("spec", "hosts", index),
                    resource=resource,
                )
            for namespace in audience:
                held.setdefault(namespace, resource)


def _holder(held: dict[str, VirtualService], audience: frozenset[str]) -> VirtualService | None:
    if EVERYONE in audience and held:
        return next(iter(held.values()))
    seen = (held[namespace] for namespace in (*sorted(audience), EVERYONE) if namespace in held)
    return next(seen, None)


@mesh_rule(codes=[HOST_NOT_SERVED])
def check_served(mesh: Mesh) -> Iterator[Issue]:
    """Gateways serve a host of each VirtualService that is bound to them."""
    served: dict[tuple[ResourceKey, str], _Served] = {}
    for resource in mesh.of(VirtualService):
        hosts = [resolve(host, resource.namespace) for host in resource.spec.hosts]
        for index, name in enumerate(resource.spec.gateways):
            gateway = None if name == MESH else _gateway(mesh, name, resource.namespace)
            if gateway is None or not hosts:
                continue
            place = (gateway.key, resource.namespace)
            if place not in served:
                served[place] = _Served(_hosts_for(gateway, resource.namespace))
            if not served[place].overlaps(hosts):
                yield Issue(
                    HOST_NOT_SERVED.code,
                    f"Gateway {gateway.namespace}/{gateway.name} serves none of "
                    f"{', '.join(resource.spec.hosts[:3])}",
                    ("spec", "gateways", index),
                    resource=resource,
                )


class _Served:
    """The hosts that a Gateway serves to a namespace: many VirtualServices may be bound to it."""

    def __init__(self, hosts: Iterable[str]) -> None:
        self._names = tuple(hosts)
        self._hosts = HostSet(self._names)

    def overlaps(self, hosts: Sequence[str]) -> bool:
        """Whether a host of either side is within one of the other."""
        if any(self._hosts.covering(host) is not None for host in hosts):
            return True
        patterns = [host for host in hosts if host.startswith("*")]
        if not patterns:
            return False
        wide = HostSet(patterns)
        return any(wide.covering(name) is not None for name in self._names)


def _gateway(mesh: Mesh, name: str, namespace: str) -> Gateway | None:
    return mesh.get(Gateway, *gateway_name(name, namespace))


def _hosts_for(gateway: Gateway, namespace: str) -> Iterator[str]:
    """The hosts that a Gateway serves to the VirtualServices of a namespace."""
    for server in gateway.spec.servers:
        for host in server.hosts:
            limit, slash, name = host.rpartition("/")
            if limit == ".":
                limit = gateway.namespace
            if not slash or limit in {EVERYONE, namespace}:
                yield name.lower()


@mesh_rule(codes=[DESTINATION_RULE_UNUSED, DESTINATION_RULE_REPEATED])
def check_destination_rules(mesh: Mesh) -> Iterator[Issue]:
    """Each DestinationRule is for a service, and the only one of its namespace."""
    registry = Registry(mesh)
    first: dict[tuple[str, str], DestinationRule] = {}
    for resource in mesh.of(DestinationRule):
        host = resolve(resource.spec.host, resource.namespace)
        if not registry.empty and not registry.covered(host):
            yield Issue(
                DESTINATION_RULE_UNUSED.code,
                f"there is no service {host}",
                ("spec", "host"),
                resource=resource,
            )
        if resource.spec.workload_selector is not None:
            continue
        other = first.setdefault((resource.namespace, host), resource)
        if other is not resource:
            yield Issue(
                DESTINATION_RULE_REPEATED.code,
                f"DestinationRule {other.name} is for {host} already",
                ("spec", "host"),
                resource=resource,
            )
