"""What a route's rules match: limits, names and regular expressions of both kinds of routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.gateway.grpc_route import GRPCRoute
from pymesh.resources.gateway.http_route import HTTPRoute, HTTPRouteMatch
from pymesh.validate._patterns import regex_problem
from pymesh.validate._rules import Code, Issue, Path, rule
from pymesh.validate.gateway_api._routes import (
    LIST_DUPLICATE,
    NAME_REPEATED,
    duplicates,
    repeated_names,
    rules_of_route,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pymesh.resources.gateway._filters import HeaderMatch
    from pymesh.resources.gateway.grpc_route import GRPCRouteMatch
    from pymesh.resources.gateway.http_route import HTTPQueryParamMatch
    from pymesh.validate.gateway_api._routes import Route

MATCHES_TOTAL = Code(
    "route-matches-total",
    "error",
    "The rules of a route have more than 128 matches together.",
    "Split the route; routes of one host are merged.",
)
REGEX = Code(
    "route-regex",
    "error",
    "A regular expression cannot be used: it has a mistake, is longer than 1,024 bytes, or "
    "needs more than linear time (look-around, back references). The syntax is RE2's.",
    "Correct the expression, or use an exact value or a prefix.",
)


@rule(HTTPRoute, codes=[MATCHES_TOTAL])
@rule(GRPCRoute, codes=[MATCHES_TOTAL])
def check_total(resource: Route) -> Iterator[Issue]:
    """A route has at most 128 matches."""
    total = sum(len(one.matches or ()) for one, _ in rules_of_route(resource))
    if total > 128:
        yield Issue("route-matches-total", f"{total} matches, 128 are the most", ("spec", "rules"))


@rule(HTTPRoute, codes=[LIST_DUPLICATE, NAME_REPEATED, REGEX])
@rule(GRPCRoute, codes=[LIST_DUPLICATE, NAME_REPEATED, REGEX])
def check_names_and_values(resource: Route) -> Iterator[Issue]:
    """A match names each header or parameter once; its regular expressions can be used."""
    for one, path in rules_of_route(resource):
        matches: Sequence[HTTPRouteMatch | GRPCRouteMatch] = one.matches or ()
        for index, match in enumerate(matches):
            yield from _check_match(match, (*path, "matches", index))


def _check_match(match: HTTPRouteMatch | GRPCRouteMatch, path: Path) -> Iterator[Issue]:
    headers = match.headers or ()
    yield from _check_fields(headers, (*path, "headers"), "header field")
    yield from repeated_names([each.name for each in headers], (*path, "headers"))
    if isinstance(match, HTTPRouteMatch):
        yield from _check_fields(match.query_params or (), (*path, "queryParams"), "parameter")
        if match.path.type == "RegularExpression":
            yield from _check_regex(match.path.value, (*path, "path", "value"))
    elif match.method is not None and match.method.type == "RegularExpression":
        for part in ("service", "method"):
            pattern = getattr(match.method, part)
            if pattern is not None:
                yield from _check_regex(pattern, (*path, "method", part))


def _check_fields(
    fields: Sequence[HeaderMatch | HTTPQueryParamMatch], path: Path, what: str
) -> Iterator[Issue]:
    yield from duplicates([field.name for field in fields], path, what)
    for index, field in enumerate(fields):
        if field.type == "RegularExpression":
            yield from _check_regex(field.value, (*path, index, "value"))


def _check_regex(pattern: str, path: Path) -> Iterator[Issue]:
    problem = regex_problem(pattern)
    if problem:
        yield Issue("route-regex", f"{pattern[:40]!r} {problem}", path)
