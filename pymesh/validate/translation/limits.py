"""Things that the wire documents have no place for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.destination_rule import DestinationRule
from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.validate._rules import Code, Issue, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_authorities", "check_client_selector"]

AUTHORITY_PER_DESTINATION = Code(
    "authority-per-destination",
    "warning",
    "A destination sets `Host` or `:authority`, and the rule has other destinations. The "
    "authority is rewritten for a rule as a whole, so this one is not rewritten.",
    "Set it on the rule, or make the destination the only one of a rule of its own.",
)
CLIENT_SELECTOR = Code(
    "client-selector-not-applied",
    "warning",
    "A DestinationRule has a `workloadSelector`, which makes it hold for some of the clients of "
    "its namespace. Proxies are not told of such rules yet, so it holds for none.",
    "Leave the selector out if the rule may hold for all clients of the namespace.",
)


@rule(VirtualService, codes=[AUTHORITY_PER_DESTINATION])
def check_authorities(resource: VirtualService) -> Iterator[Issue]:
    """Finds destinations, one of several, that ask for an authority of their own."""
    for number, route in enumerate(resource.spec.http):
        if len(route.route) < 2:
            continue
        for position, destination in enumerate(route.route):
            headers = destination.headers
            if headers is None or headers.request is None:
                continue
            for field in ("set", "add"):
                for name in getattr(headers.request, field):
                    if name.lower() in {"host", ":authority"}:
                        yield Issue(
                            "authority-per-destination",
                            "one of several destinations cannot have its own authority",
                            ("spec", "http", number, "route", position, "headers", "request",
                             field, name),
                        )  # fmt: skip


@rule(DestinationRule, codes=[CLIENT_SELECTOR])
def check_client_selector(resource: DestinationRule) -> Iterator[Issue]:
    """Finds rules that are for some clients only."""
    selector = resource.spec.workload_selector
    if selector is not None:
        yield Issue(
            "client-selector-not-applied",
            "a rule for some of the clients of its namespace is used by none yet",
            ("spec", "workloadSelector"),
        )
