"""Rules for Gateways that share workloads: one port, one protocol; one TLS host, one server."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymesh.resources.istio.gateway import Gateway
from pymesh.validate._rules import Code, Issue, mesh_rule
from pymesh.validate.istio_networking._codes import is_http, is_tls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources import Mesh
    from pymesh.validate._rules import Path

GATEWAY_PORT_CONFLICT = Code(
    "gateway-port-conflict",
    "error",
    "Servers on one port of the same workloads have protocols that do not go together: HTTP, TLS "
    "and other TCP cannot share a port. The older Gateway's server is used.",
    "Use one protocol or different ports.",
)
GATEWAY_TLS_HOST_CONFLICT = Code(
    "gateway-tls-host-conflict",
    "error",
    "Two servers on one port of the same workloads serve one host by TLS, so that it is not "
    "clear which certificate or mode is meant. The older Gateway's server is used for it.",
    "Serve the host in one server only.",
)


class _Server(NamedTuple):
    """A server that was seen first on its port."""

    gateway: Gateway
    family: str


@mesh_rule(codes=[GATEWAY_PORT_CONFLICT, GATEWAY_TLS_HOST_CONFLICT])
def check_conflicts(mesh: Mesh) -> Iterator[Issue]:
    """Servers of the same workloads can be on a port together."""
    ports: dict[tuple[object, ...], _Server] = {}
    names: dict[tuple[object, ...], Gateway] = {}
    for gateway in mesh.of(Gateway):
        workloads = tuple(sorted(gateway.spec.selector.items()))
        for index, server in enumerate(gateway.spec.servers):
            if not server.port.number:
                continue
            path: Path = ("spec", "servers", index)
            port = (workloads, server.bind, server.port.number)
            family = _family(server.port.protocol)
            first = ports.setdefault(port, _Server(gateway, family))
            if first.family != family:
                yield Issue(
                    GATEWAY_PORT_CONFLICT.code,
                    f"port {server.port.number} is {first.family} in Gateway "
                    f"{first.gateway.namespace}/{first.gateway.name} already",
                    (*path, "port", "protocol"),
                    resource=gateway,
                )
                continue
            if family != "TLS":
                continue
            for number, host in enumerate(server.hosts):
                other = names.get((port, _name(host, gateway)))
                if other is not None:
                    yield Issue(
                        GATEWAY_TLS_HOST_CONFLICT.code,
                        f"Gateway {other.namespace}/{other.name} serves {host} at port "
                        f"{server.port.number} already",
                        (*path, "hosts", number),
                        resource=gateway,
                    )
            for host in server.hosts:
                names.setdefault((port, _name(host, gateway)), gateway)


def _name(host: str, gateway: Gateway) -> tuple[str, str]:
    """A server's host, and the namespace whose VirtualServices may have it."""
    limit, _, name = host.rpartition("/")
    return (gateway.namespace if limit == "." else limit or "*"), name.lower()


def _family(protocol: str) -> str:
    if is_tls(protocol):
        return "TLS"
    return "HTTP" if is_http(protocol) else "TCP"
