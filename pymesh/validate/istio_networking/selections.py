"""Rules for selectors that select nothing among the workloads of the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.destination_rule import DestinationRule
from pymesh.resources.istio.gateway import Gateway
from pymesh.resources.istio.service_entry import ServiceEntry
from pymesh.resources.istio.workload_entry import WorkloadEntry
from pymesh.resources.kubernetes import Pod
from pymesh.validate._rules import Code, Issue, mesh_rule
from pymesh.validate.istio_networking._registry import Registry, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pymesh.resources import Mesh, Resource
    from pymesh.resources.kubernetes import Service

GATEWAY_WITHOUT_WORKLOAD = Code(
    "gateway-without-workload",
    "info",
    "The selector of a Gateway selects none of the pods of the files, in any namespace. A proxy "
    "that is started as a gateway by name serves it all the same.",
    "Nothing, if the gateway's workload is not in the files; otherwise compare the labels.",
)
WORKLOADS_NOT_FOUND = Code(
    "workloads-not-found",
    "info",
    "A selector selects none of the pods and WorkloadEntries of its namespace in the files.",
    "Nothing, if the workloads are not in the files; otherwise compare the labels.",
)
SUBSET_WITHOUT_WORKLOAD = Code(
    "subset-without-workload",
    "info",
    "A subset selects none of the service's pods and WorkloadEntries in the files: requests "
    "that are routed to it are answered with 503.",
    "Compare the labels of the subset with those of the workloads.",
)


class _Workloads:
    """The labels of the workloads of a mesh, looked up by one of them.

    Args:
        mesh: The resources.
    """

    def __init__(self, mesh: Mesh) -> None:
        self._all: dict[str, list[Mapping[str, str]]] = {}
        self._by_label: dict[tuple[str, str, str], list[Mapping[str, str]]] = {}
        for pod in mesh.of(Pod):
            self._add(pod.namespace, pod.metadata.labels)
            self._add(_ANYWHERE, pod.metadata.labels)
        for entry in mesh.of(WorkloadEntry):
            self._add(entry.namespace, entry.metadata.labels | entry.spec.labels)

    def _add(self, namespace: str, labels: Mapping[str, str]) -> None:
        self._all.setdefault(namespace, []).append(labels)
        for name, value in labels.items():
            self._by_label.setdefault((namespace, name, value), []).append(labels)

    def given(self, namespace: str) -> bool:
        """Whether anything is known of a namespace's workloads."""
        return namespace in self._all

    def selected(self, namespace: str, selector: Mapping[str, str]) -> bool:
        """Whether some workload of a namespace has all labels of a selector."""
        groups = [
            self._by_label.get((namespace, name, value), ()) for name, value in selector.items()
        ]
        smallest = min(groups, key=len, default=self._all.get(namespace, ()))
        return any(selector.items() <= labels.items() for labels in smallest)


_ANYWHERE = ""
"""Stands for all namespaces."""


@mesh_rule(codes=[GATEWAY_WITHOUT_WORKLOAD])
def check_gateways(mesh: Mesh) -> Iterator[Issue]:
    """Gateways configure some workload, if workloads are given."""
    workloads = _Workloads(mesh)
    for gateway in mesh.of(Gateway) if workloads.given(_ANYWHERE) else ():
        selector = gateway.spec.selector
        if not workloads.selected(_ANYWHERE, selector):
            yield Issue(
                GATEWAY_WITHOUT_WORKLOAD.code,
                f"no pod has {_shown(selector)}",
                ("spec", "selector"),
                resource=gateway,
            )


@mesh_rule(codes=[WORKLOADS_NOT_FOUND])
def check_selectors(mesh: Mesh) -> Iterator[Issue]:
    """ServiceEntries and DestinationRules select some workload, if workloads are given."""
    workloads = _Workloads(mesh)
    for resource, labels in _selectors(mesh):
        namespace = resource.namespace
        if workloads.given(namespace) and not workloads.selected(namespace, labels):
            yield Issue(
                WORKLOADS_NOT_FOUND.code,
                f"no workload of namespace {namespace} has {_shown(labels)}",
                ("spec", "workloadSelector"),
                resource=resource,
            )


def _selectors(mesh: Mesh) -> Iterator[tuple[Resource, Mapping[str, str]]]:
    for entry in mesh.of(ServiceEntry):
        if entry.spec.workload_selector is not None:
            yield entry, entry.spec.workload_selector.labels
    for rule in mesh.of(DestinationRule):
        if rule.spec.workload_selector is not None:
            yield rule, rule.spec.workload_selector.match_labels


@mesh_rule(codes=[SUBSET_WITHOUT_WORKLOAD])
def check_subsets(mesh: Mesh) -> Iterator[Issue]:
    """Subsets have endpoints, if those of the service are given."""
    registry = Registry(mesh)
    workloads = _Workloads(mesh)
    for rule in mesh.of(DestinationRule):
        found = registry.services(resolve(rule.spec.host, rule.namespace))
        if not found:
            continue
        service = found[0].resource
        selector = _selector_of(service)
        if not selector or not workloads.selected(service.namespace, selector):
            continue
        for index, subset in enumerate(rule.spec.subsets):
            both = {**subset.labels, **selector}
            contrary = not subset.labels.items() <= both.items()
            if contrary or not workloads.selected(service.namespace, both):
                yield Issue(
                    SUBSET_WITHOUT_WORKLOAD.code,
                    f"no workload of {service.name} has {_shown(subset.labels)}",
                    ("spec", "subsets", index, "labels"),
                    resource=rule,
                )


def _selector_of(service: Service | ServiceEntry) -> Mapping[str, str]:
    if isinstance(service, ServiceEntry):
        chosen = service.spec.workload_selector
        return chosen.labels if chosen else {}
    return service.spec.selector


def _shown(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in labels.items())
