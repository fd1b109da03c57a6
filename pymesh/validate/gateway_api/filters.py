"""What happens to a route's requests: filters and how they go together."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pymesh.resources._base import yaml_name
from pymesh.resources.gateway.grpc_route import GRPCRoute
from pymesh.resources.gateway.http_route import HTTPRoute
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.gateway_api._routes import (
    LIST_DUPLICATE,
    NAME_REPEATED,
    duplicates,
    filter_lists,
    filters_of,
    repeated_names,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.validate.gateway_api._routes import Route

FILTER_FIELD = Code(
    "filter-type-field",
    "error",
    "A filter's `type` and its other fields disagree: exactly the field that bears the name of "
    "the type must be given.",
    "For `type: URLRewrite` give `urlRewrite` and nothing else, and so on.",
)
FILTER_REPEATED = Code(
    "filter-repeated",
    "error",
    "A filter is in one list twice, although it may be used once only.",
    "Join the two into one.",
)
MIRROR_SHARE = Code(
    "mirror-share",
    "error",
    "The share of mirrored requests is given both as `percent` and as `fraction`, or the "
    "fraction is above 1.",
    "Keep one of the two, with a numerator of at most the denominator.",
)

FIELDS = {
    "RequestHeaderModifier": "request_header_modifier",
    "ResponseHeaderModifier": "response_header_modifier",
    "RequestMirror": "request_mirror",
    "RequestRedirect": "request_redirect",
    "URLRewrite": "url_rewrite",
    "CORS": "cors",
    "ExtensionRef": "extension_ref",
}
"""The attribute that belongs to each type of filter."""

_REPEATABLE = {"RequestMirror", "ExtensionRef"}


@rule(HTTPRoute, codes=[FILTER_FIELD])
@rule(GRPCRoute, codes=[FILTER_FIELD])
def check_types(resource: Route) -> Iterator[Issue]:
    """The field of a filter is that of its type."""
    for one, path in filters_of(resource):
        for kind, attribute in FIELDS.items():
            given = getattr(one, attribute, None) is not None
            name = yaml_name(attribute)
            if given and one.type != kind:
                yield Issue(
                    "filter-type-field",
                    f"{name} does not belong to a filter of type {one.type}",
                    (*path, name),
                )
            elif one.type == kind and not given:
                yield Issue("filter-type-field", f"{kind} needs {name}", (*path, "type"))


@rule(HTTPRoute, codes=[FILTER_REPEATED])
@rule(GRPCRoute, codes=[FILTER_REPEATED])
def check_repeated(resource: Route) -> Iterator[Issue]:
    """Most filters may be used once in a list."""
    for filters, path in filter_lists(resource):
        for kind, count in Counter(one.type for one in filters).items():
            if count > 1 and kind not in _REPEATABLE:
                last = max(index for index, one in enumerate(filters) if one.type == kind)
                yield Issue("filter-repeated", f"{kind} is here {count} times", (*path, last))


@rule(HTTPRoute, codes=[LIST_DUPLICATE, NAME_REPEATED])
@rule(GRPCRoute, codes=[LIST_DUPLICATE, NAME_REPEATED])
def check_header_edits(resource: Route) -> Iterator[Issue]:
    """Each header field is set, added or removed once by a filter."""
    for one, path in filters_of(resource):
        for attribute in ("request_header_modifier", "response_header_modifier"):
            edits = getattr(one, attribute)
            if edits is None:
                continue
            place = (*path, yaml_name(attribute))
            for kind in ("set", "add"):
                fields = getattr(edits, kind) or ()
                names = [field.name for field in fields]
                yield from duplicates(names, (*place, kind), "header field")
                yield from repeated_names(names, (*place, kind))
            yield from duplicates(edits.remove or (), (*place, "remove"), "header field")


@rule(HTTPRoute, codes=[MIRROR_SHARE])
@rule(GRPCRoute, codes=[MIRROR_SHARE])
def check_mirrors(resource: Route) -> Iterator[Issue]:
    """The share of a mirror is one number, of at most all requests."""
    for one, path in filters_of(resource):
        mirror = one.request_mirror
        if mirror is None or mirror.fraction is None:
            continue
        place = (*path, "requestMirror", "fraction")
        if mirror.percent is not None:
            yield Issue("mirror-share", "percent and fraction exclude each other", place)
        if mirror.fraction.numerator > mirror.fraction.denominator:
            yield Issue("mirror-share", "the fraction is above 1", place)
