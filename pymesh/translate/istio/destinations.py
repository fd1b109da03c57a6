"""What a rule's destination means to a client: service, port and subset, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymesh.translate.istio._hosts import kubernetes_name, resolve
from pymesh.translate.istio._visibility import EVERYONE
from pymesh.translate.istio.destination_rules import audiences, service_rule
from pymesh.translate.istio.services import candidates, service_of_host

if TYPE_CHECKING:
    from pymesh.resources.istio._shared import Destination
    from pymesh.translate._view import View

__all__ = ["Resolved", "resolve_destination", "viewers"]


class Resolved(NamedTuple):
    """A destination.

    Args:
        service: The service's key.
        port: Its port; 0 if that is not known.
        problem: Why it leads nowhere; empty if it does not.
        field: The field that is wrong, by its name within the destination.
        code: That of the finding about it.
    """

    service: str
    port: int = 0
    problem: str = ""
    field: str = ""
    code: str = ""


def resolve_destination(
    view: View, found: Destination, namespace: str, port: int, client: str
) -> Resolved:
    """Finds what a destination means.

    Args:
        view: The resources.
        found: The destination.
        namespace: That of the resource it stands in, to which short names belong.
        port: The port that the rule is made for: it is taken if the destination names none and
            the service has several.
        client: The client's namespace, or ``*``.
    """
    host = resolve(found.host, namespace)
    info = service_of_host(view, (host, client))
    number = found.port.number if found.port else 0
    if info is None:
        problem, code = f"there is no service {host}", "destination-unknown"
        if candidates(view, host):
            clients = "every namespace" if client == EVERYONE else f"namespace {client}"
            problem = f"service {host} is not exported to {clients}"
            code = "destination-not-visible"
        own = kubernetes_name(host) or (namespace, host)
        return Resolved("/".join(own), number, problem, "host", code)
    if not number:
        number = info.ports[0].number if len(info.ports) == 1 else port
    service = str(info.key)
    if info.port(number) is None:
        problem = f"service {service} has no port {number}"
        return Resolved(service, number, problem, "port", "destination-port-unknown")
    if found.subset:
        rule = service_rule(view, info, client)
        if rule is None or rule.subset(found.subset) is None:
            problem = f"no DestinationRule for {host} has a subset {found.subset}"
            return Resolved(service, number, problem, "subset", "subset-unknown")
    return Resolved(service, number)


def viewers(view: View, found: Destination, namespace: str) -> frozenset[str]:
    """The namespaces to which a destination may mean something else than to everybody."""
    result: frozenset[str] = frozenset()
    host = resolve(found.host, namespace)
    for info in candidates(view, host):
        result |= info.visible_to
        if found.subset:
            result |= audiences(view, (info.key, info.host))
    return result - {EVERYONE}
