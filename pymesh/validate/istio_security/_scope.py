"""Which workloads a security policy is for, as far as the given resources tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pymesh.resources.gateway.gateway import Gateway
from pymesh.resources.istio.gateway import Gateway as IstioGateway
from pymesh.resources.istio.service_entry import ServiceEntry
from pymesh.resources.istio.workload_entry import WorkloadEntry
from pymesh.resources.kubernetes import Pod, Service

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pymesh.resources.istio.authorization_policy import AuthorizationPolicy
    from pymesh.resources.istio.peer_authentication import PeerAuthentication
    from pymesh.resources.kubernetes.service import ServicePort
    from pymesh.resources.mesh import Mesh

    Policy = AuthorizationPolicy | PeerAuthentication

GATEWAY_LABEL: Final = "gateway.networking.k8s.io/gateway-name"
"""The label of the workloads that serve a Gateway."""

_OPAQUE: Final = frozenset({"tcp", "tls", "https", "mongo", "mysql", "redis", "udp"})
_WELL_KNOWN: Final = frozenset({25, 53, 3306, 27017})


def namespaces_of(mesh: Mesh, policy: Policy) -> frozenset[str]:
    """The namespaces of the workloads: all, for a policy in the root namespace."""
    if policy.namespace == mesh.root_namespace:
        return frozenset(mesh.namespaces)
    return frozenset({policy.namespace})


def services_of(mesh: Mesh, policy: Policy) -> Iterator[Service]:
    """The services of which some workloads are, or may be, selected."""
    for namespace in sorted(namespaces_of(mesh, policy)):
        for service in mesh.of_namespace(Service, namespace):
            if _may_select(mesh, policy.labels, service):
                yield service


def selects_something(mesh: Mesh, policy: Policy) -> bool:
    """Whether a workload that is given, or may be behind a service, has the labels.

    True where no workloads are known at all: then there is nothing to say.
    """
    known = False
    namespaces = namespaces_of(mesh, policy)
    for namespace in namespaces:
        for labels in _workloads(mesh, namespace):
            known = True
            if policy.labels.items() <= labels.items():
                return True
        for service in mesh.of_namespace(Service, namespace):
            known = True
            if _may_select(mesh, policy.labels, service):
                return True
        for entry in mesh.of_namespace(ServiceEntry, namespace):
            selector = entry.spec.workload_selector
            if selector is not None and _compatible(policy.labels, selector.labels):
                return True
    return not known or any(
        _compatible(policy.labels, gateway.spec.selector) for gateway in mesh.of(IstioGateway)
    )


def has_gateways(mesh: Mesh) -> bool:
    """Whether there is a Gateway, of either kind."""
    return bool(mesh.of(Gateway) or mesh.of(IstioGateway))


def is_opaque(port: ServicePort) -> bool:
    """Whether a port is declared to carry something else than HTTP."""
    if port.protocol != "TCP":
        return False
    declared = (port.app_protocol or port.name.partition("-")[0]).lower()
    if declared in _OPAQUE:
        return True
    return not declared.startswith(("http", "grpc")) and port.port in _WELL_KNOWN


def workload_port(port: ServicePort) -> int:
    """The port of the workload, which policies name; that of the service if it has a name."""
    return port.target_port if isinstance(port.target_port, int) else port.port


def _workloads(mesh: Mesh, namespace: str) -> Iterator[Mapping[str, str]]:
    for pod in mesh.of_namespace(Pod, namespace):
        yield pod.metadata.labels
    for workload in mesh.of_namespace(WorkloadEntry, namespace):
        yield workload.metadata.labels | workload.spec.labels
    for entry in mesh.of_namespace(ServiceEntry, namespace):
        for endpoint in entry.spec.endpoints:
            yield endpoint.labels
    for gateway in mesh.of_namespace(Gateway, namespace):
        yield {GATEWAY_LABEL: gateway.name}


def _may_select(mesh: Mesh, labels: Mapping[str, str], service: Service) -> bool:
    """Whether some of a service's workloads have the labels; a guess where none is given."""
    if not labels:
        return True
    selector = service.spec.selector
    pods = mesh.pods(service.namespace, selector) if selector else ()
    if pods:
        return any(labels.items() <= pod.metadata.labels.items() for pod in pods)
    return _compatible(labels, selector)


def _compatible(labels: Mapping[str, str], selector: Mapping[str, str]) -> bool:
    """Whether a workload that a selector finds is likely to have the labels."""
    shared = labels.keys() & selector.keys()
    return bool(shared) and all(labels[key] == selector[key] for key in shared)
