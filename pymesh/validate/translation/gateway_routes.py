"""What routes of Gateway API ask for and no proxy does, although an API server takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.gateway.grpc_route import GRPCRoute
from pymesh.resources.gateway.http_route import HTTPRoute
from pymesh.validate._rules import Code, Issue, Path, rule
from pymesh.validate.gateway_api._routes import backends_of, filters_of
from pymesh.validate.translation.texts import (
    EDIT_BYTES,
    PROXYS_OWN,
    is_authority,
    is_field_name,
    is_field_value,
    is_path,
    is_query,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pymesh.resources.gateway._filters import HeaderModifier
    from pymesh.resources.gateway._http_filters import PathModifier
    from pymesh.validate.gateway_api._routes import Route, RouteFilter

__all__ = ["check_grpc_route", "check_http_route"]

BACKEND_FILTER = Code(
    "backend-filter-unsupported",
    "warning",
    "A backend has a filter of its own that is not done there: only header modifiers are. It is "
    "not skipped either, so requests that fall to the backend are answered with 500.",
    "Put the filter on the rule, or give the backend a rule of its own.",
)
FILTER_UNUSABLE = Code(
    "filter-value-unusable",
    "warning",
    "A filter asks for what cannot be: a Host field that is no host, a path with characters that "
    "no path has or with a segment `..`, or edits that no header has room for. The rule answers "
    "500 (condition `PartiallyInvalid` of the route); a route of such rules is not accepted.",
    "Correct the value.",
)
HEADER_KEPT = Code(
    "header-not-edited",
    "warning",
    "An edit of headers names a field that frames the message or belongs to one connection, such "
    "as `Connection` or `Content-Length`, or something that cannot be a field. A proxy writes such "
    "fields itself, and the edit is left out.",
    "Take the field out of the edits.",
)
CODES = [BACKEND_FILTER, FILTER_UNUSABLE, HEADER_KEPT]

BACKEND_FILTERS = {"RequestHeaderModifier", "ResponseHeaderModifier"}


@rule(HTTPRoute, codes=CODES)
def check_http_route(resource: HTTPRoute) -> Iterator[Issue]:
    """Filters of an HTTPRoute that are not done as they are written."""
    yield from _check(resource)


@rule(GRPCRoute, codes=CODES)
def check_grpc_route(resource: GRPCRoute) -> Iterator[Issue]:
    """Filters of a GRPCRoute that are not done as they are written."""
    yield from _check(resource)


def _check(route: Route) -> Iterator[Issue]:
    for backend, path in backends_of(route):
        filters: Sequence[RouteFilter] = backend.filters or ()
        # A new authority is a rewrite of the rule as a whole, as for a destination of Istio's.
        for index, own in enumerate(filters):
            if own.type not in BACKEND_FILTERS or _new_host(own):
                what = own.type if own.type not in BACKEND_FILTERS else "a new Host"
                message = f"{what} is not done for a backend of a rule"
                yield Issue("backend-filter-unsupported", message, (*path, "filters", index))
    for one, path in filters_of(route):
        yield from _check_filter(one, path)


def _new_host(one: RouteFilter) -> bool:
    modifier = one.request_header_modifier
    fields = (*(modifier.set or ()), *(modifier.add or ())) if modifier else ()
    return any(field.name.lower() == "host" for field in fields)


def _check_filter(one: RouteFilter, path: Path) -> Iterator[Issue]:
    if one.request_header_modifier is not None:
        place = (*path, "requestHeaderModifier")
        yield from _check_modifier(one.request_header_modifier, place, request=True)
    if one.response_header_modifier is not None:
        place = (*path, "responseHeaderModifier")
        yield from _check_modifier(one.response_header_modifier, place, request=False)
    for name, field in (("requestRedirect", "request_redirect"), ("urlRewrite", "url_rewrite")):
        changed = getattr(one, field, None)
        if changed is not None and changed.path is not None:
            place = (*path, name, "path")
            yield from _check_path(changed.path, place, query=field == "request_redirect")


def _check_modifier(modifier: HeaderModifier, path: Path, *, request: bool) -> Iterator[Issue]:
    size = 0
    for list_name in ("set", "add"):
        for index, field in enumerate(getattr(modifier, list_name) or ()):
            place = (*path, list_name, index)
            size += len(field.name) + len(field.value.encode()) + 4
            if request and field.name.lower() == "host":
                if not is_authority(field.value):
                    message = f"{field.value!r} is no host with or without a port"
                    yield Issue("filter-value-unusable", message, (*place, "value"))
                continue
            yield from _check_name(field.name, (*place, "name"))
            if not is_field_value(field.value.strip(" \t")):
                message = f"the value of {field.name} holds a control character"
                yield Issue("header-not-edited", message, (*place, "value"))
    for index, name in enumerate(modifier.remove or ()):
        size += len(name) + 4
        yield from _check_name(name, (*path, "remove", index))
    if size > EDIT_BYTES:
        message = f"the edits take {size} bytes, at most {EDIT_BYTES} are possible"
        yield Issue("filter-value-unusable", message, path)


def _check_name(name: str, path: Path) -> Iterator[Issue]:
    if name.lower() in PROXYS_OWN:
        yield Issue("header-not-edited", f"{name} is the proxy's own and stays as it is", path)
    elif not is_field_name(name):
        yield Issue("header-not-edited", f"{name!r} cannot be the name of a header field", path)


def _check_path(modifier: PathModifier, path: Path, *, query: bool) -> Iterator[Issue]:
    whole = modifier.type == "ReplaceFullPath"
    name = "replaceFullPath" if whole else "replacePrefixMatch"
    value = (modifier.replace_full_path if whole else modifier.replace_prefix_match) or ""
    text, rest = value, ""
    if whole and query:
        text, _, rest = value.partition("?")
    if not is_path(text) or not is_query(rest):
        message = f"{value!r} is no path without `.` and `..`"
        yield Issue("filter-value-unusable", message, (*path, name))
