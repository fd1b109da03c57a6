"""Routes, and the listeners of gateways."""

from typing import Literal

from msgspec import field

from pymesh.wire._base import Document, Port
from pymesh.wire.actions import (
    Cors,
    Destination,
    DirectResponse,
    Fault,
    HeaderEdits,
    Mirror,
    Redirect,
    Retry,
    Rewrite,
    Timeouts,
)
from pymesh.wire.matches import RouteMatch

__all__ = ["Listener", "Origin", "RouteRule", "Routes"]


class Origin(Document, frozen=True):
    """The resource that a rule comes from.

    Args:
        kind: Of the resource.
        namespace: Of the resource.
        name: Of the resource.
        rule: The rule's place in it, counted from 0.
    """

    kind: str
    namespace: str
    name: str
    rule: int = 0


class RouteRule(Document, frozen=True):
    """If any match holds, the request is redirected, answered, or goes to the destinations.

    Args:
        name: The name in logs, metrics and explanations.
        matches: Any one suffices; none at all means every request.
        destinations: Where matching requests go, in proportion to the weights.
        timeouts: Time limits.
        request_headers: Edits of the request's header.
        response_headers: Edits of the response's header.
        resource: What the rule comes from.
        redirect: The client is sent elsewhere.
        direct_response: The proxy answers itself.
        rewrite: What the destination sees instead of the request's own path and authority.
        cors: What pages of other origins may do.
        retry: When a request is tried again.
        mirrors: Where copies go.
        fault: Faults made on purpose.
        fallback: Whether it is there only for a proxy to which no other rule applies, because of
            their sources; decided when it loads its routes.
    """

    name: str
    matches: tuple[RouteMatch, ...] = ()
    destinations: tuple[Destination, ...] = ()
    timeouts: Timeouts = Timeouts()
    request_headers: HeaderEdits = HeaderEdits()
    response_headers: HeaderEdits = HeaderEdits()
    resource: Origin | None = None
    redirect: Redirect | None = None
    direct_response: DirectResponse | None = None
    rewrite: Rewrite | None = None
    cors: Cors | None = None
    retry: Retry | None = None
    mirrors: tuple[Mirror, ...] = ()
    fault: Fault | None = None
    fallback: bool = False


class Routes(Document, kw_only=True, frozen=True):
    """The rules for one host, as one audience sees them.

    Args:
        host: A host name, ``*.suffix``, or ``*`` for every host.
        aliases: Other names of the host.
        local_aliases: Other names that only workloads in ``namespace`` may use.
        namespace: The namespace of ``local_aliases``.
        audience: The namespace whose workloads use these rules, or ``*`` for all.
        gateway: The gateway (``namespace/name``) that they belong to; empty for the mesh.
        port: The port that they are for; 0 means any.
        order: ``specific`` lets Gateway API precedence decide, then this order; with ``listed``
            the first rule that matches wins.
        rules: The rules; none means that the host answers 404.
    """

    host: str
    aliases: tuple[str, ...] = ()
    local_aliases: tuple[str, ...] = ()
    namespace: str = ""
    audience: str = "*"
    gateway: str = ""
    port: Port = 0
    order: Literal["specific", "listed"] = "specific"
    rules: tuple[RouteRule, ...]


class Listener(Document, frozen=True):
    """One port on which a gateway listens.

    Args:
        gateway: The gateway, ``namespace/name``.
        name: The listener's name.
        port: The port.
        protocol: What clients speak there.
        hosts: The hosts that it serves; ``*`` is every host.
        bind: The address; empty means all.
        selector: Labels of the workloads that serve it (Istio ``Gateway``), by which policies
            with a selector find it.
    """

    gateway: str
    name: str
    port: Port
    protocol: Literal["http", "https", "tls", "tcp"] = "http"
    hosts: tuple[str, ...] = ()
    bind: str = ""
    selector: dict[str, str] = field(default_factory=dict)
