"""``Routes`` of the mesh: what becomes of requests to a host that a workload sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from pymesh import wire
from pymesh.translate._output import Output
from pymesh.translate._view import View, unit
from pymesh.translate.istio import _protocols as protocols
from pymesh.translate.istio._actions import retry
from pymesh.translate.istio._findings import finding
from pymesh.translate.istio._hosts import KUBERNETES_SUFFIX, as_authority, routable, wildcards
from pymesh.translate.istio._visibility import EVERYONE
from pymesh.translate.istio.http_rules import Place, http_rules, rule_audiences
from pymesh.translate.istio.names import ServiceNames, names_of
from pymesh.translate.istio.services import (
    PortInfo,
    ServiceInfo,
    candidates,
    service_keys,
    service_of_host,
)
from pymesh.translate.istio.virtual_services import (
    HOSTS,
    MESH,
    chosen,
    host_numbers,
    patterns_of,
    visibility,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources import Finding
    from pymesh.resources.istio.virtual_service import VirtualService
    from pymesh.translate.istio.services import ServiceKey

__all__ = ["mesh_hosts", "mesh_routes"]

_UNKNOWN_HOST_PORT = 80
"""The port at which a VirtualService answers for hosts that no service has."""


class PortRules(NamedTuple):
    """The rules of a host on one port.

    Args:
        port: The port.
        names: The host's names.
        namespace: The namespace of its local names.
        rules: The rules.
        findings: What is to say about them.
    """

    port: int
    names: ServiceNames
    namespace: str
    rules: tuple[wire.RouteRule, ...]
    findings: tuple[Finding, ...] = ()


def mesh_hosts(view: View) -> frozenset[str]:
    """The hosts that have routes in the mesh: those of services and of VirtualServices."""
    hosts = view.keys(HOSTS) | frozenset(_host(key) for key in service_keys(view))
    return frozenset(host for host in hosts if routable(host))


def _host(key: ServiceKey) -> str:
    suffix = f".{key.namespace}{KUBERNETES_SUFFIX}" if key.kind == "Service" else ""
    return f"{key.name}{suffix}"


@unit
def mesh_routes(view: View, host: str) -> Output:
    """The routes of a host, for everyone and for each namespace that sees others."""
    common = {one.port: one for one in _seen(view, (host, EVERYONE))}
    documents = [_document(one, EVERYONE) for one in common.values()]
    clients = _audiences(view, host)
    for client in sorted(clients):
        own = {one.port: one for one in _seen(view, (host, client))}
        documents.extend(
            _document(one, client) for port, one in own.items() if _differ(one, common.get(port))
        )
        # What everyone has on other ports is not this host to this client.
        documents.extend(
            _document(one._replace(rules=()), client)
            for port, one in common.items()
            if own and port not in own
        )
    return Output(tuple(documents), findings=tuple(_findings(view, host, clients)))


def _differ(own: PortRules, common: PortRules | None) -> bool:
    return common is None or own._replace(findings=()) != common._replace(findings=())


def _document(found: PortRules, client: str) -> wire.Routes:
    return wire.Routes(
        host=as_authority(found.names.host),
        aliases=found.names.aliases,
        local_aliases=found.names.local_aliases,
        namespace=found.namespace,
        audience=client,
        port=found.port,
        order="listed",
        rules=found.rules,
    )


def _audiences(view: View, host: str) -> frozenset[str]:
    """The namespaces that may see other routes than everyone does."""
    found: frozenset[str] = frozenset()
    for info in candidates(view, host):
        found |= info.visible_to
    for pattern in patterns_of(view, host):
        found |= _viewers(view, pattern)
    return found - {EVERYONE}


@unit
def _viewers(view: View, pattern: str) -> frozenset[str]:
    """The namespaces to which the VirtualServices for one of their hosts may differ."""
    found: frozenset[str] = frozenset()
    for resource in view.find(HOSTS, pattern):
        found |= visibility(view, resource)
        found |= rule_audiences(view, (resource.namespace, resource.name))
    return found


@unit
def _seen(view: View, key: tuple[str, str]) -> tuple[PortRules, ...]:
    """The routes of a host as a client's namespace sees them, port by port."""
    host, client = key
    info = service_of_host(view, key)
    choice = chosen(view, key)
    if info is not None:
        return tuple(_of_service(view, info, choice.winner if choice else None, client))
    if choice is None or choice.pattern != host or _covered(view, host, client):
        return ()  # a wildcard has its own routes only if no service is one of its hosts
    resource = choice.winner
    found = []
    for port in _ports_of_unknown_host(view, (resource.namespace, resource.name, client)):
        made = http_rules(view, Place(resource.namespace, resource.name, MESH, port, client))
        if made.rules:
            found.append(PortRules(port, ServiceNames(host), "", made.rules, made.findings))
    return tuple(found)


