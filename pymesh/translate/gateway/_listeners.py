"""The listeners of a Gateway: which of them are served, and why the others are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymesh.translate.gateway._status import (
    GROUP,
    Condition,
    ListenerStatus,
    RouteGroupKind,
    condition,
)
from pymesh.validate.translation.hostnames import ANY, covers, specificity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pymesh.resources.gateway import Gateway, Listener

__all__ = ["ListenerView", "listeners", "most_specific", "status"]

SERVED = {"HTTP": ("HTTPRoute", "GRPCRoute")}
"""The protocols that are served, and the kinds of route that speak them.

HTTPS and TLS listeners wait for certificates; until then they are not programmed. Serving them
without TLS would hand out in the clear what was meant to be encrypted.
"""
PORT_SHARERS = {"TCP", "UDP"}
"""Protocols whose listeners do not conflict with an HTTP listener of the same port: UDP is another
transport, and a TCP listener, not being supported, does not count."""

Problem = tuple[str, str]
"""A condition's reason and message."""


class ListenerView(NamedTuple):
    """One listener as it is served.

    Args:
        listener: The listener.
        host: Its hostname; ``*`` if it has none.
        kinds: The kinds of route it takes.
        refused: Why it is not accepted.
        conflict: Which other listener makes it indistinct.
        bad_kinds: Which of ``allowedRoutes.kinds`` it cannot take.
    """

    listener: Listener
    host: str
    kinds: tuple[str, ...]
    refused: Problem | None
    conflict: Problem | None
    bad_kinds: Problem | None

    @property
    def programmed(self) -> bool:
        """Whether requests that arrive at it are routed."""
        return self.refused is None and self.conflict is None and bool(self.kinds)


def listeners(gateway: Gateway) -> tuple[ListenerView, ...]:
    """Every listener of a Gateway, in order."""
    every = tuple(gateway.spec.listeners)
    return tuple(_view(listener, every) for listener in every)


def _view(listener: Listener, every: Sequence[Listener]) -> ListenerView:
    served = SERVED.get(listener.protocol, ())
    kinds, bad_kinds = _kinds(listener, served)
    refused = None
    if not served:
        refused = (
            "UnsupportedProtocol",
            f"protocol {listener.protocol} is not served yet; it is never served in plaintext"
            if listener.protocol in {"HTTPS", "TLS"}
            else f"protocol {listener.protocol} is not supported",
        )
    return ListenerView(
        listener, listener.hostname or ANY, kinds, refused, _conflict(listener, every), bad_kinds
    )


def _kinds(listener: Listener, served: tuple[str, ...]) -> tuple[tuple[str, ...], Problem | None]:
    """The kinds of route that a listener takes, and what is wrong with those it asks for."""
    asked = listener.allowed_routes.kinds
    if not asked:
        return served, None
    good: list[str] = []
    bad: list[str] = []
    for kind in asked:
        usable = kind.group == GROUP and kind.kind in served
        (good if usable else bad).append(kind.kind)
    problem = None
    if bad:
        problem = (
            "InvalidRouteKinds",
            f"a listener of protocol {listener.protocol} cannot take {', '.join(bad)}",
        )
    return tuple(dict.fromkeys(good)), problem


def _conflict(listener: Listener, every: Iterable[Listener]) -> Problem | None:
    """Listeners must differ in port, in protocol or in hostname; all those that do not lose."""
    for other in every:
        if other is listener or other.port != listener.port:
            continue
        if other.protocol == listener.protocol:
            if (other.hostname or ANY) == (listener.hostname or ANY):
                return (
                    "HostnameConflict",
                    f"listener {other.name} has the same port, protocol and hostname",
                )
        elif "HTTP" in {other.protocol, listener.protocol} and PORT_SHARERS.isdisjoint(
            (other.protocol, listener.protocol)
        ):
            return (
                "ProtocolConflict",
                f"listener {other.name} speaks {other.protocol} on the same port",
            )
    return None


def most_specific(port: int, host: str, views: Iterable[ListenerView]) -> ListenerView | None:
    """The listener that gets the requests for ``host`` at ``port`` (listener isolation).

    Args:
        port: The port.
        host: A name or a wildcard; every name it stands for is looked at as one.
        views: The listeners of the Gateway.

    Returns:
        Among the programmed listeners that cover the host, the one with the most specific hostname.
    """
    candidates = [
        view
        for view in views
        if view.programmed and view.listener.port == port and covers(view.host, host)
    ]
    return max(candidates, key=lambda view: specificity(view.host), default=None)


def status(
    view: ListenerView, generation: int, attached: int, gateway: Problem | None
) -> ListenerStatus:
    """The status of a listener.

    Args:
        view: The listener.
        generation: The Gateway's generation.
        attached: How many accepted routes are attached.
        gateway: Why the Gateway as a whole is not accepted.
    """
    problem = view.refused or view.conflict or gateway
    if problem is None and not view.kinds:
        problem = view.bad_kinds
    programmed = ("Invalid", problem[1]) if problem else None
    accepted = view.refused or view.conflict
    conflicted = Condition(
        type="Conflicted",
        status="True" if view.conflict else "False",
        reason=view.conflict[0] if view.conflict else "NoConflicts",
        message=view.conflict[1] if view.conflict else "",
        observed_generation=generation,
    )
    return ListenerStatus(
        name=view.listener.name,
        supported_kinds=tuple(RouteGroupKind(kind) for kind in view.kinds),
        attached_routes=attached,
        conditions=(
            condition("Accepted", generation, accepted),
            conflicted,
            condition("Programmed", generation, programmed),
            condition("ResolvedRefs", generation, view.bad_kinds),
        ),
    )
