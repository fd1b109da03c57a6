"""Rules for workloads: those of WorkloadEntry, and the endpoints of a ServiceEntry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.service_entry import ServiceEntry
from pymesh.resources.istio.workload_entry import WorkloadEntry
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.istio_networking._codes import (
    ADDRESS_INVALID,
    LABEL_INVALID,
    PORT_NAME_INVALID,
    PORT_RANGE,
    check_labels,
    check_port,
)
from pymesh.validate.istio_networking._names import fqdn_problem, is_address, is_label, is_unix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources.istio.workload_entry import Workload
    from pymesh.validate._rules import Path

WORKLOAD_ADDRESS_MISSING = Code(
    "workload-address-missing",
    "error",
    "A workload has no address. Only one in another network may do without, and is then reached "
    "through that network's gateway, which is not acted on yet (a warning).",
    "Give its IP address or DNS name.",
)
UNIX_ENDPOINT_PORTS = Code(
    "unix-endpoint-ports",
    "error",
    "An endpoint that is a Unix domain socket has ports, or its service has not exactly one.",
    "Remove `ports` from the endpoint; give the service one port.",
)
UNIX_ENDPOINT_UNUSED = Code(
    "unix-endpoint-unused",
    "warning",
    "A workload is a Unix domain socket. Proxies do not connect to those yet, so that it gets no "
    "requests.",
    "Give an IP address and a port.",
)
ENDPOINTS_WITHOUT_EFFECT = Code(
    "endpoints-without-effect",
    "error",
    "Endpoints do not go with the resolution of the ServiceEntry: with `NONE` (also the default) "
    "connections go where the client wants, with `DNS_ROUND_ROBIN` there is one name at most.",
    "Use `resolution: STATIC` for addresses and `DNS` for names, or remove the endpoints.",
)
ENDPOINT_PORT_UNKNOWN = Code(
    "endpoint-port-unknown",
    "error",
    "An endpoint maps a port of a name that the ServiceEntry does not have.",
    "Use the names of the ServiceEntry's ports.",
)
SERVICE_ENTRY_WITHOUT_ENDPOINTS = Code(
    "service-entry-without-endpoints",
    "warning",
    "A ServiceEntry with `resolution: STATIC` has neither endpoints nor a selector of workloads: "
    "requests to it fail with 503. With `NONE`, a selector has no effect.",
    "Add endpoints, or choose the resolution that is meant.",
)


@rule(
    WorkloadEntry,
    codes=[
        WORKLOAD_ADDRESS_MISSING,
        ADDRESS_INVALID,
        UNIX_ENDPOINT_PORTS,
        UNIX_ENDPOINT_UNUSED,
        LABEL_INVALID,
        PORT_RANGE,
        PORT_NAME_INVALID,
    ],
)
def check_workload_entry(resource: WorkloadEntry) -> Iterator[Issue]:
    """A workload that can be reached."""
    yield from _check_workload(resource.spec, ("spec",), names=True)


@rule(
    ServiceEntry,
    codes=[
        WORKLOAD_ADDRESS_MISSING,
        ADDRESS_INVALID,
        UNIX_ENDPOINT_PORTS,
        UNIX_ENDPOINT_UNUSED,
        ENDPOINT_PORT_UNKNOWN,
        LABEL_INVALID,
        PORT_RANGE,
        PORT_NAME_INVALID,
    ],
)
def check_endpoints(resource: ServiceEntry) -> Iterator[Issue]:
    """Endpoints that can be reached, at ports that the service has."""
    spec = resource.spec
    known = {port.name for port in spec.ports}
    dns = spec.resolution not in {"NONE", "STATIC"}
    for index, endpoint in enumerate(spec.endpoints):
        place = ("spec", "endpoints", index)
        yield from _check_workload(endpoint, place, names=dns)
        if is_unix(endpoint.address):
            if dns:
                yield Issue(
                    ADDRESS_INVALID.code,
                    f"{endpoint.address} cannot be looked up in DNS",
                    (*place, "address"),
                )
            elif len(known) != 1:
                yield Issue(UNIX_ENDPOINT_PORTS.code, "a socket serves exactly one port", place)
        for name in endpoint.ports:
            if name not in known:
                yield Issue(
                    ENDPOINT_PORT_UNKNOWN.code,
                    f"the service has no port {name!r}",
                    (*place, "ports", name),
                )


def _check_workload(workload: Workload, place: Path, *, names: bool) -> Iterator[Issue]:
    address = workload.address
    where = (*place, "address")
    if not address:
        missing = not workload.network
        yield Issue(
            WORKLOAD_ADDRESS_MISSING.code,
            "the workload has no address",
            where if workload.has("address") else place,
            severity="error" if missing else "warning",
        )
    elif is_unix(address):
        yield Issue(UNIX_ENDPOINT_UNUSED.code, "sockets are not connected to", where)
        if workload.has("ports"):
            yield Issue(UNIX_ENDPOINT_PORTS.code, "a socket has no ports", (*place, "ports"))
    elif not is_address(address):
        if not names:
            yield Issue(
                ADDRESS_INVALID.code,
                f"{address!r} is not an IP address",
                where,
                "use resolution: DNS for names",
            )
        elif problem := fqdn_problem(address):
            yield Issue(ADDRESS_INVALID.code, f"the name {address!r} {problem}", where)
    for name, port in workload.ports.items():
        if not is_label(name):
            yield Issue(
                PORT_NAME_INVALID.code,
                f"{name!r} is not the name of a port",
                (*place, "ports", name),
            )
        yield from check_port(port, (*place, "ports", name))
    yield from check_labels(workload.labels, (*place, "labels"))


@rule(ServiceEntry, codes=[ENDPOINTS_WITHOUT_EFFECT, SERVICE_ENTRY_WITHOUT_ENDPOINTS])
def check_resolution(resource: ServiceEntry) -> Iterator[Issue]:
    """Endpoints are there if the resolution needs them, and only then."""
    spec = resource.spec
    place = ("spec", "endpoints")
    if spec.resolution == "NONE":
        if spec.has("endpoints"):
            yield Issue(ENDPOINTS_WITHOUT_EFFECT.code, "NONE has no endpoints", place)
        if spec.workload_selector is not None:
            yield Issue(
                SERVICE_ENTRY_WITHOUT_ENDPOINTS.code,
                "a selector has no effect with resolution NONE",
                ("spec", "workloadSelector"),
            )
    elif spec.resolution == "DNS_ROUND_ROBIN" and len(spec.endpoints) > 1:
        yield Issue(
            ENDPOINTS_WITHOUT_EFFECT.code, "DNS_ROUND_ROBIN has one endpoint at most", place
        )
    elif spec.resolution == "STATIC" and not spec.endpoints and spec.workload_selector is None:
        yield Issue(
            SERVICE_ENTRY_WITHOUT_ENDPOINTS.code, "nothing says where the service is", ("spec",)
        )
