"""Things that the wire documents have no place for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.validate._rules import Code, Issue, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_authorities"]

AUTHORITY_PER_DESTINATION = Code(
    "authority-per-destination",
    "warning",
    "A destination sets `Host` or `:authority`, and the rule has other destinations. The "
    "authority is rewritten for a rule as a whole, so this one is not rewritten.",
    "Set it on the rule, or make the destination the only one of a rule of its own.",
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
