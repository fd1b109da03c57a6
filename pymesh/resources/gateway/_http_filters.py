"""The filters of an HTTPRoute."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from pymesh.resources._base import Model, NotYet
from pymesh.resources.gateway._filters import HeaderModifier, RequestMirror
from pymesh.resources.gateway._references import LocalObjectReference
from pymesh.resources.gateway._types import (
    HeaderName,
    PortNumber,
    PositiveInt32,
    PreciseHostname,
)

ReplacementPath = Annotated[str, StringConstraints(max_length=1024)]
"""The path that takes the place of the request's, or of its matched prefix."""

CORSOrigin = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=253,
        pattern=(
            r"(^\*$)|(^(http(s)?)://(((\*\.)?([a-zA-Z0-9\-]+\.)*[a-zA-Z0-9-]+|\*)"
            r"(:([0-9]{1,5}))?)$)"
        ),
    ),
]
"""An origin (scheme, host and port), `*`, or one whose host begins with `*`."""

CORSMethod = Literal[
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "*"
]


class PathModifier(Model):
    """A new path: all of it, or in place of the prefix that the rule matched."""

    type: Literal["ReplaceFullPath", "ReplacePrefixMatch"]
    replace_full_path: ReplacementPath | None = None
    replace_prefix_match: ReplacementPath | None = None


class RequestRedirect(Model):
    """An answer that sends the client elsewhere; parts left out are the request's own."""

    scheme: Literal["http", "https"] | None = None
    hostname: PreciseHostname | None = None
    path: PathModifier | None = None
    port: PortNumber | None = None
    status_code: Literal[301, 302, 303, 307, 308] = 302


class URLRewrite(Model):
    """A new authority or path for the request before it is forwarded."""

    hostname: PreciseHostname | None = None
    path: PathModifier | None = None


class CORS(Model):
    """Cross-origin resource sharing: preflights are answered, responses are labelled."""

    allow_origins: Annotated[tuple[CORSOrigin, ...], Field(max_length=64)] | None = None
    allow_credentials: bool | None = None
    allow_methods: Annotated[tuple[CORSMethod, ...], Field(max_length=9)] | None = None
    allow_headers: Annotated[tuple[HeaderName, ...], Field(max_length=64)] | None = None
    expose_headers: Annotated[tuple[HeaderName, ...], Field(max_length=64)] | None = None
    max_age: PositiveInt32 = 5


class HTTPRouteFilter(Model):
    """One filter; the field that bears the name of `type` says what it does."""

    type: Literal[
        "RequestHeaderModifier",
        "ResponseHeaderModifier",
        "RequestMirror",
        "RequestRedirect",
        "URLRewrite",
        "ExtensionRef",
        "CORS",
    ]
    request_header_modifier: HeaderModifier | None = None
    response_header_modifier: HeaderModifier | None = None
    request_mirror: Annotated[RequestMirror | None, NotYet("mirroring")] = None
    request_redirect: RequestRedirect | None = None
    url_rewrite: URLRewrite | None = None
    cors: CORS | None = None
    extension_ref: Annotated[LocalObjectReference | None, NotYet("extension filters")] = None
