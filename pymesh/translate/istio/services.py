"""The registry: what services there are, who sees them, and which one a host means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from pymesh.resources.istio.service_entry import ServiceEntry
from pymesh.resources.kubernetes import Service
from pymesh.resources.mesh import service_host
from pymesh.translate._view import Index, View, age, by_name, unit
from pymesh.translate.istio._hosts import kubernetes_name
from pymesh.translate.istio._protocols import of_kubernetes_port, of_name
from pymesh.translate.istio._visibility import exported, rank, sees

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from pymesh.resources.kubernetes import ServicePort
    from pymesh.wire import Protocol

__all__ = [
    "ENTRIES",
    "PortInfo",
    "ServiceInfo",
    "ServiceKey",
    "candidates",
    "service",
    "service_keys",
    "service_of_host",
]

EXPORT_ANNOTATION = "networking.istio.io/exportTo"


class PortInfo(NamedTuple):
    """A port of a service.

    Args:
        number: The port that clients use.
        name: Its name, unique in the service.
        protocol: What is spoken there.
        target: The workload's port, by number or name.
    """

    number: int
    name: str
    protocol: Protocol
    target: int | str


class ServiceKey(NamedTuple):
    """Identifies a service.

    Args:
        kind: ``Service`` or ``ServiceEntry``.
        namespace: Its namespace.
        name: Its name; of a ServiceEntry the host, since it may have several.
    """

    kind: Literal["Service", "ServiceEntry"]
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class ServiceInfo(NamedTuple):
    """A service, wherever it comes from.

    Args:
        key: What identifies it.
        host: The name by which clients know it.
        resource: The name of the resource that it comes from; of several the oldest.
        ports: Its TCP ports.
        visible_to: The namespaces that see it, or ``*``.
        selector: Labels of its workloads, as sorted pairs.
        addresses: Its virtual addresses.
        resolution: How endpoints are found; ``EXTERNAL_NAME`` looks up one name.
        created: By which the oldest comes first.
    """

    key: ServiceKey
    host: str
    resource: str
    ports: tuple[PortInfo, ...]
    visible_to: frozenset[str]
    selector: tuple[tuple[str, str], ...]
    addresses: tuple[str, ...]
    resolution: str
    created: tuple[datetime, str]

    def port(self, number: int) -> PortInfo | None:
        """The port of a number, if it has that one."""
        return next((port for port in self.ports if port.number == number), None)


ENTRIES: Index[ServiceEntry, tuple[str, str]] = Index(
    ServiceEntry,
    lambda entry: {(entry.namespace, host.lower()) for host in entry.spec.hosts},
)
"""ServiceEntries by namespace and host: those that share both are one service."""

_ENTRIES_OF_HOST: Index[ServiceEntry, str] = Index(
    ServiceEntry, lambda entry: {host.lower() for host in entry.spec.hosts}
)


def service_keys(view: View) -> Iterator[ServiceKey]:
    """The keys of all services."""
    for namespace, name in view.keys(by_name(Service)):
        yield ServiceKey("Service", namespace, name)
    for namespace, host in view.keys(ENTRIES):
        yield ServiceKey("ServiceEntry", namespace, host)


@unit
def service(view: View, key: ServiceKey) -> ServiceInfo | None:
    """A service, if there is one of that key."""
    return _of_kubernetes(view, key) if key.kind == "Service" else _of_entries(view, key)


def _of_kubernetes(view: View, key: ServiceKey) -> ServiceInfo | None:
    found = view.get(Service, key.namespace, key.name)
    if found is None:
        return None
    spec = found.spec
    annotation = found.metadata.annotations.get(EXPORT_ANNOTATION, "")
    addresses = spec.cluster_ips or ((spec.cluster_ip,) if spec.cluster_ip else ())
    return ServiceInfo(
        key=key,
        host=service_host(found),
        resource=key.name,
        ports=_kubernetes_ports(spec.ports),
        visible_to=exported(
            filter(None, map(str.strip, annotation.split(","))),
            view.config.default_service_export_to,
            key.namespace,
        ),
        selector=tuple(sorted(spec.selector.items())),
        addresses=() if found.headless else tuple(one for one in addresses if one != "None"),
        resolution="EXTERNAL_NAME" if spec.type == "ExternalName" else "KUBERNETES",
        created=age(found),
    )


def _kubernetes_ports(ports: Iterable[ServicePort]) -> tuple[PortInfo, ...]:
    """The TCP ports of a service, the first of each number."""
    found: dict[int, PortInfo] = {}
    for port in ports:
        if port.protocol == "TCP":
            protocol = of_kubernetes_port(port.port, port.name, port.app_protocol)
            info = PortInfo(port.port, port.name, protocol, port.target_port or port.port)
            found.setdefault(port.port, info)
    return tuple(found.values())


def _of_entries(view: View, key: ServiceKey) -> ServiceInfo | None:
    entries = view.find(ENTRIES, (key.namespace, key.name))
    if not entries:
        return None
    default = view.config.default_service_export_to
    visible_to: frozenset[str] = frozenset()
    ports: dict[int, PortInfo] = {}
    for entry in entries:
        visible_to |= exported(entry.spec.export_to, default, key.namespace)
        for port in entry.spec.ports:
            if port.protocol.upper() != "UDP":
                protocol = of_name(port.protocol) if port.protocol else None
                info = PortInfo(
                    port.number,
                    port.name,
                    protocol or of_kubernetes_port(port.number, port.name, None),
                    port.target_port or port.number,
                )
                ports.setdefault(port.number, info)
    selector = entries[0].spec.workload_selector
    return ServiceInfo(
        key=key,
        host=key.name,
        resource=entries[0].name,
        ports=tuple(ports.values()),
        visible_to=visible_to,
        selector=tuple(sorted(selector.labels.items())) if selector else (),
        addresses=tuple(
            address for entry in entries for address in entry.spec.addresses if "/" not in address
        ),
        resolution=entries[0].spec.resolution,
        created=age(entries[0]),
    )


@unit
def candidates(view: View, host: str) -> tuple[ServiceInfo, ...]:
    """The services of a host: Kubernetes' first, so that nobody takes its place, then by age."""
    keys = [
        ServiceKey("ServiceEntry", entry.namespace, host)
        for entry in view.find(_ENTRIES_OF_HOST, host)
    ]
    found = {info.key: info for key in keys if (info := service(view, key))}
    kubernetes = kubernetes_name(host)
    own = service(view, ServiceKey("Service", *kubernetes)) if kubernetes else None
    return (*((own,) if own else ()), *sorted(found.values(), key=lambda info: info.created))


@unit
def service_of_host(view: View, key: tuple[str, str]) -> ServiceInfo | None:
    """The service that a host means to a client.

    Args:
        view: The resources.
        key: The host and the client's namespace; ``*`` for one of which nothing is known.

    Returns:
        Of those that the client sees the one of Kubernetes, or else the first by visibility
        (its own namespace's, exported to it, public) and age.
    """
    host, client = key
    visible = [info for info in candidates(view, host) if sees(client, info.visible_to)]
    if not visible:
        return None
    return min(
        visible,
        key=lambda info: (
            info.key.kind != "Service",
            rank(client, info.visible_to, info.key.namespace),
            info.created,
        ),
    )
