"""Istio's Gateway: its listeners, and the routes that VirtualServices give it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from pymesh import wire
from pymesh.resources.istio.gateway import Gateway
from pymesh.translate._output import EMPTY, Output
from pymesh.translate._view import View, unit
from pymesh.translate.istio._hosts import as_authority, intersect, routable
from pymesh.translate.istio._matches import catches_all
from pymesh.translate.istio._visibility import EVERYONE
from pymesh.translate.istio.http_rules import Place, http_rules, rule_audiences
from pymesh.translate.istio.virtual_services import GATEWAYS, hosts_of, in_order, visibility

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from pymesh.resources import Finding
    from pymesh.resources.istio.gateway import Server
    from pymesh.resources.istio.virtual_service import VirtualService

__all__ = ["gateway_documents"]

_PROTOCOLS: dict[str, Literal["http", "https", "tls", "tcp"]] = {
    "HTTP": "http",
    "HTTP2": "http",
    "GRPC": "http",
    "GRPC-WEB": "http",
    "HTTPS": "https",
    "TLS": "tls",
}
_TERMINATING = frozenset({"SIMPLE", "MUTUAL", "ISTIO_MUTUAL", "OPTIONAL_MUTUAL"})


class ServerHosts(NamedTuple):
    """A server's port and hosts.

    Args:
        number: The server's place in the Gateway.
        port: Its port.
        protocol: What clients speak there.
        http: Whether it sees HTTP, be it inside TLS that ends there.
        hosts: Pairs of the namespace whose VirtualServices may have the host (``*`` for any),
            and the host.
        redirects: Whether every request is sent to ``https``.
    """

    number: int
    port: int
    protocol: Literal["http", "https", "tls", "tcp"]
    http: bool
    hosts: tuple[tuple[str, str], ...]
    redirects: bool


def _server(number: int, server: Server, namespace: str) -> ServerHosts:
    protocol = _PROTOCOLS.get(server.port.protocol.upper(), "tcp")
    tls = server.tls
    if protocol == "tls" and tls and tls.mode in _TERMINATING:
        http = False  # TLS ends here, what is inside is not HTTP to Istio
    else:
        http = protocol == "http" or (protocol == "https" and _terminates(server))
    return ServerHosts(
        number=number,
        port=server.port.number,
        protocol=protocol,
        http=http,
        hosts=tuple(_limited(host, namespace) for host in server.hosts),
        redirects=bool(tls and tls.https_redirect) and protocol == "http",
    )


def _terminates(server: Server) -> bool:
    return server.tls is not None and server.tls.mode in _TERMINATING


def _limited(host: str, namespace: str) -> tuple[str, str]:
    limit, slash, name = host.rpartition("/")
    if not slash:
        return EVERYONE, host.lower()
    return (namespace if limit == "." else limit or EVERYONE), name.lower()


@unit
def gateway_documents(view: View, key: tuple[str, str]) -> Output:
    """The listeners and routes of a Gateway."""
    gateway = view.get(Gateway, *key)
    if gateway is None:
        return EMPTY
    servers = [
        _server(number, server, gateway.namespace)
        for number, server in enumerate(gateway.spec.servers)
    ]
    name = f"{gateway.namespace}/{gateway.name}"
    bound = view.find(GATEWAYS, name)
    clients: frozenset[str] = frozenset()
    for resource in bound:
        clients |= visibility(view, resource)
        clients |= rule_audiences(view, (resource.namespace, resource.name))
    maker = _Maker(view, name, servers, bound)
    common = maker.routes(EVERYONE)
    documents: list[wire.Document] = [*_listeners(gateway, servers), *common.values()]
    for client in sorted(clients - {EVERYONE}):
        for place, routes in maker.routes(client).items():
            everyone = common.get(place)
            if everyone is None or everyone.rules != routes.rules:
                documents.append(routes)
    return Output(tuple(documents), findings=tuple(dict.fromkeys(maker.findings)))


def _listeners(gateway: Gateway, servers: list[ServerHosts]) -> Iterator[wire.Listener]:
    """One listener for each port, protocol and address: servers that share them are merged."""
    merged: dict[tuple[int, str, str], list[ServerHosts]] = {}
    for server in servers:
        bind = gateway.spec.servers[server.number].bind
        merged.setdefault((server.port, server.protocol, bind), []).append(server)
    for (port, _, bind), together in merged.items():
        first = gateway.spec.servers[together[0].number]
        yield wire.Listener(
            gateway=f"{gateway.namespace}/{gateway.name}",
            name=first.name or first.port.name,
            port=port,
            protocol=together[0].protocol,
            hosts=tuple(
                dict.fromkeys(
                    as_authority(host)
                    for one in together
                    for _, host in one.hosts
                    if routable(host)
                )
            ),
            bind=bind,
            selector=gateway.spec.selector,
        )


class _Maker:
    """Makes the routes of one Gateway."""

    def __init__(
        self,
        view: View,
        name: str,
        servers: list[ServerHosts],
        bound: tuple[VirtualService, ...],
    ) -> None:
        self.view = view
        self.name = name
        self.servers = servers
        self.bound = bound
        self.findings: list[Finding] = []

    def routes(self, client: str) -> dict[tuple[int, str], wire.Routes]:
        """The routes by port and host, as a proxy in a namespace has them."""
        rules: dict[tuple[int, str], list[tuple[wire.RouteRule, ...]]] = {}
        redirects: dict[tuple[int, str], None] = {}
        visible = in_order(self.view, self.bound, client)
        for server in self.servers:
            if server.redirects:
                hosts_of_server = [host for _, host in server.hosts if routable(host)]
                redirects.update({(server.port, host): None for host in hosts_of_server})
            for resource in visible if server.http else ():
                hosts = self.common_hosts(server, resource)
                if not hosts:
                    continue
                if server.redirects:
                    redirects.update({(server.port, host): None for host in hosts})
                place = Place(
                    resource.namespace,
                    resource.name,
                    self.name,
                    server.port,
                    client,
                    server.protocol == "https",
                )
                made = http_rules(self.view, place)
                self.findings.extend(made.findings)
                for host in hosts if made.rules else ():
                    rules.setdefault((server.port, host), []).append(made.rules)
        found = {at: self.document(at, client, _combined(parts)) for at, parts in rules.items()}
        for at in redirects:
            found[at] = self.document(at, client, (self.to_https(),))
        return found

    @staticmethod
    def common_hosts(server: ServerHosts, resource: VirtualService) -> tuple[str, ...]:
        """What a server's hosts and a VirtualService's have in common."""
        found = (
            intersect(host, own)
            for limit, host in server.hosts
            if limit in {EVERYONE, resource.namespace}
            for own in hosts_of(resource)
        )
        return tuple(dict.fromkeys(host for host in found if host and routable(host)))

    def document(
        self, at: tuple[int, str], client: str, rules: tuple[wire.RouteRule, ...]
    ) -> wire.Routes:
        """The routes of a host at a port."""
        port, host = at
        return wire.Routes(
            host=as_authority(host),
            audience=client,
            gateway=self.name,
            port=port,
            order="listed",
            rules=rules,
        )

    def to_https(self) -> wire.RouteRule:
        """The rule that sends every request to ``https``, to the same host and path."""
        namespace, _, name = self.name.partition("/")
        return wire.RouteRule(
            name=f"{self.name}/https-redirect",
            resource=wire.Origin("Gateway", namespace, name),
            redirect=wire.Redirect(status=301, scheme="https"),
        )


def _combined(parts: list[tuple[wire.RouteRule, ...]]) -> tuple[wire.RouteRule, ...]:
    """The rules of several VirtualServices for one host, those that match everything last."""
    if len(parts) == 1:
        return parts[0]
    first: list[wire.RouteRule] = []
    last: list[wire.RouteRule] = []
    for rules in parts:
        for rule in rules:
            # At most the last match of a rule is a catch-all.
            if not rule.matches or catches_all(rule.matches[-1]):
                if rule.matches[:-1]:
                    first.append(msgspec.structs.replace(rule, matches=rule.matches[:-1]))
                last.append(msgspec.structs.replace(rule, matches=rule.matches[-1:]))
            else:
                first.append(rule)
    return (*first, *last)
