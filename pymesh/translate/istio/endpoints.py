"""Where the workloads of a service are: ``Endpoints`` by address and ``Names`` to look up."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymesh import wire
from pymesh.resources.kubernetes import EndpointSlice, Pod, Service
from pymesh.translate._output import Output
from pymesh.translate._view import Index, View, unit
from pymesh.translate.istio._findings import finding
from pymesh.translate.istio._hosts import is_address
from pymesh.translate.istio.services import ENTRIES, ServiceInfo, ServiceKey, service
from pymesh.translate.istio.workloads import (
    Place,
    places,
    pod_place,
    selected_entries,
    selected_pods,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources import Finding

__all__ = ["endpoint_documents", "known_endpoints"]

_SLICES: Index[EndpointSlice, tuple[str, str]] = Index(
    EndpointSlice, lambda one: ((one.namespace, one.service),)
)

DNS = frozenset({"DNS", "DNS_ROUND_ROBIN"})
"""Resolutions that look up the endpoints' names, or those of the service itself."""
PASSTHROUGH = frozenset({"NONE", "DYNAMIC_DNS"})
"""Resolutions that go where the request itself says."""


class Slice(NamedTuple):
    """Some places of a service, under a name that stays theirs.

    Args:
        name: Unique within the service.
        places: The places.
    """

    name: str
    places: tuple[Place, ...]


@unit
def _slices(view: View, key: ServiceKey) -> tuple[Slice, ...]:
    """The places of a service; none at all if nothing says where they are."""
    info = service(view, key)
    if info is None or not info.ports or info.resolution in PASSTHROUGH:
        return ()
    if not info.visible_to:
        return ()  # exported to nobody, it is no service to anyone
    if key.kind == "ServiceEntry":
        found = tuple(_of_entries(view, info))
    elif info.resolution == "EXTERNAL_NAME":
        found = (_external_name(view, info),)
    else:
        found = tuple(_of_kubernetes(view, info))
    return tuple(one for one in found if one.places)


@unit
def known_endpoints(view: View, key: ServiceKey) -> bool:
    """Whether anything says what the endpoints of a service are, be it that there are none."""
    if _slices(view, key):
        return True
    if key.kind == "Service":
        return bool(view.find(_SLICES, (key.namespace, key.name)))
    info = service(view, key)
    # An entry whose selector finds nobody: the files may just not have the workloads.
    return info is None or not info.selector


@unit
def endpoint_documents(view: View, key: ServiceKey) -> Output:
    """The endpoints of a service, as documents of at most 100 each."""
    documents: list[wire.Document] = []
    for one in _slices(view, key):
        by_address = [place for place in one.places if is_address(place.host)]
        by_name = [place for place in one.places if not is_address(place.host)]
        documents.extend(
            wire.Endpoints(service=str(key), slice=name, endpoints=tuple(map(_endpoint, part)))
            for name, part in _parts(one.name, by_address)
        )
        documents.extend(
            wire.Names(service=str(key), slice=name, names=tuple(map(_name, part)))
            for name, part in _parts(one.name, by_name)
        )
    return Output(tuple(documents), findings=tuple(_findings(view, key)))


def _of_kubernetes(view: View, info: ServiceInfo) -> Iterator[Slice]:
    namespace, name = info.key.namespace, info.key.name
    slices = view.find(_SLICES, (namespace, name))
    for one in slices:
        yield Slice(one.name, tuple(_of_slice(view, info, one)))
    if not slices:
        # A folder of files has pods, but not what a controller makes of them.
        pods = selected_pods(view, namespace, info.selector)
        found = (pod_place(pod, port) for pod in pods for port in info.ports)
        yield Slice("pods", tuple(place for place in found if place))
    entries = selected_entries(view, namespace, info.selector)
    yield Slice("workload-entries", tuple(places((one.spec for one in entries), info.ports)))


