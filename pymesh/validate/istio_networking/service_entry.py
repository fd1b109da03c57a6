"""Rules for a ServiceEntry: hosts, addresses, ports, and how its endpoints are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.service_entry import ServiceEntry
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.istio_networking._codes import (
    ADDRESS_INVALID,
    HOST_INVALID,
    LABEL_INVALID,
    PORT_NAME_INVALID,
    PORT_RANGE,
    PROTOCOL_UNKNOWN,
    WORKLOAD_SELECTOR_EMPTY,
    check_labels,
    check_port,
    check_protocol,
    host_issue,
    is_http,
    is_tls,
)
from pymesh.validate.istio_networking._names import (
    fqdn_problem,
    host_problem,
    is_label,
    partial_wildcard,
    subnet_problem,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICE_ENTRY_ANY_HOST = Code(
    "service-entry-any-host",
    "error",
    "The host `*` of a ServiceEntry would stand for every host there is.",
    "Name the hosts, or a domain such as `*.example`.",
)
HOST_PARTIAL_WILDCARD = Code(
    "host-partial-wildcard",
    "warning",
    "A wildcard stands for a part of a label (`*shop.example`). It also takes in hosts such as "
    "`workshop.example`.",
    "Write `*.shop.example` and `shop.example`.",
)
SERVICE_ENTRY_CIDR = Code(
    "service-entry-cidr",
    "error",
    "A ServiceEntry whose hosts are looked up in DNS has a range of addresses; ranges go with "
    "`resolution: NONE` and `STATIC` only.",
    "List single addresses, or change the resolution.",
)
SERVICE_ENTRY_DNS_HOST = Code(
    "service-entry-dns-host",
    "error",
    "A ServiceEntry has a host with a wildcard, which cannot be looked up in DNS, and no "
    "endpoints to look up instead.",
    "Name the host, add endpoints with DNS names, or use `resolution: NONE` or `DYNAMIC_DNS`.",
)
SERVICE_ENTRY_PORT_REPEATED = Code(
    "service-entry-port-repeated",
    "error",
    "Two ports of a ServiceEntry have one number or one name.",
    "Give each port a number and a name of its own.",
)
SERVICE_ENTRY_TCP_HOSTS = Code(
    "service-entry-tcp-hosts",
    "error",
    "A ServiceEntry has several hosts and a port whose protocol shows no host name, so that "
    "nobody can tell which host a connection is for.",
    "Make one ServiceEntry of each host, or say that the port is HTTP or TLS.",
)
SERVICE_ENTRY_TCP_ADDRESS = Code(
    "service-entry-tcp-address",
    "warning",
    "A ServiceEntry has a TCP port and no address: connections to it can only be told from "
    "others by their port.",
    "Give `addresses`, or say that the port is HTTP or TLS.",
)


@rule(
    ServiceEntry,
    codes=[HOST_INVALID, SERVICE_ENTRY_ANY_HOST, HOST_PARTIAL_WILDCARD, SERVICE_ENTRY_DNS_HOST],
)
def check_hosts(resource: ServiceEntry) -> Iterator[Issue]:
    """Hosts are names, and such that the resolution can resolve."""
    spec = resource.spec
    looked_up = spec.resolution in {"DNS", "DNS_ROUND_ROBIN"} and not spec.endpoints
    for index, host in enumerate(spec.hosts):
        place = ("spec", "hosts", index)
        if host == "*":
            yield Issue(SERVICE_ENTRY_ANY_HOST.code, "* stands for every host", place)
        elif problem := host_problem(host):
            yield host_issue(host, problem, place)
        elif looked_up and fqdn_problem(host):
            yield Issue(SERVICE_ENTRY_DNS_HOST.code, f"{host} cannot be looked up in DNS", place)
        elif partial_wildcard(host):
            yield Issue(
                HOST_PARTIAL_WILDCARD.code, f"{host} has a wildcard for a part of a label", place
            )


@rule(ServiceEntry, codes=[ADDRESS_INVALID, SERVICE_ENTRY_CIDR])
def check_addresses(resource: ServiceEntry) -> Iterator[Issue]:
    """Addresses are such, and ranges only where they can be."""
    spec = resource.spec
    for index, address in enumerate(spec.addresses):
        place = ("spec", "addresses", index)
        if problem := subnet_problem(address):
            yield Issue(ADDRESS_INVALID.code, f"{address!r} {problem}", place)
        if "/" in address and spec.resolution not in {"NONE", "STATIC"}:
            yield Issue(
                SERVICE_ENTRY_CIDR.code,
                f"{address} is a range, which {spec.resolution} has not",
                place,
            )


@rule(
    ServiceEntry,
    codes=[
        PORT_RANGE,
        PORT_NAME_INVALID,
        PROTOCOL_UNKNOWN,
        SERVICE_ENTRY_PORT_REPEATED,
    ],
)
def check_ports(resource: ServiceEntry) -> Iterator[Issue]:
    """Ports are numbered and named, each with its own."""
    numbers: set[int] = set()
    names: set[str] = set()
    for index, port in enumerate(resource.spec.ports):
        place = ("spec", "ports", index)
        yield from check_port(port.number, (*place, "number"))
        if port.has("target_port"):
            yield from check_port(port.target_port, (*place, "targetPort"))
        yield from check_protocol(port.protocol, (*place, "protocol"), required=False)
        if not is_label(port.name):
            yield Issue(
                PORT_NAME_INVALID.code, f"{port.name!r} is not the name of a port", (*place, "name")
            )
        if port.number in numbers:
            yield Issue(
                SERVICE_ENTRY_PORT_REPEATED.code,
                f"the port {port.number} is there already",
                (*place, "number"),
            )
        if port.name in names:
            yield Issue(
                SERVICE_ENTRY_PORT_REPEATED.code,
                f"the name {port.name} is there already",
                (*place, "name"),
            )
        numbers.add(port.number)
        names.add(port.name)


@rule(ServiceEntry, codes=[SERVICE_ENTRY_TCP_HOSTS, SERVICE_ENTRY_TCP_ADDRESS])
def check_opaque_ports(resource: ServiceEntry) -> Iterator[Issue]:
    """Connections that show no host name can still be told apart."""
    spec = resource.spec
    for index, port in enumerate(spec.ports):
        if is_http(port.protocol) or is_tls(port.protocol):
            continue
        place = ("spec", "ports", index)
        if len(spec.hosts) > 1 and spec.resolution != "NONE":
            yield Issue(
                SERVICE_ENTRY_TCP_HOSTS.code,
                f"connections to port {port.number} do not say which host they are for",
                place,
            )
        elif not spec.addresses and port.protocol.upper() in {"", "TCP"}:
            yield Issue(
                SERVICE_ENTRY_TCP_ADDRESS.code,
                f"only the port tells connections to {port.number} from others",
                place,
            )


@rule(ServiceEntry, codes=[WORKLOAD_SELECTOR_EMPTY, LABEL_INVALID])
def check_selector(resource: ServiceEntry) -> Iterator[Issue]:
    """The selector can select."""
    selector = resource.spec.workload_selector
    if selector is not None:
        place = ("spec", "workloadSelector")
        if not selector.labels:
            yield Issue(WORKLOAD_SELECTOR_EMPTY.code, "the selector has no labels", place)
        yield from check_labels(selector.labels, (*place, "labels"))
