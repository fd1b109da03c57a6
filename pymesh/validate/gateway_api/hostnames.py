"""Host names of routes and listeners: what their pattern lets through."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from pymesh.resources.gateway.gateway import Gateway
from pymesh.resources.gateway.grpc_route import GRPCRoute
from pymesh.resources.gateway.http_route import HTTPRoute
from pymesh.validate._rules import Code, Issue, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.validate.gateway_api._routes import Route

HOSTNAME_ADDRESS = Code(
    "hostname-address",
    "warning",
    "A host name is an IP address, which Gateway API does not allow, although it has the form of a "
    "name. Which requests it matches is not defined.",
    "Name a host, or leave the host names out, which takes requests for any.",
)


@rule(HTTPRoute, codes=[HOSTNAME_ADDRESS])
@rule(GRPCRoute, codes=[HOSTNAME_ADDRESS])
def check_hostnames(resource: Route) -> Iterator[Issue]:
    """Hosts of routes are names."""
    for index, hostname in enumerate(resource.spec.hostnames or ()):
        if _is_address(hostname):
            path = ("spec", "hostnames", index)
            yield Issue("hostname-address", f"{hostname} is an address, not a name", path)


@rule(Gateway, codes=[HOSTNAME_ADDRESS])
def check_listener_hostnames(resource: Gateway) -> Iterator[Issue]:
    """Hosts of listeners are names."""
    for index, listener in enumerate(resource.spec.listeners):
        if listener.hostname is not None and _is_address(listener.hostname):
            path = ("spec", "listeners", index, "hostname")
            yield Issue("hostname-address", f"{listener.hostname} is an address, not a name", path)


def _is_address(hostname: str) -> bool:
    try:
        ipaddress.ip_address(hostname)
    except ValueError:
        return False
    return True