def _of_slice(view: View, info: ServiceInfo, one: EndpointSlice) -> Iterator[Place]:
    resource = view.get(Service, info.key.namespace, info.key.name)
    unready = resource is not None and resource.spec.publish_not_ready_addresses
    numbers = {port.name or "": port.port for port in one.ports if port.protocol == "TCP"}
    for endpoint in one.endpoints:
        if not endpoint.addresses or not (endpoint.ready or unready):
            continue
        reference = endpoint.target_ref
        pod = (
            view.get(Pod, reference.namespace or one.namespace, reference.name)
            if reference and reference.kind == "Pod"
            else None
        )
        for port in info.ports:
            if port.name in numbers:
                yield Place(
                    endpoint.addresses[0],
                    # A slice without a number stands for every port.
                    numbers[port.name] or port.number,
                    port.number,
                    labels=tuple(sorted(pod.metadata.labels.items())) if pod else (),
                    service_account=pod.spec.service_account_name if pod else "",
                )


def _external_name(view: View, info: ServiceInfo) -> Slice:
    found = view.get(Service, info.key.namespace, info.key.name)
    host = found.spec.external_name.rstrip(".") if found else ""
    if not host:
        return Slice("external-name", ())
    return Slice(
        "external-name", tuple(Place(host, port.number, port.number) for port in info.ports)
    )


def _of_entries(view: View, info: ServiceInfo) -> Iterator[Slice]:
    """The endpoints of the ServiceEntries that make up a service, entry by entry."""
    for entry in view.find(ENTRIES, (info.key.namespace, info.key.name)):
        spec = entry.spec
        if spec.workload_selector is not None:
            selector = tuple(sorted(spec.workload_selector.labels.items()))
            pods = selected_pods(view, entry.namespace, selector)
            found = (pod_place(pod, port) for pod in pods for port in info.ports)
            yield Slice(f"{entry.name}-pods", tuple(place for place in found if place))
            entries = selected_entries(view, entry.namespace, selector)
            yield Slice(entry.name, tuple(places((one.spec for one in entries), info.ports)))
        elif spec.endpoints:
            yield Slice(entry.name, tuple(places(spec.endpoints, info.ports)))
        elif spec.resolution in DNS and not info.host.startswith("*"):
            yield Slice(
                entry.name,
                tuple(
                    Place(
                        info.host,
                        port.target if isinstance(port.target, int) else port.number,
                        port.number,
                    )
                    for port in info.ports
                ),
            )


def _findings(view: View, key: ServiceKey) -> Iterator[Finding]:
    if key.kind == "ServiceEntry":
        for entry in view.find(ENTRIES, (key.namespace, key.name)):
            for number, endpoint in enumerate(entry.spec.endpoints):
                if endpoint.address.startswith("unix://"):
                    yield finding(
                        entry,
                        "unix-endpoint-unused",
                        "endpoints at Unix domain sockets are not used",
                        path=f"spec.endpoints[{number}].address",
                        hint="give an IP address or a DNS name",
                    )


def _parts(name: str, places: list[Place]) -> Iterator[tuple[str, list[Place]]]:
    """Cuts places into slices; the first keeps the name."""
    for number, start in enumerate(range(0, len(places), wire.SLICE_ENDPOINTS)):
        part = places[start : start + wire.SLICE_ENDPOINTS]
        yield (f"{name}-{number}" if number else name), part


def _endpoint(place: Place) -> wire.Endpoint:
    host = f"[{place.host}]" if ":" in place.host else place.host
    return wire.Endpoint(
        address=f"{host}:{place.port}",
        weight=place.weight,
        port=place.service_port,
        labels=dict(place.labels),
        service_account=place.service_account,
    )


def _name(place: Place) -> wire.Name:
    return wire.Name(
        host=place.host.lower(),
        port=place.port,
        weight=place.weight,
        service_port=place.service_port,
        labels=dict(place.labels),
    )
