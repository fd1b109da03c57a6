"""VirtualService: which requests for a host go where (networking.istio.io)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from pymesh.resources._base import Ignored, NotYet, Resource, register
from pymesh.resources.istio._http import (
    CorsPolicy,
    DirectResponse,
    Fault,
    HTTPRetry,
    Mirror,
    Redirect,
    Rewrite,
)
from pymesh.resources.istio._scalars import NETWORKING, VERSIONS, Int32, Timespan, UInt32
from pymesh.resources.istio._shared import Destination, Headers, IstioModel, Percent, StringMatch

__all__ = [
    "Delegate",
    "HTTPMatch",
    "HTTPRoute",
    "HTTPRouteDestination",
    "L4Match",
    "RouteDestination",
    "TCPRoute",
    "TLSMatch",
    "TLSRoute",
    "VirtualService",
    "VirtualServiceSpec",
]


class HTTPMatch(IstioModel):
    """Conditions on a request, which must all hold.

    Args:
        name: A name for logs and metrics.
        uri: The path, without the query.
        scheme: `http` or `https`.
        method: The method, case-sensitive.
        authority: The host and port that were asked for.
        headers: Header fields, by name; a StringMatch without a value asks for presence.
        without_headers: Header fields that must not match.
        query_params: Parameters of the query.
        port: The port of the host that was asked for.
        source_labels: Labels of the client's workload; not looked at when `gateways` is given.
        source_namespace: The client's namespace; not looked at when `gateways` is given.
        gateways: Where the rule applies, instead of the resource's own list.
        ignore_uri_case: Compare `uri` without case, if it is exact or a prefix.
        stat_prefix: A name for metrics.
    """

    name: str = ""
    uri: StringMatch | None = None
    scheme: StringMatch | None = None
    method: StringMatch | None = None
    authority: StringMatch | None = None
    headers: dict[str, StringMatch] = {}
    without_headers: dict[str, StringMatch] = {}
    query_params: dict[str, StringMatch] = {}
    port: UInt32 = 0
    source_labels: dict[str, str] = {}
    source_namespace: str = ""
    gateways: tuple[str, ...] = ()
    ignore_uri_case: bool = False
    stat_prefix: Annotated[str, NotYet("metrics by route")] = ""


class HTTPRouteDestination(IstioModel):
    """One of a rule's destinations.

    Args:
        destination: Where to.
        weight: Its share of the sum of all; a single destination gets everything.
        headers: Edits for requests that go there, before those of the rule.
    """

    destination: Destination
    weight: Int32 = 0
    headers: Headers | None = None


class Delegate(IstioModel):
    """Another VirtualService that has the rules for what matches.

    Args:
        name: Its name.
        namespace: Its namespace; empty is the same.
    """

    name: str = ""
    namespace: str = ""


_MIRRORING = NotYet("mirroring of requests")


class HTTPRoute(IstioModel):
    """A rule: what happens to the requests that one of its matches describes.

    Args:
        name: A name for logs, metrics and explanations.
        match: Alternatives; none matches every request.
        route: Destinations.
        redirect: Answer with a redirect instead.
        direct_response: Answer with a fixed response instead.
        delegate: Let another VirtualService decide.
        rewrite: What to change in the request's path and authority.
        timeout: How long the response may take; none if absent.
        retries: When to try again.
        fault: Delays and errors to inject.
        mirror: A service that gets a copy of the requests.
        mirrors: Services that get a copy of the requests.
        mirror_percentage: How many requests `mirror` gets.
        mirror_percent: The same, in whole percents.
        mirror_percent_snake: The same, in an older spelling.
        cors_policy: Which origins may use the responses.
        headers: Edits of header fields.
    """

    name: str = ""
    match: tuple[HTTPMatch, ...] = ()
    route: tuple[HTTPRouteDestination, ...] = ()
    redirect: Redirect | None = None
    direct_response: DirectResponse | None = None
    delegate: Delegate | None = None
    rewrite: Rewrite | None = None
    timeout: Timespan | None = None
    retries: Annotated[HTTPRetry | None, NotYet("retrying by these settings")] = None
    fault: Annotated[Fault | None, NotYet("fault injection")] = None
    mirror: Annotated[Destination | None, _MIRRORING] = None
    mirrors: Annotated[tuple[Mirror, ...], _MIRRORING] = ()
    mirror_percentage: Annotated[Percent | None, _MIRRORING] = None
    mirror_percent: Annotated[UInt32 | None, _MIRRORING] = None
    mirror_percent_snake: Annotated[
        UInt32 | None,
        Field(alias="mirror_percent"),
        Ignored("an older spelling: write mirrorPercentage"),
    ] = None
    cors_policy: CorsPolicy | None = None
    headers: Headers | None = None


class RouteDestination(IstioModel):
    """One of the destinations of connections.

    Args:
        destination: Where to.
        weight: Its share of the sum of all.
    """

    destination: Destination
    weight: Int32 = 0


class L4Match(IstioModel):
    """Conditions on a TCP connection, which must all hold.

    Args:
        destination_subnets: IP addresses or CIDR ranges it goes to.
        port: The port it goes to.
        source_subnet: Where it comes from; deprecated.
        source_labels: Labels of the client's workload.
        gateways: Where the rule applies, instead of the resource's own list.
        source_namespace: The client's namespace.
    """

    destination_subnets: tuple[str, ...] = ()
    port: UInt32 = 0
    source_subnet: str = ""
    source_labels: dict[str, str] = {}
    gateways: tuple[str, ...] = ()
    source_namespace: str = ""


class TLSMatch(IstioModel):
    """Conditions on a TLS connection that is not terminated; they must all hold.

    Args:
        sni_hosts: Names in the handshake; each one within the resource's hosts.
        destination_subnets: IP addresses or CIDR ranges it goes to.
        port: The port it goes to.
        source_labels: Labels of the client's workload.
        gateways: Where the rule applies, instead of the resource's own list.
        source_namespace: The client's namespace.
    """

    sni_hosts: tuple[str, ...]
    destination_subnets: tuple[str, ...] = ()
    port: UInt32 = 0
    source_labels: dict[str, str] = {}
    gateways: tuple[str, ...] = ()
    source_namespace: str = ""


class TCPRoute(IstioModel):
    """A rule for TCP connections.

    Args:
        match: Alternatives; none matches every connection.
        route: Destinations.
    """

    match: tuple[L4Match, ...] = ()
    route: tuple[RouteDestination, ...] = ()


class TLSRoute(IstioModel):
    """A rule for TLS connections that are passed through.

    Args:
        match: Alternatives.
        route: Destinations.
    """

    match: tuple[TLSMatch, ...]
    route: tuple[RouteDestination, ...] = ()


class VirtualServiceSpec(IstioModel):
    """For which hosts, where, and the rules.

    Args:
        hosts: Hosts; `*.` in front stands for any labels. None: it is to be delegated to.
        gateways: Gateways as `namespace/name`, and `mesh` for all sidecars; empty is `mesh`.
        http: Rules for HTTP, in order: the first that matches decides.
        tls: Rules for TLS that is passed through.
        tcp: Rules for other TCP.
        export_to: Namespaces that see it: `*`, `.` or names; empty is the mesh's default.
    """

    hosts: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    http: tuple[HTTPRoute, ...] = ()
    tls: Annotated[tuple[TLSRoute, ...], NotYet("routing of TLS connections")] = ()
    tcp: Annotated[tuple[TCPRoute, ...], NotYet("routing of TCP connections")] = ()
    export_to: tuple[str, ...] = ()


@register
class VirtualService(Resource):
    """Rules for the requests to some hosts.

    Args:
        spec: Hosts and rules.
    """

    KIND: ClassVar = "VirtualService"
    GROUP: ClassVar = NETWORKING
    VERSIONS: ClassVar = VERSIONS

    spec: Annotated[VirtualServiceSpec, Field(default_factory=VirtualServiceSpec)]
