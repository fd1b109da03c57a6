"""The conditions of a VirtualService's rule as the wire has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pymesh import wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources.istio._shared import StringMatch
    from pymesh.resources.istio.virtual_service import HTTPMatch
    from pymesh.wire.matches import ValueMatch

__all__ = ["EVERY_PATH", "by_claim", "catches_all", "route_match"]

_CLAIM_PREFIX = "@request.auth.claims"
_ELSEWHERE = frozenset({"uri", "scheme", "method", "authority"})
"""Names that Istio ignores among ``headers``: these have fields of their own."""

EVERY_PATH = wire.PathMatch(type="starts_with", value="/")
"""What Istio matches where a rule says nothing about the path."""

_CATCH_ALL_PATHS = (
    None,
    EVERY_PATH,
    wire.PathMatch(type="starts_with", value="/", ignore_case=True),
    wire.PathMatch(type="regex", value=".*"),
    wire.PathMatch(type="regex", value=".*", ignore_case=True),
)


def by_claim(match: HTTPMatch) -> bool:
    """Whether a match asks for claims of a token; none is verified yet, so it never holds."""
    return any(name.startswith(_CLAIM_PREFIX) for name in match.headers)


def route_match(match: HTTPMatch) -> wire.RouteMatch:
    """The conditions of one match, but for ``port`` and ``gateways``, which were looked at."""
    source = None
    # Istio looks at the source only where a match does not name its own gateways.
    if not match.gateways and (match.source_labels or match.source_namespace):
        source = wire.SourceMatch(namespace=match.source_namespace, labels=match.source_labels)
    return wire.RouteMatch(
        path=_path(match),
        method=_text(match.method),
        headers=(
            *(_value(name, one) for name, one in match.headers.items() if name not in _ELSEWHERE),
            *(
                value
                for name, one in match.without_headers.items()
                # A claim that must not be there is not.
                if name not in _ELSEWHERE and not name.startswith(_CLAIM_PREFIX)
                for value in _without(name, one)
            ),
        ),
        query=tuple(_value(name, one) for name, one in match.query_params.items()),
        scheme=_text(match.scheme),
        authority=_text(match.authority),
        source=source,
    )


def catches_all(match: wire.RouteMatch) -> bool:
    """Whether every request matches; a condition on the source is not known to hold."""
    return match.path in _CATCH_ALL_PATHS and (wire.RouteMatch(path=match.path) == match)


def _path(match: HTTPMatch) -> wire.PathMatch | None:
    uri = match.uri
    if uri is None or uri.type == "present":
        return None
    if uri.type == "regex":  # it says itself what case it means
        return wire.PathMatch(type="regex", value=uri.value)
    return wire.PathMatch(
        type="exact" if uri.type == "exact" else "starts_with",
        value=uri.value,
        ignore_case=match.ignore_uri_case,
    )


def _text(match: StringMatch | None) -> wire.StringMatch | None:
    if match is None or match.type == "present":
        return None
    return wire.StringMatch(type=match.type, value=match.value)


def _value(name: str, match: StringMatch, *, invert: bool = False) -> ValueMatch:
    if match.type == "present" or (match.type == "regex" and match.value == "*"):
        return wire.PresentValue(name=name, invert=invert)
    if match.type == "exact":
        return wire.ExactValue(name=name, value=match.value, invert=invert)
    if match.type == "prefix":
        return wire.PrefixValue(name=name, value=match.value, invert=invert)
    return wire.RegexValue(name=name, value=match.value, invert=invert)


def _without(name: str, match: StringMatch) -> Iterator[ValueMatch]:
    """The conditions under which a header field does not match.

    A field that is missing counts as an empty one, so that it does match what an empty one
    matches; an inverted condition on the wire always holds for it.
    """
    inverted = _value(name, match, invert=True)
    yield inverted
    if not isinstance(inverted, wire.PresentValue) and _matches_empty(match):
        yield wire.PresentValue(name=name)


def _matches_empty(match: StringMatch) -> bool:
    if match.type != "regex":
        return not match.value
    try:
        return re.fullmatch(match.value, "") is not None
    except re.error:  # RE2 knows a few things that Python does not
        return False
