"""What becomes of a request that a rule matched."""

from typing import Annotated

from msgspec import Meta

from pymesh.wire._base import Document, Milliseconds, Port, Weight
from pymesh.wire.matches import StringMatch

__all__ = [
    "Abort",
    "Cors",
    "Delay",
    "Destination",
    "DirectResponse",
    "Fault",
    "FullPath",
    "HeaderEdits",
    "HeaderValue",
    "Mirror",
    "PrefixPath",
    "Redirect",
    "RegexPath",
    "Retry",
    "Rewrite",
    "Timeouts",
]

Status = Annotated[int, Meta(ge=100, le=599)]
Percent = Annotated[float, Meta(ge=0, le=100)]


class HeaderValue(Document, frozen=True):
    """One header field."""

    name: str
    value: str


class HeaderEdits(Document, frozen=True):
    """Edits of a header, applied in the order remove, set, add."""

    set: tuple[HeaderValue, ...] = ()
    add: tuple[HeaderValue, ...] = ()
    remove: tuple[str, ...] = ()


class Destination(Document, frozen=True):
    """One destination of a rule.

    Args:
        service: The service's key.
        weight: Its share relative to the others; 0 gets nothing.
        port: The service's port; 0 means its only one.
        subset: The subset's name; empty means every endpoint.
        request_headers: Edits of requests that go here.
        response_headers: Edits of their answers.
        status: The reference cannot be resolved: requests that fall to it are answered with this.
    """

    service: str
    weight: Weight = 1
    port: Port = 0
    subset: str = ""
    request_headers: HeaderEdits = HeaderEdits()
    response_headers: HeaderEdits = HeaderEdits()
    status: Status | None = None


class Timeouts(Document, frozen=True):
    """Time limits of a rule.

    Args:
        request_ms: Milliseconds from a request's head to the end of its answer; absent means the
            proxy's own, 0 means none.
        backend_request_ms: Milliseconds of one try; absent and 0 as above.
    """

    request_ms: Milliseconds | None = None
    backend_request_ms: Milliseconds | None = None


class FullPath(Document, tag="full", tag_field="type", frozen=True):
    """The whole path becomes ``value``."""

    value: str


class PrefixPath(Document, tag="prefix", tag_field="type", frozen=True):
    """What the rule's path match matched becomes ``value``."""

    value: str


class RegexPath(Document, tag="regex", tag_field="type", frozen=True):
    r"""What ``pattern`` matches becomes ``substitution``, in which ``\1`` is the first group."""

    pattern: str
    substitution: str


class Redirect(Document, frozen=True):
    """The client is sent elsewhere.

    Args:
        status: 301, 302, 303, 307 or 308.
        scheme: The new scheme; empty keeps the request's.
        host: The new host; empty keeps the request's.
        port: The new port; 0 leaves it out; absent keeps the request's, but for a scheme's default.
        path: The new path; absent keeps the request's.
    """

    status: Status = 302
    scheme: str = ""
    host: str = ""
    port: Port | None = None
    path: FullPath | PrefixPath | None = None


class Rewrite(Document, frozen=True):
    """What the destination sees instead.

    Args:
        authority: The new Host; empty keeps the request's.
        path: The new path; absent keeps the request's.
    """

    authority: str = ""
    path: FullPath | PrefixPath | RegexPath | None = None


class DirectResponse(Document, frozen=True):
    """The proxy answers itself.

    Args:
        status: The status.
        body: The body, as text.
        body_base64: The body, where it is no text.
    """

    status: Status
    body: str = ""
    body_base64: str = ""


class Cors(Document, frozen=True):
    """What pages of other origins may do.

    Args:
        allow_origins: Origins that may.
        allow_methods: Methods that they may use.
        allow_headers: Header fields that they may send.
        expose_headers: Header fields of the answer that they may read.
        max_age_seconds: How long a browser keeps a preflight's answer.
        allow_credentials: Whether with cookies and the like.
        forward_unmatched_preflights: Whether the destination answers preflights of other origins.
    """

    allow_origins: tuple[StringMatch, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    max_age_seconds: Annotated[int, Meta(ge=0)] | None = None
    allow_credentials: bool = False
    forward_unmatched_preflights: bool = True


class Retry(Document, frozen=True):
    """When a request is tried again; carried, not acted on yet.

    Args:
        attempts: Tries after the first; 0 means none.
        retry_on: Conditions, in Istio's words; numbers are status codes.
        per_try_timeout_ms: Milliseconds of one try; absent means the rule's own limit.
        backoff_ms: Milliseconds before the first retry; absent means 25.
    """

    attempts: Annotated[int, Meta(ge=0, le=2**32 - 1)]
    retry_on: tuple[str, ...] = ()
    per_try_timeout_ms: Milliseconds | None = None
    backoff_ms: Milliseconds | None = None


class Mirror(Document, frozen=True):
    """A copy of a request goes here and its answer is dropped; carried, not acted on yet.

    Args:
        service: The service's key.
        port: The service's port; 0 means its only one.
        subset: The subset's name; empty means every endpoint.
        percent: Share of requests, in percent.
    """

    service: str
    port: Port = 0
    subset: str = ""
    percent: Percent = 100.0


class Delay(Document, frozen=True):
    """Requests wait.

    Args:
        duration_ms: Milliseconds.
        percent: Share of requests, in percent.
    """

    duration_ms: Milliseconds
    percent: Percent = 100.0


class Abort(Document, frozen=True):
    """Requests are answered with an error.

    Args:
        percent: Share of requests, in percent.
        http_status: The status; absent if it is a gRPC one.
        grpc_status: The gRPC status by name; empty if it is an HTTP one.
    """

    percent: Percent = 100.0
    http_status: Annotated[int, Meta(ge=0, le=999)] | None = None
    grpc_status: str = ""


class Fault(Document, frozen=True):
    """Faults made on purpose; carried, not acted on yet."""

    delay: Delay | None = None
    abort: Abort | None = None
