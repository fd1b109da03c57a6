"""Rules for what an HTTP route does: one thing, and sensibly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.istio_networking.header_edits import is_authority
from pymesh.validate.istio_networking.virtual_service import routes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pymesh.resources.istio._http import Rewrite
    from pymesh.resources.istio.virtual_service import (
        HTTPRoute,
        HTTPRouteDestination,
        RouteDestination,
    )
    from pymesh.validate._rules import Path

ROUTE_WITHOUT_ACTION = Code(
    "route-without-action",
    "error",
    "A rule says which requests it is for, and not what happens to them: it has none of `route`, "
    "`redirect`, `directResponse` and `delegate`.",
    "Give it destinations, a redirect or a direct response.",
)
ROUTE_ACTION_CONFLICT = Code(
    "route-action-conflict",
    "error",
    "A rule does things that exclude one another: requests either go to destinations, or are "
    "answered by a redirect or a direct response, in which case there is nothing to rewrite and "
    "no fault to inject. `mirror` and `mirrors` exclude each other, too.",
    "Keep one of them; split the rule if both are needed for different requests.",
)
REWRITE_INVALID = Code(
    "rewrite-invalid",
    "error",
    "A rewrite has nothing to rewrite, or both a new `uri` and a pattern, or half of a pattern.",
    "Give it one of `uri` and `uriRegexRewrite` (with `match` and `rewrite`), or an `authority`.",
)
AUTHORITY_REPEATED = Code(
    "authority-repeated",
    "error",
    "A rule sets the request's host more than once, by `rewrite.authority` and by edits of "
    "`Host` or `:authority`.",
    "Keep one of them.",
)
WEIGHT_NEGATIVE = Code(
    "weight-negative",
    "error",
    "The weight of a destination is below 0.",
    "Give it its share: each destination gets its weight divided by the sum of all.",
)
WEIGHT_SUM_ZERO = Code(
    "weight-sum-zero",
    "error",
    "A route has several destinations, and all their weights are 0: nothing says where requests "
    "go.",
    "Give at least one of them a weight; they need not add up to 100.",
)


@rule(VirtualService, codes=[ROUTE_WITHOUT_ACTION, ROUTE_ACTION_CONFLICT])
def check_actions(resource: VirtualService) -> Iterator[Issue]:
    """Each rule has one action and what goes with it."""
    for index, route in enumerate(resource.spec.http):
        place = ("spec", "http", index)
        if route.delegate is None or not resource.spec.hosts:
            yield from _check_action(route, place)
        if route.mirror is not None and route.mirrors:
            yield Issue(
                ROUTE_ACTION_CONFLICT.code,
                "mirrors and mirror exclude each other",
                (*place, "mirrors"),
            )


def _check_action(route: HTTPRoute, place: Path) -> Iterator[Issue]:
    if route.redirect is not None:
        action = "redirect"
    elif route.direct_response is not None:
        action = "directResponse"
    else:
        if not route.route:
            yield Issue(
                ROUTE_WITHOUT_ACTION.code,
                "the rule does not say what happens to its requests",
                place,
                "add route, redirect or directResponse",
            )
        return
    others = {
        "route": bool(route.route),
        "directResponse": action == "redirect" and route.direct_response is not None,
        "rewrite": route.rewrite is not None,
        "fault": route.fault is not None,
    }
    for name, given in others.items():
        if given:
            yield Issue(
                ROUTE_ACTION_CONFLICT.code,
                f"{name} and {action} exclude each other",
                (*place, name),
            )


@rule(VirtualService, codes=[REWRITE_INVALID, AUTHORITY_REPEATED])
def check_rewrites(resource: VirtualService) -> Iterator[Issue]:
    """A rewrite says what to rewrite, and nothing sets the host twice."""
    for index, route in enumerate(resource.spec.http):
        place = ("spec", "http", index)
        if route.rewrite is not None:
            yield from _check_rewrite(route.rewrite, (*place, "rewrite"))
        yield from _check_authority(route, place)


def _check_rewrite(rewrite: Rewrite, place: Path) -> Iterator[Issue]:
    pattern = rewrite.uri_regex_rewrite
    if rewrite.uri and pattern is not None:
        yield Issue(REWRITE_INVALID.code, "uri and uriRegexRewrite exclude each other", place)
    elif not rewrite.uri and pattern is None and not rewrite.authority:
        yield Issue(REWRITE_INVALID.code, "the rewrite changes nothing", place)
    elif pattern is not None and not (pattern.match and pattern.rewrite):
        yield Issue(
            REWRITE_INVALID.code,
            "uriRegexRewrite needs both match and rewrite",
            (*place, "uriRegexRewrite"),
        )


def _check_authority(route: HTTPRoute, place: Path) -> Iterator[Issue]:
    known = route.rewrite.authority if route.rewrite else ""
    request = route.headers.request if route.headers else None
    if request is None:
        return
    for action, fields in (("set", request.set), ("add", request.add)):
        for name, value in fields.items():
            if not is_authority(name):
                continue
            if known:
                yield Issue(
                    AUTHORITY_REPEATED.code,
                    f"the host is set to {known!r} already",
                    (*place, "headers", "request", action, name),
                )
            known = known or value


@rule(VirtualService, codes=[WEIGHT_NEGATIVE, WEIGHT_SUM_ZERO])
def check_weights(resource: VirtualService) -> Iterator[Issue]:
    """Destinations have shares of the requests."""
    for path, route in routes_of(resource.spec):
        place = (*path, "route")
        total = 0
        destinations: Sequence[HTTPRouteDestination | RouteDestination] = route.route
        for number, destination in enumerate(destinations):
            total += destination.weight
            if destination.weight < 0:
                yield Issue(
                    WEIGHT_NEGATIVE.code,
                    f"{destination.weight} is not a weight",
                    (*place, number, "weight"),
                )
        if len(destinations) > 1 and total == 0:
            yield Issue(WEIGHT_SUM_ZERO.code, "all weights are 0", place)
