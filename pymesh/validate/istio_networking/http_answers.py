"""Rules for answers that a proxy gives itself: redirects, direct responses, CORS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.istio_networking._codes import PORT_RANGE, check_port
from pymesh.validate.istio_networking._text import is_token
from pymesh.validate.istio_networking.header_edits import HEADER_NAME_INVALID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources.istio._http import CorsPolicy, DirectResponse, Redirect
    from pymesh.validate._rules import Path

REDIRECT_INVALID = Code(
    "redirect-invalid",
    "error",
    "A redirect changes nothing (it has none of `uri`, `prefixRewrite`, `authority`, `port` and "
    "`scheme`), or its status is not a 3xx, or its scheme neither `http` nor `https`.",
    "Say where the redirect leads to, with a status from 300 to 399.",
)
STATUS_INVALID = Code(
    "status-invalid",
    "error",
    "A response's status is not from 200 to 599.",
    "Give the status of a final response.",
)
BODY_TOO_LARGE = Code(
    "body-too-large",
    "error",
    "The body of a direct response is larger than 1 MB (an error) or 100 kB (a warning): it "
    "travels to every proxy with the routes.",
    "Serve it from a service, or redirect to one.",
)
CORS_ORIGIN_EMPTY = Code(
    "cors-origin-empty",
    "error",
    "An entry of `allowOrigins` matches no text, or any: it has no value.",
    "Write the origin, such as `exact: https://app.example`.",
)
CORS_METHOD_UNKNOWN = Code(
    "cors-method-unknown",
    "error",
    "An entry of `allowMethods` is not a method of HTTP, or not in upper case, in which "
    "browsers compare it.",
    "Write methods such as `GET`, or `*`.",
)
CORS_MAX_AGE = Code(
    "cors-max-age",
    "error",
    "`maxAge` is not in whole seconds, the unit of the header field that carries it.",
    "Round it to seconds.",
)
CORS_ANY_ORIGIN = Code(
    "cors-any-origin",
    "warning",
    "Every origin may use the responses, with the user's cookies: any page that the user opens "
    "can act as the user.",
    "List the origins that need it, or set `allowCredentials: false`.",
)
_METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "*"}
)
_ANY = frozenset({".*", ".+", "*", "^.*$"})
_SHORTEST_STATUS, _LONGEST_STATUS = 200, 599
_LARGE, _TOO_LARGE = 100 * 1024, 1024 * 1024


@rule(
    VirtualService,
    codes=[REDIRECT_INVALID, PORT_RANGE, STATUS_INVALID, BODY_TOO_LARGE],
)
def check_answers(resource: VirtualService) -> Iterator[Issue]:
    """Redirects and direct responses can be answered as they are."""
    for index, route in enumerate(resource.spec.http):
        place = ("spec", "http", index)
        if route.redirect is not None:
            yield from _check_redirect(route.redirect, (*place, "redirect"))
        if route.direct_response is not None:
            yield from _check_response(route.direct_response, (*place, "directResponse"))


def _check_redirect(redirect: Redirect, place: Path) -> Iterator[Issue]:
    if not (
        redirect.uri
        or redirect.prefix_rewrite
        or redirect.authority
        or redirect.scheme
        or redirect.has("port")
        or redirect.has("derive_port")
    ):
        yield Issue(REDIRECT_INVALID.code, "the redirect leads to where it came from", place)
    if redirect.uri and redirect.prefix_rewrite:
        yield Issue(
            REDIRECT_INVALID.code,
            "prefixRewrite is not looked at beside uri",
            (*place, "prefixRewrite"),
            severity="warning",
        )
    if redirect.redirect_code and not 300 <= redirect.redirect_code <= 399:
        yield Issue(
            REDIRECT_INVALID.code,
            f"{redirect.redirect_code} is not a redirect's status",
            (*place, "redirectCode"),
        )
    if redirect.scheme not in {"", "http", "https"}:
        yield Issue(
            REDIRECT_INVALID.code, f"{redirect.scheme!r} is not http or https", (*place, "scheme")
        )
    if redirect.port:
        yield from check_port(redirect.port, (*place, "port"))


def check_status(status: int, place: Path) -> Iterator[Issue]:
    """The status of a final response."""
    if not _SHORTEST_STATUS <= status <= _LONGEST_STATUS:
        yield Issue(STATUS_INVALID.code, f"{status} is not from 200 to 599", place)


def _check_response(response: DirectResponse, place: Path) -> Iterator[Issue]:
    yield from check_status(response.status, (*place, "status"))
    body = response.body
    if body is None:
        return
    size = len(body.bytes_) * 3 // 4 if body.bytes_ else len((body.string or "").encode())
    if size > _LARGE:
        yield Issue(
            BODY_TOO_LARGE.code,
            f"the body has {size} bytes",
            (*place, "body"),
            severity="error" if size > _TOO_LARGE else "warning",
        )


@rule(
    VirtualService,
    codes=[
        CORS_ORIGIN_EMPTY,
        CORS_METHOD_UNKNOWN,
        CORS_MAX_AGE,
        CORS_ANY_ORIGIN,
        HEADER_NAME_INVALID,
    ],
)
def check_cors(resource: VirtualService) -> Iterator[Issue]:
    """Policies for other origins can be answered as they are."""
    for index, route in enumerate(resource.spec.http):
        if route.cors_policy is not None:
            yield from _check_policy(route.cors_policy, ("spec", "http", index, "corsPolicy"))


def _check_policy(policy: CorsPolicy, place: Path) -> Iterator[Issue]:
    for index, origin in enumerate(policy.allow_origins):
        where = (*place, "allowOrigins", index)
        if not origin.value:
            yield Issue(CORS_ORIGIN_EMPTY.code, "the origin is empty", where)
        elif policy.allow_credentials and origin.value in _ANY:
            yield Issue(
                CORS_ANY_ORIGIN.code, "every origin may act with the user's credentials", where
            )
    for index, method in enumerate(policy.allow_methods):
        if method not in _METHODS:
            yield Issue(
                CORS_METHOD_UNKNOWN.code,
                f"{method!r} is not a method",
                (*place, "allowMethods", index),
            )
    for field, names in (
        ("allowHeaders", policy.allow_headers),
        ("exposeHeaders", policy.expose_headers),
    ):
        for index, name in enumerate(names):
            if not is_token(name):  # `*` is one
                yield Issue(
                    HEADER_NAME_INVALID.code,
                    f"{name!r} is not the name of a header field",
                    (*place, field, index),
                )
    if policy.max_age is not None and policy.max_age.nanoseconds % 1_000_000_000:
        yield Issue(
            CORS_MAX_AGE.code, f"{policy.max_age} is not in whole seconds", (*place, "maxAge")
        )
