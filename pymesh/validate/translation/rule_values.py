"""Values of VirtualService rules that Istio takes and no proxy can put into a message.

What a proxy's compiler refuses, it refuses with everything else; so that one such value does not
hold up everybody's resources, its rule alone is answered with 500. The translation asks
:func:`unusable` too: what is said here and what is done are the same.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import TYPE_CHECKING

from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.validate._rules import Code, Issue, Path, rule
from pymesh.validate.translation.gateway_routes import HEADER_KEPT
from pymesh.validate.translation.texts import EDIT_BYTES, PROXYS_OWN, is_query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources.istio import _http as http
    from pymesh.resources.istio._shared import Headers
    from pymesh.resources.istio.virtual_service import HTTPRoute

__all__ = ["AUTHORITY_FIELDS", "check_values", "unusable"]

VALUE_UNUSABLE = Code(
    "rule-value-unusable",
    "warning",
    "A rule asks for what cannot be: a redirect or rewrite to something that is no path or no "
    "host, a path with a segment `..`, a status that is no redirect, a query parameter without a "
    "name, or edits that no header has room for. The rule answers 500; the others are not touched.",
    "Correct the value.",
)
AUTHORITY_FIELDS = frozenset({"host", ":authority"})
"""Fields whose edit means another authority, in lower case."""

_REDIRECTS = frozenset({0, 301, 302, 303, 307, 308})
_HOST_BYTES = 253
_HOST = re.compile(r"[-A-Za-z0-9._]+")
_NO_PATH = re.compile(
    r"[\x00-\x20\x7f#?]|%(?![0-9A-Fa-f]{2})|%00|[/\\](?:\.|%2[eE]){1,2}(?:[/\\;]|$)"
)


@rule(VirtualService, codes=[VALUE_UNUSABLE, HEADER_KEPT])
def check_values(resource: VirtualService) -> Iterator[Issue]:
    """Finds rules that cannot be done, and edits of fields that only the proxy writes."""
    for number, route in enumerate(resource.spec.http):
        place: Path = ("spec", "http", number)
        for message, path in unusable(route):
            yield Issue("rule-value-unusable", message, (*place, *path))
        yield from _kept(route.headers, (*place, "headers"))
        for position, one in enumerate(route.route):
            yield from _kept(one.headers, (*place, "route", position, "headers"))


def unusable(route: HTTPRoute) -> Iterator[tuple[str, Path]]:
    """What of a rule no proxy can do: in words, and the field below the rule.

    Args:
        route: The rule; of a delegate, as it was put together.
    """
    for index, match in enumerate(route.match):
        if "" in match.query_params:
            yield "a query parameter without a name", ("match", index, "queryParams")
    if route.redirect is not None:
        yield from _redirect(route.redirect)
    elif route.rewrite is not None:
        rewrite = route.rewrite
        if rewrite.authority and not _is_authority(rewrite.authority):
            yield f"{rewrite.authority!r} is no host", ("rewrite", "authority")
        regex = rewrite.uri_regex_rewrite
        if regex is None and not _is_path(rewrite.uri):
            yield f"{rewrite.uri!r} is no path without dot segments", ("rewrite", "uri")
    yield from _edits(route.headers, ("headers",))
    for position, one in enumerate(route.route):
        yield from _edits(one.headers, ("route", position, "headers"))


def _redirect(found: http.Redirect) -> Iterator[tuple[str, Path]]:
    if found.redirect_code not in _REDIRECTS:
        yield f"{found.redirect_code} is no redirect to another place", ("redirect", "redirectCode")
    if found.authority and not _is_authority(found.authority):
        yield f"{found.authority!r} is no host", ("redirect", "authority")
    path, _, query = found.uri.partition("?")
    if not _is_path(path) or not is_query(query):
        yield f"{found.uri!r} is no path without dot segments", ("redirect", "uri")
    if not found.uri and not _is_path(found.prefix_rewrite):
        message = f"{found.prefix_rewrite!r} is no path without dot segments"
        yield message, ("redirect", "prefixRewrite")


def _edits(headers: Headers | None, place: Path) -> Iterator[tuple[str, Path]]:
    for name in ("request", "response") if headers is not None else ():
        operations = getattr(headers, name)
        if operations is None:
            continue
        size = sum(len(one) + 4 for one in operations.remove)
        for kind, values in (("set", operations.set), ("add", operations.add)):
            for field, value in values.items():
                size += len(field) + len(value.encode()) + 4
                renames = name == "request" and field.lower() in AUTHORITY_FIELDS
                if renames and not _is_authority(value):
                    yield f"{value!r} is no host", (*place, name, kind, field)
        if size > EDIT_BYTES:
            message = f"the edits take {size} bytes, at most {EDIT_BYTES} are possible"
            yield message, (*place, name)


def _kept(headers: Headers | None, place: Path) -> Iterator[Issue]:
    for name in ("request", "response") if headers is not None else ():
        operations = getattr(headers, name)
        if operations is None:
            continue
        fields: list[tuple[str, Path]] = [(one, ("set", one)) for one in operations.set]
        fields += [(one, ("add", one)) for one in operations.add]
        fields += [(one, ("remove", index)) for index, one in enumerate(operations.remove)]
        for field, path in fields:
            if field.lower() in PROXYS_OWN - AUTHORITY_FIELDS:
                message = f"{field} is the proxy's own and stays as it is"
                yield Issue("header-not-edited", message, (*place, name, *path))


def _is_path(text: str) -> bool:
    """Whether a path, or the beginning of one, can be brought to canonical form."""
    return not _NO_PATH.search(text if text.startswith("/") else f"/{text}")


def _is_authority(text: str) -> bool:
    """Whether a text is a host with or without a port."""
    host, colon, port = text.rpartition(":")
    if not colon or "]" in port:
        return _is_host(text)
    return _is_host(host) and port.isascii() and port.isdigit() and int(port) <= 0xFFFF


def _is_host(text: str) -> bool:
    if text.startswith("[") and text.endswith("]"):
        try:
            IPv6Address(text[1:-1])
        except ValueError:
            return False
        return "%" not in text
    return len(text) <= _HOST_BYTES and _HOST.fullmatch(text) is not None
