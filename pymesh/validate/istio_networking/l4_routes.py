"""Rules for routes of TLS and TCP connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.virtual_service import HTTPRoute, VirtualService
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.istio_networking._codes import (
    ADDRESS_INVALID,
    HOST_INVALID,
    LABEL_INVALID,
    PORT_RANGE,
    check_labels,
    check_port,
    host_issue,
)
from pymesh.validate.istio_networking._names import (
    HostSet,
    host_problem,
    is_address,
    subnet_problem,
)
from pymesh.validate.istio_networking.virtual_service import routes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pymesh.resources.istio.virtual_service import L4Match, TLSMatch
    from pymesh.validate._rules import Path

L4_ROUTE_INCOMPLETE = Code(
    "l4-route-incomplete",
    "error",
    "A route of TLS or TCP connections has no destination, or one of TLS does not say for which "
    "names (`sniHosts`) it is.",
    "Add what the message names.",
)
SNI_HOST_OUTSIDE = Code(
    "sni-host-outside",
    "error",
    "A name in `sniHosts` is not within the hosts of the VirtualService, so that the route would "
    "never be looked at for it.",
    "Add it to the VirtualService's hosts, or remove it here.",
)
SNI_HOST_ADDRESS = Code(
    "sni-host-address",
    "warning",
    "An entry of `sniHosts` is an IP address. TLS does not allow addresses as server names "
    "(RFC 6066 section 3), and few clients send them.",
    "Match names.",
)


@rule(VirtualService, codes=[L4_ROUTE_INCOMPLETE])
def check_completeness(resource: VirtualService) -> Iterator[Issue]:
    """Routes lead somewhere, and those of TLS say for which names."""
    for path, route in routes_of(resource.spec):
        if not isinstance(route, HTTPRoute) and not route.route:
            yield Issue(L4_ROUTE_INCOMPLETE.code, "the route has no destination", path)
    for index, route in enumerate(resource.spec.tls):
        place: Path = ("spec", "tls", index, "match")
        if not route.match:
            yield Issue(L4_ROUTE_INCOMPLETE.code, "the route matches nothing", place)
        for number, match in enumerate(route.match):
            if not match.sni_hosts:
                yield Issue(L4_ROUTE_INCOMPLETE.code, "the match names no host", (*place, number))


@rule(VirtualService, codes=[ADDRESS_INVALID, LABEL_INVALID, PORT_RANGE])
def check_l4_matches(resource: VirtualService) -> Iterator[Issue]:
    """Conditions on connections are such that a connection can meet them."""
    for path, route in routes_of(resource.spec):
        if not isinstance(route, HTTPRoute):
            matches: Sequence[TLSMatch | L4Match] = route.match
            for number, match in enumerate(matches):
                yield from _check_match(match, (*path, "match", number))


def _check_match(match: TLSMatch | L4Match, path: Path) -> Iterator[Issue]:
    for index, subnet in enumerate(match.destination_subnets):
        if problem := subnet_problem(subnet):
            place = (*path, "destinationSubnets", index)
            yield Issue(ADDRESS_INVALID.code, f"{subnet!r} {problem}", place)
    if match.port:
        yield from check_port(match.port, (*path, "port"))
    yield from check_labels(match.source_labels, (*path, "sourceLabels"))


@rule(VirtualService, codes=[HOST_INVALID, SNI_HOST_OUTSIDE, SNI_HOST_ADDRESS])
def check_sni_hosts(resource: VirtualService) -> Iterator[Issue]:
    """Names in handshakes are within the resource's hosts."""
    hosts = HostSet(resource.spec.hosts)
    for index, route in enumerate(resource.spec.tls):
        for number, match in enumerate(route.match):
            place = ("spec", "tls", index, "match", number, "sniHosts")
            yield from _check_names(match.sni_hosts, hosts, place)


def _check_names(names: Sequence[str], hosts: HostSet, path: Path) -> Iterator[Issue]:
    for index, name in enumerate(names):
        place = (*path, index)
        if is_address(name):
            yield Issue(SNI_HOST_ADDRESS.code, f"{name} is an address, not a name", place)
        elif problem := host_problem(name):
            yield host_issue(name, problem, place)
        elif hosts.covering(name) is None:
            yield Issue(
                SNI_HOST_OUTSIDE.code, f"{name} is not within the VirtualService's hosts", place
            )
