"""Rules for one Gateway: its listeners, addresses and labels."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final

from pymesh.resources.gateway._types import GROUP
from pymesh.resources.gateway.gateway import Gateway
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.gateway_api._routes import LIST_DUPLICATE, duplicates

if TYPE_CHECKING:
    from collections.abc import Iterator

LISTENER_CONFLICT = Code(
    "listener-conflict",
    "error",
    "Two listeners of a Gateway have the same port, protocol and host name, so that a request "
    "could belong to both.",
    "Give them different host names or ports, or remove one.",
)
LISTENER_HOSTNAME = Code(
    "listener-hostname",
    "error",
    "A TCP or UDP listener has a host name, which such connections do not tell.",
    "Remove `hostname`.",
)
LISTENER_TLS = Code(
    "listener-tls",
    "error",
    "The TLS settings of a listener do not fit its protocol: HTTP, TCP and UDP have none, HTTPS "
    "can only terminate, TLS needs a mode, and terminating needs a certificate (or options).",
    "Change `protocol`, or add or remove `tls`.",
)
LISTENER_PROTOCOL = Code(
    "listener-protocol",
    "warning",
    "A listener has a protocol that is not served; it will not accept connections.",
    "Use HTTP.",
)
LISTENER_KINDS = Code(
    "listener-route-kinds",
    "warning",
    "`allowedRoutes.kinds` of a listener names a kind of route that its protocol cannot take. The "
    "kind is left out (condition `ResolvedRefs` of the listener: `InvalidRouteKinds`); if none is "
    "left, no route attaches.",
    "Name HTTPRoute or GRPCRoute, or leave `kinds` out, which takes both.",
)
ADDRESS_VALUE = Code(
    "gateway-address-value",
    "error",
    "An address of a Gateway is not of its type.",
    "Give an IP address with `type: IPAddress`, a host name with `type: Hostname`.",
)
ADDRESS_DUPLICATE = Code(
    "gateway-address-duplicate",
    "error",
    "A Gateway has the same address twice.",
    "Remove one of them.",
)
INFRASTRUCTURE_KEY = Code(
    "gateway-infrastructure-key",
    "error",
    "A label or annotation for a Gateway's infrastructure has a name that Kubernetes does not "
    "take.",
    "Names are at most 63 letters, digits, `-`, `_` and `.`, with an optional `domain/` in front.",
)

_SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_HOSTNAME = re.compile(rf"(\*\.)?{_SUBDOMAIN}")
_KEY = re.compile(rf"({_SUBDOMAIN}/)?([A-Za-z0-9][-A-Za-z0-9_.]{{0,61}})?[A-Za-z0-9]")
SERVED: Final = {"HTTP": ("HTTPRoute", "GRPCRoute")}
"""The protocols that are served, with the kinds of routes that each takes."""

_LATER = {"HTTPS", "TLS"}
"""Protocols whose `tls` is already a finding."""


@rule(Gateway, codes=[LISTENER_CONFLICT, LIST_DUPLICATE])
def check_listeners(resource: Gateway) -> Iterator[Issue]:
    """Listeners differ in their names and in what they accept."""
    path = ("spec", "listeners")
    listeners = resource.spec.listeners
    yield from duplicates([listener.name for listener in listeners], path, "listener")
    seen: dict[tuple[int, str, str | None], str] = {}
    for index, listener in enumerate(listeners):
        key = (listener.port, listener.protocol, listener.hostname)
        other = seen.setdefault(key, listener.name)
        if other is not listener.name:
            yield Issue(
                "listener-conflict",
                f"listener {other} has the same port, protocol and host name",
                (*path, index),
            )


@rule(Gateway, codes=[LISTENER_HOSTNAME, LISTENER_TLS, LISTENER_PROTOCOL])
def check_protocols(resource: Gateway) -> Iterator[Issue]:
    """What a listener says fits its protocol."""
    for index, listener in enumerate(resource.spec.listeners):
        path = ("spec", "listeners", index)
        protocol = listener.protocol
        if protocol in {"TCP", "UDP"} and listener.hostname is not None:
            yield Issue("listener-hostname", f"{protocol} knows no host names", (*path, "hostname"))
        if protocol not in SERVED and not (protocol in _LATER and listener.tls):
            yield Issue("listener-protocol", f"{protocol} is not served", (*path, "protocol"))
        tls = listener.tls
        if tls is None:
            if protocol == "TLS":
                yield Issue("listener-tls", "TLS needs `tls` with a mode", (*path, "protocol"))
            continue
        if protocol in {"HTTP", "TCP", "UDP"}:
            yield Issue("listener-tls", f"{protocol} has no TLS", (*path, "tls"))
        if protocol == "HTTPS" and tls.mode != "Terminate":
            yield Issue("listener-tls", "HTTPS can only be terminated", (*path, "tls", "mode"))
        if tls.mode == "Terminate" and not tls.certificate_refs and not tls.options:
            yield Issue("listener-tls", "terminating TLS needs a certificate", (*path, "tls"))


@rule(Gateway, codes=[LISTENER_KINDS])
def check_route_kinds(resource: Gateway) -> Iterator[Issue]:
    """The kinds of routes that a listener names are such as it can take."""
    for index, listener in enumerate(resource.spec.listeners):
        known = SERVED.get(listener.protocol)
        if known is None:
            continue
        for number, kind in enumerate(listener.allowed_routes.kinds or ()):
            if kind.group != GROUP or kind.kind not in known:
                message = f"a listener of protocol {listener.protocol} takes no {kind.kind}"
                path = ("spec", "listeners", index, "allowedRoutes", "kinds", number)
                yield Issue("listener-route-kinds", message, path)


@rule(Gateway, codes=[ADDRESS_VALUE, ADDRESS_DUPLICATE])
def check_addresses(resource: Gateway) -> Iterator[Issue]:
    """Addresses are of their types, each once."""
    seen = set()
    for index, address in enumerate(resource.spec.addresses or ()):
        path = ("spec", "addresses", index)
        value = address.value
        if value is None:
            continue
        if (address.type == "IPAddress" and not _is_address(value)) or (
            address.type == "Hostname" and not _HOSTNAME.fullmatch(value)
        ):
            yield Issue("gateway-address-value", f"{value!r} is not of type {address.type}", path)
        if address.type in {"IPAddress", "Hostname"}:
            if (address.type, value) in seen:
                yield Issue("gateway-address-duplicate", f"{value} is here twice", path)
            seen.add((address.type, value))


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return "%" not in value


@rule(Gateway, codes=[INFRASTRUCTURE_KEY])
def check_infrastructure(resource: Gateway) -> Iterator[Issue]:
    """Labels and annotations have names that Kubernetes takes."""
    infrastructure = resource.spec.infrastructure
    if infrastructure is None:
        return
    for field in ("labels", "annotations"):
        for key in getattr(infrastructure, field) or ():
            if not _KEY.fullmatch(key) or len(key.partition("/")[0]) >= 253:
                yield Issue(
                    "gateway-infrastructure-key",
                    f"{key!r} is not a name for {field}",
                    ("spec", "infrastructure", field, key),
                )


@rule(Gateway, codes=[LIST_DUPLICATE])
def check_frontend_ports(resource: Gateway) -> Iterator[Issue]:
    """TLS settings are given once for each port."""
    tls = resource.spec.tls
    if tls is not None and tls.frontend is not None:
        ports = [one.port for one in tls.frontend.per_port or ()]
        yield from duplicates(ports, ("spec", "tls", "frontend", "perPort"), "port")
