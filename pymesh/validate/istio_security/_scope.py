"""Which workloads a security policy is for, as far as the given resources tell."""

from __future__ import annotations

from collections import defaultdict
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
    Labels = Mapping[str, str]

GATEWAY_LABEL: Final = "gateway.networking.k8s.io/gateway-name"
"""The label of the workloads that serve a Gateway."""

_OPAQUE: Final = frozenset({"tcp", "tls", "https", "mongo", "mysql", "redis", "udp"})
_WELL_KNOWN: Final = frozenset({25, 53, 3306, 27017})


class Workloads:
    """The workloads of a mesh by their labels: built once, then asked for each policy.

    Looking for a policy's workloads costs what the rarest of its labels has of them.

    Args:
        mesh: All resources.
    """

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh
        self._known: dict[str, _Namespace] = {}

    def services_of(self, policy: Policy) -> Iterator[Service]:
        """The services of which some workloads are, or may be, selected."""
        for namespace in self._namespaces_of(policy):
            yield from namespace.services_of(policy.labels)

    def has(self, policy: Policy) -> bool:
        """Whether a workload that is given, or may be behind a service, has the labels.

        True where no workloads are known at all: then there is nothing to say.
        """
        namespaces = self._namespaces_of(policy)
        if not any(namespace.knows_some for namespace in namespaces):
            return True
        return any(namespace.has(policy.labels) for namespace in namespaces) or any(
            _compatible(policy.labels, gateway.spec.selector)
            for gateway in self._mesh.of(IstioGateway)
        )

    def _namespaces_of(self, policy: Policy) -> list[_Namespace]:
        """Those of the workloads: all, for a policy in the root namespace."""
        everywhere = policy.namespace == self._mesh.root_namespace
        names = sorted(self._mesh.namespaces) if everywhere else [policy.namespace]
        for name in names:
            if name not in self._known:
                self._known[name] = _Namespace(self._mesh, name)
        return [self._known[name] for name in names]


class _Namespace:
    """The workloads and services of one namespace."""

    def __init__(self, mesh: Mesh, name: str) -> None:
        self._workloads = list(_workloads(mesh, name))
        self._services = mesh.of_namespace(Service, name)
        self._by_label: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, labels in enumerate(self._workloads):
            for label in labels.items():
                self._by_label[label].append(number)
        self._services_of_workload: dict[int, list[int]] = defaultdict(list)
        # Those without workloads are told by their selectors, since theirs may just not be given.
        self._guessed: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, service in enumerate(self._services):
            selector = service.spec.selector
            found = list(self._with(selector)) if selector else []
            for workload in found:
                self._services_of_workload[workload].append(number)
            for label in () if found else selector.items():
                self._guessed[label].append(number)
        self._selectors = [
            entry.spec.workload_selector.labels
            for entry in mesh.of_namespace(ServiceEntry, name)
            if entry.spec.workload_selector is not None
        ]

    @property
    def knows_some(self) -> bool:
        """Whether any workload is known."""
        return bool(self._workloads or self._services)

    def has(self, labels: Labels) -> bool:
        """Whether a workload has the labels, or is likely to."""
        return (
            next(self._with(labels), None) is not None
            or next(self._likely(labels), None) is not None
            or any(_compatible(labels, selector) for selector in self._selectors)
        )

    def services_of(self, labels: Labels) -> Iterator[Service]:
        """The services whose workloads have the labels, or are likely to."""
        if not labels:
            yield from self._services
            return
        found = {
            service
            for workload in self._with(labels)
            for service in self._services_of_workload[workload]
        }
        found.update(self._likely(labels))
        for number in sorted(found):
            yield self._services[number]

    def _with(self, labels: Labels) -> Iterator[int]:
        """The workloads that have all of some labels."""
        rarest = min((self._by_label.get(label, []) for label in labels.items()), key=len)
        for number in rarest:
            if labels.items() <= self._workloads[number].items():
                yield number

    def _likely(self, labels: Labels) -> Iterator[int]:
        for label in labels.items():
            for number in self._guessed.get(label, ()):
                if _compatible(labels, self._services[number].spec.selector):
                    yield number


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


def _workloads(mesh: Mesh, namespace: str) -> Iterator[Labels]:
    for pod in mesh.of_namespace(Pod, namespace):
        yield pod.metadata.labels
    for workload in mesh.of_namespace(WorkloadEntry, namespace):
        yield workload.metadata.labels | workload.spec.labels
    for entry in mesh.of_namespace(ServiceEntry, namespace):
        for endpoint in entry.spec.endpoints:
            yield endpoint.labels
    for gateway in mesh.of_namespace(Gateway, namespace):
        yield {GATEWAY_LABEL: gateway.name}


def _compatible(labels: Labels, selector: Labels) -> bool:
    """Whether a workload that a selector finds is likely to have the labels."""
    shared = labels.keys() & selector.keys()
    return bool(shared) and all(labels[key] == selector[key] for key in shared)
