"""Which listeners of a Gateway a route attaches to, with which hostnames, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymesh.resources.gateway import GRPCRoute, HTTPRoute
from pymesh.translate.gateway._status import GROUP
from pymesh.validate.translation.hostnames import ANY, HostTable, intersect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pymesh.resources import ResourceKey
    from pymesh.resources.gateway import Gateway
    from pymesh.resources.gateway._references import ParentReference
    from pymesh.translate.gateway._listeners import ListenerView, Problem

__all__ = [
    "Attached",
    "Attachment",
    "Conflict",
    "Route",
    "age",
    "attach",
    "conflicts",
    "is_gateway",
    "settled",
]

Route = HTTPRoute | GRPCRoute
OTHER_KIND = {"HTTPRoute": "GRPCRoute", "GRPCRoute": "HTTPRoute"}


class Attached(NamedTuple):
    """A route at one listener.

    Args:
        listener: The listener's name.
        port: The listener's port.
        hosts: The hostnames that route and listener have in common, in the route's order.
    """

    listener: str
    port: int
    hosts: tuple[str, ...]


class Attachment(NamedTuple):
    """What became of one ``parentRef`` of a route.

    Args:
        position: The place of the reference in ``parentRefs``.
        listeners: Where the route is attached.
        problem: Why it is attached nowhere.
    """

    position: int
    listeners: tuple[Attached, ...] = ()
    problem: Problem | None = None


class Conflict(NamedTuple):
    """A listener from which a route is kept by one of the other kind.

    Args:
        route: The route.
        position: The place of its reference.
        listener: The listener's name.
    """

    route: ResourceKey
    position: int
    listener: str


def age(route: Route) -> tuple[float, str, str]:
    """The order of precedence between routes: the oldest first, then by namespace and name.

    A route without a time, as files have it, counts as the oldest.
    """
    created = route.metadata.creation_timestamp
    return (created.timestamp() if created else 0.0, route.namespace, route.name)


def attach(
    route: Route,
    gateway: Gateway,
    views: Sequence[ListenerView],
    labels: Callable[[], Mapping[str, str]],
) -> tuple[Attachment, ...]:
    """Attaches a route to the listeners of a Gateway, as if it were the only route.

    Args:
        route: The route.
        gateway: The Gateway.
        views: Its listeners.
        labels: Gives the labels of the route's namespace.

    Returns:
        One entry for each ``parentRef`` that names the Gateway.
    """
    name = (gateway.namespace, gateway.name)
    return tuple(
        _attach(position, route, ref, gateway, views, labels)
        for position, ref in enumerate(route.spec.parent_refs or ())
        if is_gateway(ref) and (ref.namespace or route.namespace, ref.name) == name
    )


def is_gateway(ref: ParentReference) -> bool:
    """Whether a ``parentRef`` names a Gateway."""
    return (ref.group, ref.kind) == (GROUP, "Gateway")


def _attach(
    position: int,
    route: Route,
    ref: ParentReference,
    gateway: Gateway,
    views: Sequence[ListenerView],
    labels: Callable[[], Mapping[str, str]],
) -> Attachment:
    meant = [
        view
        for view in views
        if ref.section_name in {None, view.listener.name} and ref.port in {None, view.listener.port}
    ]
    if not meant:
        text = f"the Gateway has no listener {_described(ref)}"
        return Attachment(position, problem=("NoMatchingParent", text))
    allowed = [
        view for view in meant if route.KIND in view.kinds and _admits(view, route, gateway, labels)
    ]
    if not allowed:
        text = _not_allowed(route, meant)
        return Attachment(position, problem=("NotAllowedByListeners", text))
    attached = [
        Attached(view.listener.name, view.listener.port, hosts)
        for view in allowed
        if (hosts := _common_hosts(view.host, route.spec.hostnames or [ANY]))
    ]
    if not attached:
        hosts_of = ", ".join(view.host for view in allowed)
        text = f"none of the route's hostnames is also one of the listener's ({hosts_of})"
        return Attachment(position, problem=("NoMatchingListenerHostname", text))
    return Attachment(position, tuple(attached))


def _not_allowed(route: Route, meant: Sequence[ListenerView]) -> str:
    names = ", ".join(view.listener.name for view in meant)
    if any(route.KIND in view.kinds for view in meant):
        return f"listener {names} does not take routes of namespace {route.namespace}"
    return f"listener {names} takes no {route.KIND}"


def _described(ref: ParentReference) -> str:
    name = f"named {ref.section_name}" if ref.section_name else ""
    port = f"with port {ref.port}" if ref.port else ""
    return " ".join(part for part in (name, port) if part)


def _admits(
    view: ListenerView, route: Route, gateway: Gateway, labels: Callable[[], Mapping[str, str]]
) -> bool:
    """Whether a listener takes routes of the route's namespace."""
    namespaces = view.listener.allowed_routes.namespaces
    match namespaces.from_:
        case "All":
            return True
        case "Same":
            return route.namespace == gateway.namespace
        case _:
            selector = namespaces.selector
            return selector is not None and selector.matches(dict(labels()))


def _common_hosts(listener: str, hostnames: Iterable[str]) -> tuple[str, ...]:
    found = (intersect(listener, hostname) for hostname in hostnames)
    return tuple(dict.fromkeys(host for host in found if host is not None))


def conflicts(
    routes: Iterable[tuple[ResourceKey, tuple[Attachment, ...]]],
) -> frozenset[Conflict]:
    """Where an older route of the other kind has one of a route's hostnames.

    HTTPRoutes and GRPCRoutes are never merged; the API lets exactly one of the two be accepted.

    Args:
        routes: Routes and their attachments, by precedence.
    """
    claims: dict[tuple[str, str], HostTable[bool]] = {}
    found = set()
    for key, attachments in routes:
        other = OTHER_KIND[key.kind]
        for attachment in attachments:
            for one in attachment.listeners:
                theirs = claims.get((one.listener, other))
                if theirs is not None and any(theirs.find(host) for host in one.hosts):
                    found.add(Conflict(key, attachment.position, one.listener))
                    continue
                own = claims.setdefault((one.listener, key.kind), HostTable())
                for host in one.hosts:
                    own.add(host, True)  # noqa: FBT003 - it is there
    return frozenset(found)


def settled(route: ResourceKey, attachment: Attachment, lost: frozenset[Conflict]) -> Attachment:
    """What is left of an attachment after conflicts."""
    if not lost or not attachment.listeners:
        return attachment
    kept = tuple(
        one
        for one in attachment.listeners
        if Conflict(route, attachment.position, one.listener) not in lost
    )
    if kept:
        return attachment._replace(listeners=kept)
    text = f"an older {OTHER_KIND[route.kind]} has a hostname in common at the listener"
    return Attachment(attachment.position, problem=("Conflicted", text))
