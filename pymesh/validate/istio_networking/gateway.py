"""Rules for Istio's Gateway: servers, their ports and hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.gateway import Gateway
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.istio_networking._codes import (
    ADDRESS_INVALID,
    HOST_INVALID,
    LABEL_INVALID,
    PORT_RANGE,
    PROTOCOL_UNKNOWN,
    check_labels,
    check_port,
    check_protocol,
    host_issue,
)
from pymesh.validate.istio_networking._names import (
    address_problem,
    host_problem,
    is_address,
    is_label,
    is_unix,
    partial_wildcard,
)
from pymesh.validate.istio_networking.http_matches import NAMESPACE_INVALID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources.istio.gateway import Server
    from pymesh.validate._rules import Path

GATEWAY_INCOMPLETE = Code(
    "gateway-incomplete",
    "error",
    "A Gateway has no servers, or one of them has no hosts, or its port no name.",
    "Add what the message names.",
)
GATEWAY_RESOURCE_NAME = Code(
    "gateway-resource-name",
    "error",
    "The Gateway's own name is not a DNS label (dots are not allowed in it), and so no "
    "VirtualService can refer to it.",
    "Rename the resource.",
)
GATEWAY_PORT_NAME_REPEATED = Code(
    "gateway-port-name-repeated",
    "error",
    "Two servers of a Gateway have ports of one name.",
    "Give each a name of its own.",
)
GATEWAY_TARGET_PORT = Code(
    "gateway-target-port",
    "error",
    "`targetPort` has no meaning in a Gateway: it listens on `number`. Istio refuses it.",
    "Remove it.",
)
HOST_SHORT = Code(
    "host-short",
    "error",
    "A host of a Gateway has no dot. Short names mean services of a namespace, which are not "
    "what clients outside ask for.",
    "Write the whole DNS name, or `*`.",
)


@rule(
    Gateway,
    codes=[GATEWAY_INCOMPLETE, GATEWAY_RESOURCE_NAME, GATEWAY_PORT_NAME_REPEATED, LABEL_INVALID],
)
def check_gateway(resource: Gateway) -> Iterator[Issue]:
    """There are servers, with ports that have names of their own."""
    spec = resource.spec
    if not is_label(resource.name):
        yield Issue(
            GATEWAY_RESOURCE_NAME.code,
            f"{resource.name!r} is not the name of a gateway",
            ("metadata", "name"),
        )
    if not spec.servers:
        yield Issue(GATEWAY_INCOMPLETE.code, "the gateway has no servers", ("spec", "servers"))
    seen: set[str] = set()
    for index, server in enumerate(spec.servers):
        place: Path = ("spec", "servers", index)
        if not server.hosts:
            yield Issue(GATEWAY_INCOMPLETE.code, "the server has no hosts", (*place, "hosts"))
        name = server.port.name
        if not name:
            yield Issue(GATEWAY_INCOMPLETE.code, "the port has no name", (*place, "port", "name"))
        elif name in seen:
            yield Issue(
                GATEWAY_PORT_NAME_REPEATED.code,
                f"the port name {name} is there already",
                (*place, "port", "name"),
            )
        seen.add(name)
    yield from check_labels(spec.selector, ("spec", "selector"))


@rule(Gateway, codes=[HOST_INVALID, HOST_SHORT, NAMESPACE_INVALID])
def check_hosts(resource: Gateway) -> Iterator[Issue]:
    """Hosts are DNS names or addresses, with or without a namespace in front."""
    for index, server in enumerate(resource.spec.servers):
        for number, host in enumerate(server.hosts):
            place = ("spec", "servers", index, "hosts", number)
            namespace, slash, name = host.partition("/")
            if slash and namespace not in {"*", "."} and not is_label(namespace):
                yield Issue(NAMESPACE_INVALID.code, f"{namespace!r} is not a namespace", place)
            yield from _check_name(name if slash else host, place)


def _check_name(name: str, place: Path) -> Iterator[Issue]:
    if is_address(name) and "." in name:
        return
    if problem := host_problem(name):
        yield host_issue(name, problem, place)
    elif name != "*" and "." not in name:
        yield Issue(HOST_SHORT.code, f"{name!r} is a short name", place)
    elif partial_wildcard(name):
        yield host_issue(name, "has a wildcard for a part of a label", place)


@rule(
    Gateway,
    codes=[PORT_RANGE, PROTOCOL_UNKNOWN, ADDRESS_INVALID, GATEWAY_TARGET_PORT],
)
def check_ports(resource: Gateway) -> Iterator[Issue]:
    """Ports, protocols and addresses that can be listened on."""
    for index, server in enumerate(resource.spec.servers):
        place: Path = ("spec", "servers", index)
        port = server.port
        yield from check_protocol(port.protocol, (*place, "port", "protocol"), required=True)
        if port.target_port:
            yield Issue(
                GATEWAY_TARGET_PORT.code,
                "targetPort has no meaning in a Gateway",
                (*place, "port", "targetPort"),
            )
        yield from _check_bind(server, place)


def _check_bind(server: Server, place: Path) -> Iterator[Issue]:
    number = ("port", "number")
    if not is_unix(server.bind):
        yield from check_port(server.port.number, (*place, *number))
        if server.bind and (problem := address_problem(server.bind)):
            yield Issue(ADDRESS_INVALID.code, f"{server.bind!r} {problem}", (*place, "bind"))
        return
    path = server.bind.removeprefix("unix://")
    if not path.startswith("@") and (not path.startswith("/") or path.endswith("/")):
        yield Issue(
            ADDRESS_INVALID.code,
            f"{server.bind!r} is not the absolute path of a socket",
            (*place, "bind"),
        )
    if server.port.number:
        yield Issue(PORT_RANGE.code, "a Unix domain socket has port 0", (*place, *number))
