"""Workloads by their labels: pods and WorkloadEntries."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pymesh.resources.istio.workload_entry import WorkloadEntry
from pymesh.resources.kubernetes import Pod
from pymesh.translate._view import Index, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pymesh.resources.istio.workload_entry import Workload
    from pymesh.translate.istio.services import PortInfo

__all__ = ["Place", "entry_place", "pod_place", "selected_entries", "selected_pods"]

AnyWorkload = TypeVar("AnyWorkload", Pod, WorkloadEntry)

_PODS: Index[Pod, tuple[str, str, str]] = Index(
    Pod, lambda pod: ((pod.namespace, *label) for label in pod.metadata.labels.items())
)
_ENTRIES: Index[WorkloadEntry, tuple[str, str, str]] = Index(
    WorkloadEntry,
    lambda entry: ((entry.namespace, *label) for label in _labels(entry).items()),
)


class Place(NamedTuple):
    """Where one workload serves one port of a service.

    Args:
        host: An IP address or a DNS name.
        port: The port there.
        service_port: The service's port.
        weight: The workload's share.
        labels: Its labels, as sorted pairs.
        service_account: The account that it runs as; empty if unknown.
    """

    host: str
    port: int
    service_port: int
    weight: int = 1
    labels: tuple[tuple[str, str], ...] = ()
    service_account: str = ""


def _labels(workload: Pod | WorkloadEntry) -> Mapping[str, str]:
    if isinstance(workload, Pod):
        return workload.metadata.labels
    # Istio takes those of the spec; those of the object are for kubectl.
    return workload.spec.labels


def selected_pods(
    view: View, namespace: str, selector: tuple[tuple[str, str], ...]
) -> tuple[Pod, ...]:
    """The pods of a namespace that have all the labels of a selector; an empty one has none."""
    return _selected(view, _PODS, namespace, selector)


def selected_entries(
    view: View, namespace: str, selector: tuple[tuple[str, str], ...]
) -> tuple[WorkloadEntry, ...]:
    """The WorkloadEntries of a namespace that have all the labels of a selector."""
    return _selected(view, _ENTRIES, namespace, selector)


def _selected(
    view: View,
    index: Index[AnyWorkload, tuple[str, str, str]],
    namespace: str,
    selector: tuple[tuple[str, str], ...],
) -> tuple[AnyWorkload, ...]:
    if not selector:
        return ()
    wanted = dict(selector).items()
    # One label by index, the others by comparison; a selector mostly has one or two.
    found = view.find(index, (namespace, *selector[0]))
    return tuple(one for one in found if wanted <= _labels(one).items())


def pod_place(pod: Pod, port: PortInfo) -> Place | None:
    """Where a pod serves a port; None if it has no address, or no port of that name."""
    number = pod.port(port.target)
    if not pod.status.pod_ip or not number or pod.status.phase not in {"", "Running"}:
        return None
    return Place(
        pod.status.pod_ip,
        number,
        port.number,
        labels=tuple(sorted(pod.metadata.labels.items())),
        service_account=pod.spec.service_account_name,
    )


def entry_place(workload: Workload, port: PortInfo) -> Place | None:
    """Where an entry serves a port; None if it has no address of the network.

    Its ``ports`` give the number by the name of the service's port; otherwise it is the
    service's target port, and failing that the service's port.
    """
    if not workload.address or workload.address.startswith("unix://"):
        return None
    number = workload.ports.get(port.name) or (
        port.target if isinstance(port.target, int) else port.number
    )
    return Place(
        workload.address,
        number,
        port.number,
        workload.weight or 1,
        tuple(sorted(workload.labels.items())),
        workload.service_account,
    )


def places(workloads: Iterable[Workload], ports: Iterable[PortInfo]) -> Iterable[Place]:
    """The places of several entries, entry by entry."""
    for workload in workloads:
        for port in ports:
            if place := entry_place(workload, port):
                yield place
