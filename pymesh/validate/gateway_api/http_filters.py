"""Rules for the filters of HTTPRoute: redirects, rewrites and CORS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources._base import yaml_name
from pymesh.resources.gateway.http_route import HTTPRoute, HTTPRouteRule
from pymesh.validate._rules import Code, Issue, Path, rule
from pymesh.validate.gateway_api._routes import (
    LIST_DUPLICATE,
    duplicates,
    filter_lists,
    filters_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pymesh.resources.gateway._http_filters import HTTPRouteFilter, PathModifier

REDIRECT_BACKENDS = Code(
    "redirect-with-backends",
    "error",
    "A rule redirects and has backends; a redirected request reaches none of them.",
    "Remove `backendRefs` or the redirect.",
)
REDIRECT_REWRITE = Code(
    "filter-redirect-and-rewrite",
    "error",
    "A list of filters has both a redirect and a rewrite; what is redirected is not forwarded.",
    "Keep one of them; a redirect can change path and host by itself.",
)
PREFIX_REPLACEMENT = Code(
    "prefix-replacement-match",
    "error",
    "A filter replaces the matched prefix of the path, but the rule does not have exactly one "
    "match with a path of type PathPrefix, so that it is not clear what to replace.",
    "Give the rule one match with `path.type: PathPrefix`, or use `ReplaceFullPath`.",
)
BACKEND_PREFIX_REPLACEMENT = Code(
    "backend-prefix-replacement-match",
    "error",
    "A filter of a backend replaces the matched prefix of the path, but the rule does not have "
    "exactly one match with a path of type PathPrefix. (The API server notices it only where a "
    "single backend of the rule does so.)",
    "Give the rule one match with `path.type: PathPrefix`, or use `ReplaceFullPath`.",
)
PATH_MODIFIER = Code(
    "path-modifier-type",
    "error",
    "The `type` of a path replacement and its value disagree.",
    "Give `replaceFullPath` with `type: ReplaceFullPath`, and `replacePrefixMatch` with "
    "`type: ReplacePrefixMatch`.",
)
CORS_WILDCARD = Code(
    "cors-wildcard",
    "error",
    "A list of a CORS filter has `*` beside other values, which it covers.",
    "Keep `*` alone, or list the values without it.",
)


@rule(HTTPRoute, codes=[REDIRECT_BACKENDS, PREFIX_REPLACEMENT, BACKEND_PREFIX_REPLACEMENT])
def check_rules(resource: HTTPRoute) -> Iterator[Issue]:
    """Redirects have no backends, and a replaced prefix is one that was matched."""
    for number, one in enumerate(resource.spec.rules):
        path = ("spec", "rules", number)
        redirects = [index for index, each in enumerate(one.filters or ()) if each.request_redirect]
        if one.backend_refs and redirects:
            yield Issue(
                "redirect-with-backends",
                "the rule redirects, so its backends get no requests",
                (*path, "filters", redirects[0]),
            )
        if _matches_one_prefix(one):
            continue
        yield from _prefix_replacements(
            one.filters or (), (*path, "filters"), "prefix-replacement-match"
        )
        for index, backend in enumerate(one.backend_refs or ()):
            yield from _prefix_replacements(
                backend.filters or (),
                (*path, "backendRefs", index, "filters"),
                "backend-prefix-replacement-match",
            )


def _matches_one_prefix(one: HTTPRouteRule) -> bool:
    return len(one.matches) == 1 and one.matches[0].path.type == "PathPrefix"


def _prefix_replacements(
    filters: Sequence[HTTPRouteFilter], path: Path, code: str
) -> Iterator[Issue]:
    for index, one in enumerate(filters):
        for name, modifier in _path_modifiers(one):
            if modifier.type == "ReplacePrefixMatch":
                yield Issue(
                    code,
                    "replacing the prefix needs exactly one match, with a PathPrefix",
                    (*path, index, name, "path"),
                )


def _path_modifiers(one: HTTPRouteFilter) -> Iterator[tuple[str, PathModifier]]:
    if one.request_redirect is not None and one.request_redirect.path is not None:
        yield "requestRedirect", one.request_redirect.path
    if one.url_rewrite is not None and one.url_rewrite.path is not None:
        yield "urlRewrite", one.url_rewrite.path


@rule(HTTPRoute, codes=[REDIRECT_REWRITE])
def check_redirect_and_rewrite(resource: HTTPRoute) -> Iterator[Issue]:
    """A redirect and a rewrite exclude each other."""
    for filters, path in filter_lists(resource):
        kinds = [one.type for one in filters]
        if "RequestRedirect" in kinds and "URLRewrite" in kinds:
            yield Issue(
                "filter-redirect-and-rewrite",
                "a redirect and a rewrite exclude each other",
                (*path, kinds.index("URLRewrite")),
            )


@rule(HTTPRoute, codes=[PATH_MODIFIER])
def check_path_modifiers(resource: HTTPRoute) -> Iterator[Issue]:
    """The value of a replacement is that of its type."""
    for one, path in _http_filters(resource):
        for name, modifier in _path_modifiers(one):
            for kind in ("replace_full_path", "replace_prefix_match"):
                field = yaml_name(kind)
                expected = modifier.type.lower() == field.lower()
                if expected != (getattr(modifier, kind) is not None):
                    verb = "needs" if expected else "does not go with"
                    yield Issue(
                        "path-modifier-type",
                        f"{modifier.type} {verb} {field}",
                        (*path, name, "path"),
                    )


@rule(HTTPRoute, codes=[CORS_WILDCARD, LIST_DUPLICATE])
def check_cors(resource: HTTPRoute) -> Iterator[Issue]:
    """Lists of CORS have no duplicates, and a `*` stands alone."""
    for one, path in _http_filters(resource):
        if one.cors is None:
            continue
        for attribute in ("allow_origins", "allow_methods", "allow_headers", "expose_headers"):
            values = getattr(one.cors, attribute) or ()
            place = (*path, "cors", yaml_name(attribute))
            yield from duplicates(values, place, "value")
            if "*" in values and len(values) > 1 and attribute != "expose_headers":
                yield Issue("cors-wildcard", "`*` covers all of the other values", place)


def _http_filters(route: HTTPRoute) -> Iterator[tuple[HTTPRouteFilter, Path]]:
    return filters_of(route)  # type: ignore[return-value]
