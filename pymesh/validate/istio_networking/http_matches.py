"""Rules for the matches of HTTP routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.istio_networking._codes import (
    LABEL_INVALID,
    PORT_RANGE,
    check_labels,
    check_port,
)
from pymesh.validate.istio_networking._names import is_label
from pymesh.validate.istio_networking._text import claim_of, is_token
from pymesh.validate.istio_networking.header_edits import HEADER_NAME_INVALID
from pymesh.validate.istio_networking.virtual_service import MESH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pymesh.resources.istio.virtual_service import HTTPMatch
    from pymesh.validate._rules import Path

CLAIM_WITHOUT_GATEWAY = Code(
    "claim-without-gateway",
    "error",
    "A match looks at a claim of the request's token (`@request.auth.claims…`) in a "
    "VirtualService that is not bound to gateways alone. Istio routes by claims at gateways only.",
    "Bind the VirtualService to gateways, without `mesh`.",
)
CLAIM_NEVER_MATCHES = Code(
    "claim-never-matches",
    "warning",
    "A match looks at a claim of the request's token (`@request.auth.claims…`). Tokens are not "
    "verified yet, so no request has claims: the match never holds, its negation always does.",
    "Do not rely on this rule yet; order the rules so that what follows is safe for everybody.",
)
MATCH_FIELD_IGNORED = Code(
    "match-field-ignored",
    "warning",
    "A part of a match has no effect in Istio: the keys `uri`, `scheme`, `method` and `authority` "
    "of `headers`, and `sourceLabels` and `sourceNamespace` beside `gateways`, which are not "
    "looked at then. The match holds for more requests than it seems to.",
    "Use the match's own `uri`, `scheme`, `method` and `authority`; leave `gateways` out of the "
    "match where the source is to be compared.",
)
NAMESPACE_INVALID = Code(
    "namespace-invalid",
    "error",
    "The name of a namespace is not a DNS label: at most 63 letters, digits and inner hyphens.",
    "Write the name of one namespace; patterns are not known here.",
)
_PSEUDO = frozenset({":method", ":scheme", ":authority", ":path", ":status"})
_IGNORED = frozenset({"uri", "scheme", "method", "authority"})


@rule(
    VirtualService,
    codes=[HEADER_NAME_INVALID, CLAIM_WITHOUT_GATEWAY, CLAIM_NEVER_MATCHES, MATCH_FIELD_IGNORED],
)
def check_header_matches(resource: VirtualService) -> Iterator[Issue]:
    """Names in the matches of headers."""
    gateways = resource.spec.gateways
    at_gateways = bool(gateways) and MESH not in gateways
    for path, match in _matches(resource):
        for field, names in (
            ("headers", match.headers),
            ("withoutHeaders", match.without_headers),
        ):
            yield from _check_names(names, (*path, field), at_gateways=at_gateways)


def _check_names(names: Iterable[str], path: Path, *, at_gateways: bool) -> Iterator[Issue]:
    for name in names:
        place = (*path, name)
        if claim_of(name):
            if at_gateways:
                yield Issue(CLAIM_NEVER_MATCHES.code, "no request has claims yet", place)
            else:
                yield Issue(CLAIM_WITHOUT_GATEWAY.code, "claims are for gateways", place)
        elif name in _IGNORED:
            yield Issue(
                MATCH_FIELD_IGNORED.code,
                f"{name!r} is no header field here",
                place,
                f"use the match's own {name}",
            )
        elif not is_token(name) and name not in _PSEUDO:
            yield Issue(
                HEADER_NAME_INVALID.code, f"{name!r} is not the name of a header field", place
            )


@rule(VirtualService, codes=[PORT_RANGE, LABEL_INVALID, NAMESPACE_INVALID, MATCH_FIELD_IGNORED])
def check_origins(resource: VirtualService) -> Iterator[Issue]:
    """Where requests come from, and to which port."""
    for path, match in _matches(resource):
        if match.port:
            yield from check_port(match.port, (*path, "port"))
        yield from check_labels(match.source_labels, (*path, "sourceLabels"))
        namespace = match.source_namespace
        if namespace and not is_label(namespace):
            yield Issue(
                NAMESPACE_INVALID.code,
                f"{namespace!r} is not a namespace",
                (*path, "sourceNamespace"),
            )
        if match.gateways:
            for field, value in (
                ("sourceLabels", match.source_labels),
                ("sourceNamespace", namespace),
            ):
                if value:
                    yield Issue(
                        MATCH_FIELD_IGNORED.code,
                        f"{field} is not looked at beside gateways",
                        (*path, field),
                    )


def _matches(resource: VirtualService) -> Iterator[tuple[Path, HTTPMatch]]:
    for index, route in enumerate(resource.spec.http):
        for number, match in enumerate(route.match):
            yield ("spec", "http", index, "match", number), match