@unit
def _hosts_below(view: View, _: None) -> dict[str, tuple[str, ...]]:
    """The hosts of services by the wildcards that cover them."""
    found: dict[str, list[str]] = {}
    for host in sorted({_host(key) for key in service_keys(view)}):
        for pattern in wildcards(host):
            found.setdefault(pattern, []).append(host)
    return {pattern: tuple(hosts) for pattern, hosts in found.items()}


def _covered(view: View, host: str, client: str) -> tuple[ServiceInfo, ...]:
    """The services that a client sees below a wildcard; none for another host."""
    if not host.startswith("*"):
        return ()
    below = _hosts_below(view, None).get(host, ())
    found = (service_of_host(view, (one, client)) for one in below)
    return tuple(info for info in found if info is not None)


def _of_service(
    view: View, info: ServiceInfo, resource: VirtualService | None, client: str
) -> Iterator[PortRules]:
    names = names_of(info)
    namespace = info.key.namespace if names.local_aliases else ""
    for port in info.ports:
        rules: tuple[wire.RouteRule, ...] = ()
        findings: tuple[Finding, ...] = ()
        if resource is not None and port.protocol in protocols.HTTP:
            place = Place(resource.namespace, resource.name, MESH, port.number, client)
            rules, findings = http_rules(view, place)
        default = _default_rule(view, info, port)
        if not rules:  # what says nothing about this port leaves it to the default
            rules = (default,)
        elif all(_for_some_sources(rule) for rule in rules):
            rules = (*rules, msgspec.structs.replace(default, fallback=True))
        yield PortRules(port.number, names, namespace, rules, findings)


def _for_some_sources(rule: wire.RouteRule) -> bool:
    """Whether the rule may be for other workloads than the one that loads it."""
    return bool(rule.matches) and all(match.source is not None for match in rule.matches)


def _default_rule(view: View, info: ServiceInfo, port: PortInfo) -> wire.RouteRule:
    key = info.key
    return wire.RouteRule(
        name=f"{key}/{port.number}",
        destinations=(wire.Destination(service=str(key), port=port.number),),
        resource=wire.Origin(key.kind, key.namespace, info.resource),
        retry=retry(None, view.config) if port.protocol in protocols.HTTP else None,
    )


@unit
def _ports_of_unknown_host(view: View, key: tuple[str, str, str]) -> tuple[int, ...]:
    """The ports on which a host without a service is served.

    Istio makes a listener for the ports of the services that the same VirtualService names, and
    only if there are none for port 80.

    Args:
        view: The resources.
        key: Namespace and name of the VirtualService, and the client's namespace.
    """
    namespace, name, client = key
    ports: dict[int, None] = {}
    for host in host_numbers(view, (namespace, name)):
        own = service_of_host(view, (host, client))
        for info in (own,) if own else _covered(view, host, client):
            for port in info.ports:
                if port.protocol in protocols.HTTP:
                    ports[port.number] = None
    return tuple(ports) or (_UNKNOWN_HOST_PORT,)


def _findings(view: View, host: str, clients: frozenset[str]) -> Iterator[Finding]:
    for client in (EVERYONE, *sorted(clients)):
        choice = chosen(view, (host, client))
        if choice is None:
            continue
        winner = choice.winner
        # For a wildcard it is said once, and not for every host below it.
        for one in choice.shadowed if choice.pattern == host else ():
            number = host_numbers(view, (one.namespace, one.name))[host]
            yield finding(
                one,
                "virtual-service-conflict",
                f"VirtualService {winner.namespace}/{winner.name} decides for this host",
                path=f"spec.hosts[{number}]",
                hint="move the rules into one VirtualService",
            )
        for seen in _seen(view, (host, client)):
            yield from seen.findings
