"""Rules for a VirtualService as a whole: its hosts, its gateways, and what it has at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.istio_networking._codes import HOST_INVALID, host_issue
from pymesh.validate.istio_networking._names import (
    HostSet,
    fqdn_problem,
    host_problem,
    is_address,
    is_label,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pymesh.resources.istio._shared import Destination
    from pymesh.resources.istio.virtual_service import (
        HTTPMatch,
        HTTPRoute,
        HTTPRouteDestination,
        L4Match,
        RouteDestination,
        TCPRoute,
        TLSMatch,
        TLSRoute,
        VirtualServiceSpec,
    )
    from pymesh.validate._rules import Path

    AnyRoute = HTTPRoute | TLSRoute | TCPRoute
    AnyMatch = HTTPMatch | TLSMatch | L4Match

VIRTUAL_SERVICE_EMPTY = Code(
    "virtual-service-empty",
    "error",
    "The VirtualService has no rules: none of `http`, `tls` and `tcp`.",
    "Add a rule, or remove the resource.",
)
HOST_WILDCARD_MESH = Code(
    "host-wildcard-mesh",
    "error",
    "The host `*` would capture everything that workloads in the mesh send. It is for gateways.",
    "Name the hosts, or bind the VirtualService to gateways only.",
)
HOST_REPEATED = Code(
    "host-repeated",
    "error",
    "Two hosts of one VirtualService are the same, or one of them is within the other "
    "(`a.example` within `*.example`).",
    "Keep the wider one.",
)
DELEGATE_CONFLICT = Code(
    "delegate-conflict",
    "error",
    "Something is set that does not go with delegation: a VirtualService without hosts is one "
    "that others delegate to; it has HTTP rules only, no gateways, and does not delegate "
    "further. A rule that delegates has no destinations or redirect of its own.",
    "Give the VirtualService hosts, or remove the fields that the message names.",
)
GATEWAY_NAME_INVALID = Code(
    "gateway-name-invalid",
    "error",
    "An entry of `gateways` is not the name of a gateway: `mesh`, `name` in the same namespace, "
    "or `namespace/name`.",
    "Write `namespace/name`.",
)
GATEWAY_NAME_LEGACY = Code(
    "gateway-name-legacy",
    "warning",
    "A gateway is named like a DNS name (`name.namespace.svc.cluster.local`), an old form.",
    "Write `namespace/name`.",
)
MESH = "mesh"
"""What stands for all sidecars in a list of gateways."""


@rule(
    VirtualService,
    codes=[VIRTUAL_SERVICE_EMPTY, DELEGATE_CONFLICT],
)
def check_presence(resource: VirtualService) -> Iterator[Issue]:
    """There are rules, and a delegate has only what it may have."""
    spec = resource.spec
    if not (spec.http or spec.tls or spec.tcp):
        yield Issue(VIRTUAL_SERVICE_EMPTY.code, "it has no rules", ("spec", "http"))
    if not spec.hosts:
        for name, value in (("gateways", spec.gateways), ("tls", spec.tls), ("tcp", spec.tcp)):
            if value:
                yield Issue(
                    DELEGATE_CONFLICT.code,
                    f"without hosts it is to be delegated to, and has no {name}",
                    ("spec", name),
                    "give it hosts, if it is not a delegate",
                )
    for index, route in enumerate(spec.http):
        if route.delegate is None:
            continue
        place: Path = ("spec", "http", index)
        if not spec.hosts:
            yield Issue(
                DELEGATE_CONFLICT.code, "a delegate does not delegate", (*place, "delegate")
            )
        for name in ("route", "redirect"):
            if route.has(name):
                yield Issue(
                    DELEGATE_CONFLICT.code, f"a rule that delegates has no {name}", (*place, name)
                )


@rule(VirtualService, codes=[HOST_INVALID, HOST_WILDCARD_MESH, HOST_REPEATED])
def check_hosts(resource: VirtualService) -> Iterator[Issue]:
    """Its hosts are names or addresses, and do not overlap."""
    spec = resource.spec
    in_mesh = not spec.gateways or MESH in spec.gateways
    sound = True
    for index, host in enumerate(spec.hosts):
        place = ("spec", "hosts", index)
        if (problem := host_problem(host)) and not is_address(host):
            yield host_issue(host, problem, place)
            sound = False
        elif host == "*" and in_mesh:
            yield Issue(HOST_WILDCARD_MESH.code, "* is for gateways, not for the mesh", place)
            sound = False
    if sound:
        yield from _check_repeated(spec.hosts)


def _check_repeated(hosts: Sequence[str]) -> Iterator[Issue]:
    known = HostSet(hosts)
    for index, host in enumerate(hosts):
        clash = known.covering(host, other_than=index)
        if clash is not None:
            yield Issue(
                HOST_REPEATED.code,
                f"{host} is in {hosts[clash]} already",
                ("spec", "hosts", index),
            )


def routes_of(spec: VirtualServiceSpec) -> Iterator[tuple[Path, AnyRoute]]:
    """The routes of every protocol with their places."""
    lists: tuple[tuple[str, Sequence[AnyRoute]], ...] = (
        ("http", spec.http),
        ("tls", spec.tls),
        ("tcp", spec.tcp),
    )
    for kind, routes in lists:
        for index, route in enumerate(routes):
            yield ("spec", kind, index), route


def destinations_of(spec: VirtualServiceSpec) -> Iterator[tuple[Path, Destination]]:
    """Every destination of routes and mirrors with its place."""
    for path, route in routes_of(spec):
        entries: Sequence[HTTPRouteDestination | RouteDestination] = route.route
        for number, entry in enumerate(entries):
            yield (*path, "route", number, "destination"), entry.destination
    for index, route in enumerate(spec.http):
        if route.mirror is not None:
            yield ("spec", "http", index, "mirror"), route.mirror
        for number, mirror in enumerate(route.mirrors):
            yield ("spec", "http", index, "mirrors", number, "destination"), mirror.destination


@rule(VirtualService, codes=[GATEWAY_NAME_INVALID, GATEWAY_NAME_LEGACY])
def check_gateway_names(resource: VirtualService) -> Iterator[Issue]:
    """Gateways are named as they can be, in the resource and in its matches."""
    spec = resource.spec
    yield from _check_names(spec.gateways, ("spec", "gateways"))
    for path, route in routes_of(spec):
        matches: Sequence[AnyMatch] = route.match
        for number, match in enumerate(matches):
            yield from _check_names(match.gateways, (*path, "match", number, "gateways"))


def _check_names(names: Sequence[str], path: Path) -> Iterator[Issue]:
    for index, name in enumerate(names):
        place = (*path, index)
        namespace, slash, local = name.partition("/")
        if slash:
            if not (is_label(namespace) and is_label(local)):
                yield Issue(GATEWAY_NAME_INVALID.code, f"{name!r} is not namespace/name", place)
        elif problem := fqdn_problem(name):
            yield Issue(GATEWAY_NAME_INVALID.code, f"the gateway {name!r} {problem}", place)
        elif "." in name:
            first, second = name.split(".")[:2]
            yield Issue(
                GATEWAY_NAME_LEGACY.code,
                f"{name} is an old way of naming a gateway",
                place,
                f"write {second}/{first}",
            )
