"""Which listeners of a Gateway a route attaches to, with which hostnames, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymesh.resources.gateway import GRPCRoute, HTTPRoute
from pymesh.translate.gateway._hostnames import ANY, intersect
from pymesh.translate.gateway._status import GROUP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pymesh.resources.gateway import Gateway
    from pymesh.resources.gateway._references import ParentReference
    from pymesh.translate.gateway._listeners import ListenerView, Problem

__all__ = ["Attached", "Attachment", "Route", "age", "attach", "refers_to"]

Route = HTTPRoute | GRPCRoute


class Attached(NamedTuple):
    """A route at one listener.

    Args:
        listener: The listener.
        hosts: The hostnames that route and listener have in common, in the route's order.
    """

    listener: ListenerView
    hosts: tuple[str, ...]


class Attachment(NamedTuple):
    """What became of one ``parentRef``.

    Args:
        route: The route.
        position: The place of the reference in ``parentRefs``.
        listeners: Where the route is attached.
        problem: Why it is attached nowhere.
    """

    route: Route
    position: int
    listeners: tuple[Attached, ...]
    problem: Problem | None = None


def age(route: Route) -> tuple[float, str, str]:
    """The order of precedence between routes: the oldest first, then by namespace and name.

    A route without a time, as files have it, counts as the oldest.
    """
    created = route.metadata.creation_timestamp
    return (created.timestamp() if created else 0.0, route.namespace, route.name)


def refers_to(route: Route, gateway: Gateway) -> list[tuple[int, ParentReference]]:
    """The ``parentRefs`` of a route that name this Gateway, with their places."""
    return [
        (index, ref)
        for index, ref in enumerate(route.spec.parent_refs or ())
        if ref.group == GROUP
        and ref.kind == "Gateway"
        and ref.name == gateway.metadata.name
        and (ref.namespace or route.metadata.namespace) == gateway.metadata.namespace
    ]


def attach(
    gateway: Gateway,
    views: Sequence[ListenerView],
    routes: Iterable[Route],
    labels_of: Callable[[str], Mapping[str, str]],
) -> list[Attachment]:
    """Attaches routes to the listeners of a Gateway.

    Args:
        gateway: The Gateway.
        views: Its listeners.
        routes: The routes that may refer to it.
        labels_of: Gives the labels of a namespace.

    Returns:
        One entry for each ``parentRef`` that names the Gateway, the oldest route first.
    """
    claims: dict[str, list[tuple[str, str]]] = {}
    result = []
    for route in sorted(routes, key=age):
        for index, ref in refers_to(route, gateway):
            listeners, problem = _attach(route, ref, gateway, views, labels_of)
            if problem is None:
                listeners, problem = _without_conflicts(route, listeners, claims)
            result.append(Attachment(route, index, listeners, problem))
    return result


def _attach(
    route: Route,
    ref: ParentReference,
    gateway: Gateway,
    views: Sequence[ListenerView],
    labels_of: Callable[[str], Mapping[str, str]],
) -> tuple[tuple[Attached, ...], Problem | None]:
    """The listeners that one reference attaches to, before routes of other kinds are looked at."""
    meant = [
        view
        for view in views
        if ref.section_name in {None, view.listener.name} and ref.port in {None, view.listener.port}
    ]
    if not meant:
        return (), ("NoMatchingParent", f"the Gateway has no listener {_described(ref)}")
    allowed = [
        view
        for view in meant
        if route.KIND in view.kinds and _admits(view, route, gateway, labels_of)
    ]
    if not allowed:
        names = ", ".join(view.listener.name for view in meant)
        if any(route.KIND in view.kinds for view in meant):
            reason = f"listener {names} does not take routes of namespace {route.namespace}"
        else:
            reason = f"listener {names} takes no {route.KIND}"
        return (), ("NotAllowedByListeners", reason)
    attached = []
    for view in allowed:
        hosts = _common_hosts(view.host, route.spec.hostnames or [ANY])
        if hosts:
            attached.append(Attached(view, hosts))
    if not attached:
        hosts_of = ", ".join(view.host for view in allowed)
        return (), (
            "NoMatchingListenerHostname",
            f"none of the route's hostnames is also one of the listener's ({hosts_of})",
        )
    return tuple(attached), None


def _described(ref: ParentReference) -> str:
    name = f"named {ref.section_name}" if ref.section_name else ""
    port = f"with port {ref.port}" if ref.port else ""
    return " ".join(part for part in (name, port) if part)


def _admits(
    view: ListenerView,
    route: Route,
    gateway: Gateway,
    labels_of: Callable[[str], Mapping[str, str]],
) -> bool:
    """Whether a listener takes routes of the route's namespace."""
    namespaces = view.listener.allowed_routes.namespaces
    match namespaces.from_:
        case "All":
            return True
        case "Same":
            return route.metadata.namespace == gateway.metadata.namespace
        case _:
            selector = namespaces.selector
            return selector is not None and selector.matches(
                dict(labels_of(route.metadata.namespace))
            )


def _common_hosts(listener: str, hostnames: Iterable[str]) -> tuple[str, ...]:
    found = (intersect(listener, hostname) for hostname in hostnames)
    return tuple(dict.fromkeys(host for host in found if host is not None))


def _without_conflicts(
    route: Route, listeners: tuple[Attached, ...], claims: dict[str, list[tuple[str, str]]]
) -> tuple[tuple[Attached, ...], Problem | None]:
    """Leaves out listeners where an older route of the other kind has one of the hostnames.

    HTTPRoutes and GRPCRoutes are never merged; the API lets exactly one of the two be accepted.

    Args:
        route: The route.
        listeners: Where it would attach.
        claims: By listener, the kinds and hostnames of the routes attached so far; added to.
    """
    kept = []
    for attached in listeners:
        claimed = claims.setdefault(attached.listener.listener.name, [])
        if not any(
            kind != route.KIND and intersect(host, other)
            for kind, host in claimed
            for other in attached.hosts
        ):
            claimed.extend((route.KIND, host) for host in attached.hosts)
            kept.append(attached)
    if kept:
        return tuple(kept), None
    other = "HTTPRoute" if route.KIND == "GRPCRoute" else "GRPCRoute"
    return (), ("Conflicted", f"an older {other} has a hostname in common at the listener")
