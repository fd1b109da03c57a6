"""What a route matches, as the documents say it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from pymesh.wire import ExactValue, PathMatch, RegexValue, RouteMatch, StringMatch, ValueMatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pymesh.resources.gateway._filters import HeaderMatch
    from pymesh.resources.gateway.grpc_route import GRPCMethodMatch, GRPCRouteMatch
    from pymesh.resources.gateway.http_route import (
        HTTPPathMatch,
        HTTPQueryParamMatch,
        HTTPRouteMatch,
    )

    Named = TypeVar("Named", HeaderMatch, HTTPQueryParamMatch)

__all__ = ["grpc_match", "http_match", "too_long"]

EVERY_PATH = PathMatch("prefix", "/")
SEGMENT = "[^/]+"
POST = StringMatch("exact", "POST")
EXPRESSION_BYTES = 1024
"""How long an expression may be, as the proxy's compiler has it."""


def http_match(match: HTTPRouteMatch) -> RouteMatch:
    """One match of an HTTPRoute."""
    return RouteMatch(
        path=_path(match.path),
        method=StringMatch("exact", match.method) if match.method else None,
        headers=_values(match.headers or (), key=str.lower),
        query=_values(match.query_params or (), key=str),
    )


def grpc_match(match: GRPCRouteMatch | None) -> RouteMatch:
    """One match of a GRPCRoute, or what stands for none: every call.

    A call is a POST to ``/service/method`` (the gRPC protocol over HTTP/2), so that the rank of
    paths (exact, then the longer prefix) is the rank that the API gives to methods.
    """
    return RouteMatch(
        path=_method_path(match.method if match else None),
        method=POST,
        headers=_values((match.headers if match else None) or (), key=str.lower),
    )


def _path(path: HTTPPathMatch) -> PathMatch:
    match path.type:
        case "Exact":
            return PathMatch("exact", path.value)
        case "PathPrefix":
            # "/a/" means the same as "/a"; written alike, they rank alike.
            return PathMatch("prefix", path.value.rstrip("/") or "/")
        case _:
            return PathMatch("regex", path.value)


def _method_path(method: GRPCMethodMatch | None) -> PathMatch:
    if method is None or not (method.service or method.method):
        return EVERY_PATH
    if method.type == "Exact":
        if method.service and method.method:
            return PathMatch("exact", f"/{method.service}/{method.method}")
        if method.service:
            return PathMatch("prefix", f"/{method.service}")
        return PathMatch("regex", f"/{SEGMENT}/{re.escape(method.method or '')}")
    service = f"(?:{method.service})" if method.service else SEGMENT
    name = f"(?:{method.method})" if method.method else SEGMENT
    return PathMatch("regex", f"/{service}/{name}")


def _values(matches: Iterable[Named], key: Callable[[str], str]) -> tuple[ValueMatch, ...]:
    """Header fields or query parameters; of several with one name only the first counts.

    Args:
        matches: The conditions.
        key: Makes equal what counts as one name.
    """
    found: dict[str, ValueMatch] = {}
    for match in matches:
        kind = ExactValue if match.type == "Exact" else RegexValue
        found.setdefault(key(match.name), kind(match.name, match.value))
    return tuple(found.values())


def too_long(match: RouteMatch) -> str:
    """What makes a match one that the proxy's compiler refuses; empty if nothing does.

    The API bounds most expressions, but not what a service's and a method's make together, nor
    that for a header field.
    """
    if match.path is not None and match.path.type == "regex" and _is_long(match.path.value):
        return f"the expression for the path is longer than {EXPRESSION_BYTES} bytes"
    for value in (*match.headers, *match.query):
        if isinstance(value, RegexValue) and _is_long(value.value):
            return f"the expression for {value.name} is longer than {EXPRESSION_BYTES} bytes"
    return ""


def _is_long(expression: str) -> bool:
    return len(expression.encode()) > EXPRESSION_BYTES
