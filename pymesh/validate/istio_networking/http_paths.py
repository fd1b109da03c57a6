"""Rules for paths: those that no request has, and what rewriting and redirecting makes of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.validate._rules import Code, Issue, mesh_rule, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources import Mesh
    from pymesh.resources.istio._shared import StringMatch
    from pymesh.resources.istio.virtual_service import HTTPMatch, HTTPRoute
    from pymesh.validate._rules import Path

PATH_NEVER_MATCHES = Code(
    "path-never-matches",
    "warning",
    "No request has a path like this: paths begin with `/`, are compared without the query, and "
    "after dot segments (`/a/../b`) and encoded letters have been resolved.",
    "Write the path as it is after normalization; match the query with `queryParams`.",
)
REWRITE_DOUBLE_SLASH = Code(
    "rewrite-double-slash",
    "warning",
    "A prefix without a slash at its end is replaced by one with a slash: `/foo/x` becomes `//x` "
    "where `/foo` becomes `/`.",
    "Match `prefix: /foo/`, and `exact: /foo` beside it; or leave the slash out of the "
    "replacement where it is longer than `/`.",
)
REDIRECT_LOOP = Code(
    "redirect-loop",
    "warning",
    "A redirect leads to where its own rule matches again, with the same host, scheme and port. "
    "Clients give up after some rounds.",
    "Match more narrowly, redirect to another path or host, or put a rule for the new path first.",
)
_DOTS = re.compile(r"(?:^|/)(?:\.|%2[eE]){1,2}(?:/|$)")
_ENCODED_UNRESERVED = re.compile(
    r"%(?:4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aAeE]|3[0-9]|2[dDeE])"
)


@mesh_rule(codes=[PATH_NEVER_MATCHES])
def check_paths(mesh: Mesh) -> Iterator[Issue]:
    """Some request can have the path that a match asks for."""
    normalized = mesh.config.path_normalization.normalization != "NONE"
    for resource in mesh.of(VirtualService):
        for index, route in enumerate(resource.spec.http):
            for number, match in enumerate(route.match):
                uri = match.uri
                if uri is None or uri.type not in {"exact", "prefix"}:
                    continue
                if problem := _path_problem(uri, normalized=normalized):
                    yield Issue(
                        PATH_NEVER_MATCHES.code,
                        f"{uri.value!r} {problem}",
                        ("spec", "http", index, "match", number, "uri", uri.type),
                        resource=resource,
                    )


def _path_problem(uri: StringMatch, *, normalized: bool) -> str:
    path = uri.value
    whole = uri.type == "exact"
    if path[:1] != "/" and (path or whole) and path != "*":
        return "does not begin with a slash"
    if "?" in path or "#" in path:
        return "has a query or fragment, which is not looked at"
    # What a prefix ends in may go on in the path.
    if normalized and _DOTS.search(path if whole else path.rpartition("/")[0] + "/"):
        return "has a dot segment, which no path has after normalization"
    if normalized and _ENCODED_UNRESERVED.search(path):
        return "has an encoded character that no path has after normalization"
    return ""


@rule(VirtualService, codes=[REWRITE_DOUBLE_SLASH])
def check_prefix_rewrites(resource: VirtualService) -> Iterator[Issue]:
    """Replacing a prefix leaves no double slash."""
    for index, route in enumerate(resource.spec.http):
        place = ("spec", "http", index)
        if route.rewrite is not None:
            yield from _check_slashes(route, route.rewrite.uri, (*place, "rewrite", "uri"))
        if route.redirect is not None and not route.redirect.uri:
            replacement = route.redirect.prefix_rewrite
            yield from _check_slashes(route, replacement, (*place, "redirect", "prefixRewrite"))


def _check_slashes(route: HTTPRoute, replacement: str, place: Path) -> Iterator[Issue]:
    if not replacement.endswith("/"):
        return
    for match in route.match:
        prefix = (match.uri.prefix if match.uri else None) or "/"
        if not prefix.endswith("/"):
            made = f"{replacement}/x"
            yield Issue(
                REWRITE_DOUBLE_SLASH.code,
                f"{prefix}/x becomes {made}",
                place,
                f"match {prefix}/ and {prefix} apart",
            )
            return


@rule(VirtualService, codes=[REDIRECT_LOOP])
def check_redirects(resource: VirtualService) -> Iterator[Issue]:
    """A redirect leads elsewhere."""
    for index, route in enumerate(resource.spec.http):
        redirect = route.redirect
        if redirect is None or not redirect.uri:
            continue
        elsewhere = redirect.authority or redirect.scheme or redirect.has("port")
        if elsewhere or not _matches(route, redirect.uri):
            continue
        if not any(_takes(earlier, redirect.uri) for earlier in resource.spec.http[:index]):
            yield Issue(
                REDIRECT_LOOP.code,
                f"the rule matches {redirect.uri} again",
                ("spec", "http", index, "redirect", "uri"),
            )


def _matches(route: HTTPRoute, uri: str) -> bool:
    """Whether a rule may match the request that its redirect makes of one it matched."""
    path = uri.partition("?")[0]
    return not route.match or any(_is_within(match.uri, path) for match in route.match)


def _takes(route: HTTPRoute, uri: str) -> bool:
    """Whether a rule may match a path, whatever its other conditions."""
    path = uri.partition("?")[0]
    return not route.match or any(_may_be_within(match, path) for match in route.match)


def _is_within(uri: StringMatch | None, path: str) -> bool:
    if uri is None:
        return True
    return path == uri.exact or (uri.prefix is not None and path.startswith(uri.prefix))


def _may_be_within(match: HTTPMatch, path: str) -> bool:
    # A regular expression is not evaluated here; it may match.
    return _is_within(match.uri, path) or (match.uri is not None and match.uri.regex is not None)
