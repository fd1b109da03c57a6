"""What a rule of a VirtualService can do with an HTTP request."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pymesh.resources._base import NotYet
from pymesh.resources.istio._scalars import Base64, Int32, Timespan, UInt32
from pymesh.resources.istio._shared import Destination, IstioModel, Percent, StringMatch

__all__ = [
    "Abort",
    "CorsPolicy",
    "Delay",
    "DirectResponse",
    "Fault",
    "HTTPBody",
    "HTTPRetry",
    "Mirror",
    "Redirect",
    "RegexRewrite",
    "Rewrite",
]


class Redirect(IstioModel):
    """Answers with a redirect.

    Args:
        uri: Replaces the whole path.
        prefix_rewrite: Replaces the prefix that the rule matched; not looked at beside `uri`.
        authority: Replaces the host.
        port: Replaces the port.
        derive_port: Takes the port from the scheme, or that of the request.
        scheme: Replaces the scheme: `http` or `https`.
        redirect_code: The status; 0 is 301.
    """

    ONE_OF: ClassVar = (("port", "derive_port"),)

    uri: str = ""
    prefix_rewrite: str = ""
    authority: str = ""
    port: UInt32 | None = None
    derive_port: Literal["FROM_PROTOCOL_DEFAULT", "FROM_REQUEST_PORT"] | None = None
    scheme: str = ""
    redirect_code: UInt32 = 0


class HTTPBody(IstioModel):
    """The body of a direct response.

    Args:
        string: As text.
        bytes_: As base64.
    """

    ONE_OF: ClassVar = (("string", "bytes_"),)

    string: str | None = None
    bytes_: Base64 | None = None


class DirectResponse(IstioModel):
    """Answers with a fixed response.

    Args:
        status: The status code.
        body: The body; none if absent.
    """

    status: UInt32
    body: HTTPBody | None = None


class RegexRewrite(IstioModel):
    """Replaces what a pattern matches in the path.

    Args:
        match: The pattern, RE2 syntax.
        rewrite: The replacement; backslash and a digit insert a group.
    """

    match: str = ""
    rewrite: str = ""


class Rewrite(IstioModel):
    """Changes the request before it is sent on.

    Args:
        uri: Replaces the prefix that the rule matched, or the whole path for another match.
        authority: Replaces Host.
        uri_regex_rewrite: Replaces what a pattern matches in the path.
    """

    uri: str = ""
    authority: str = ""
    uri_regex_rewrite: RegexRewrite | None = None


class HTTPRetry(IstioModel):
    """When to try again.

    Args:
        attempts: How often; 0 is never.
        per_try_timeout: How long each try may take; the rule's timeout if absent.
        retry_on: Conditions and status codes, separated by commas.
        retry_remote_localities: Whether another locality may be tried.
        retry_ignore_previous_hosts: Whether to avoid endpoints that were tried; true if absent.
        backoff: How long to wait at least before another try; 25 ms if absent.
    """

    attempts: Int32 = 0
    per_try_timeout: Timespan | None = None
    retry_on: str = ""
    retry_remote_localities: bool | None = None
    retry_ignore_previous_hosts: bool | None = None
    backoff: Timespan | None = None


class Delay(IstioModel):
    """Delays requests.

    Args:
        percentage: How many of them; none if absent.
        percent: The same in whole percents; deprecated.
        fixed_delay: How long.
        exponential_delay: Not implemented by Istio.
    """

    ONE_OF: ClassVar = (("fixed_delay", "exponential_delay"),)

    percentage: Percent | None = None
    percent: Int32 = 0
    fixed_delay: Timespan | None = None
    exponential_delay: Timespan | None = None


class Abort(IstioModel):
    """Answers requests with an error.

    Args:
        percentage: How many of them; none if absent.
        http_status: The status code.
        grpc_status: The gRPC status, such as `UNAVAILABLE`.
        http2_error: Not implemented by Istio.
    """

    ONE_OF: ClassVar = (("http_status", "grpc_status", "http2_error"),)

    percentage: Percent | None = None
    http_status: Int32 | None = None
    grpc_status: str | None = None
    http2_error: str | None = None


class Fault(IstioModel):
    """Faults to inject at the client's side, to test how it copes.

    Args:
        delay: Delays.
        abort: Errors.
    """

    delay: Delay | None = None
    abort: Abort | None = None


class Mirror(IstioModel):
    """A service that gets a copy of requests, and whose answers are dropped.

    Args:
        destination: The service.
        percentage: How many requests; all if absent.
    """

    destination: Destination
    percentage: Percent | None = None


class CorsPolicy(IstioModel):
    """Cross-origin resource sharing: which web pages may use the responses.

    Args:
        allow_origins: Origins that may.
        allow_origin: The same, exact strings only; deprecated.
        allow_methods: Methods they may use.
        allow_headers: Header fields they may send.
        expose_headers: Header fields they may read.
        max_age: How long a browser may remember that.
        allow_credentials: Whether requests may carry credentials.
        unmatched_preflights: What becomes of preflights of other origins; FORWARD if not set.
    """

    allow_origins: tuple[StringMatch, ...] = ()
    allow_origin: Annotated[
        tuple[str, ...], NotYet("the deprecated allowOrigin; use allowOrigins")
    ] = ()
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    max_age: Timespan | None = None
    allow_credentials: bool | None = None
    unmatched_preflights: Literal["UNSPECIFIED", "FORWARD", "IGNORE"] = "UNSPECIFIED"
