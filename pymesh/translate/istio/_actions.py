"""What a VirtualService's rule does with a request, as the wire has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from pymesh import wire
from pymesh.resources.istio._http import HTTPRetry
from pymesh.validate.translation.rule_values import AUTHORITY_FIELDS
from pymesh.validate.translation.texts import PROXYS_OWN

if TYPE_CHECKING:
    from pymesh.resources.istio import _http as http
    from pymesh.resources.istio._shared import HeaderOperations, Headers, Percent
    from pymesh.resources.istio.mesh_config import MeshConfig

__all__ = ["Edits", "cors", "direct_response", "edits", "fault", "redirect", "retry", "rewrite"]

RETRY_ON = (
    "connect-failure",
    "refused-stream",
    "unavailable",
    "cancelled",
    "retriable-status-codes",
)
"""What Istio retries on where nothing else is said."""
_ATTEMPTS = 2
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Edits(NamedTuple):
    """Edits of a request and its answer.

    Args:
        authority: The new authority, since setting ``Host`` means that; empty keeps it.
        request: Edits of the request.
        response: Edits of the answer.
    """

    authority: str = ""
    request: wire.HeaderEdits = wire.HeaderEdits()
    response: wire.HeaderEdits = wire.HeaderEdits()


def edits(headers: Headers | None) -> Edits:
    """The edits of a rule or of a destination."""
    if headers is None:
        return Edits()
    authority = ""
    for operations in (headers.request,) if headers.request else ():
        for values in (operations.add, operations.set):
            for name, value in values.items():
                if name.lower() in AUTHORITY_FIELDS:
                    authority = value
    return Edits(authority, _edits(headers.request), _edits(headers.response))


def _edits(operations: HeaderOperations | None) -> wire.HeaderEdits:
    if operations is None:
        return wire.HeaderEdits()

    def fields(values: dict[str, str]) -> tuple[wire.HeaderValue, ...]:
        return tuple(
            # Spaces around a value are no part of it (RFC 9110 section 5.5).
            wire.HeaderValue(name, value.strip(" \t"))
            for name, value in values.items()
            if _editable(name)
        )

    return wire.HeaderEdits(
        set=fields(operations.set),
        add=fields(operations.add),
        remove=tuple(name for name in operations.remove if _editable(name)),
    )


def _editable(name: str) -> bool:
    return name.lower() not in PROXYS_OWN and not name.startswith(":")


def redirect(found: http.Redirect, port: int, *, tls: bool) -> wire.Redirect:
    """A redirect.

    Args:
        found: As the rule has it.
        port: The port that the rule is made for.
        tls: Whether clients speak TLS there.
    """
    host, _, in_host = found.authority.rpartition(":")
    if not host or not in_host.isdigit():
        host, in_host = found.authority, ""
    new_port: int | None = found.port or (int(in_host) if in_host else None)
    if found.derive_port == "FROM_REQUEST_PORT":
        new_port = port
    elif found.derive_port == "FROM_PROTOCOL_DEFAULT" or (new_port is None and host):
        new_port = 0  # a new host does not inherit the old one's port
    if new_port == _DEFAULT_PORTS.get(found.scheme or ("https" if tls else "http")):
        new_port = 0
    path: wire.FullPath | wire.PrefixPath | None = None
    if found.uri:
        path = wire.FullPath(found.uri)
    elif found.prefix_rewrite:
        path = wire.PrefixPath(found.prefix_rewrite)
    return wire.Redirect(
        status=found.redirect_code or 301,
        scheme=found.scheme,
        host=host,
        port=new_port,
        path=path,
    )


def direct_response(found: http.DirectResponse) -> wire.DirectResponse:
    """A fixed answer."""
    body = found.body
    return wire.DirectResponse(
        status=found.status,
        body=(body.string or "") if body else "",
        body_base64=(body.bytes_ or "") if body else "",
    )


def rewrite(found: http.Rewrite | None, authority: str) -> wire.Rewrite | None:
    """What the destination sees instead.

    Args:
        found: As the rule has it.
        authority: That of the header edits; the rule's own goes before it.
    """
    path: wire.PrefixPath | wire.RegexPath | None = None
    if found is not None:
        authority = found.authority or authority
        if found.uri_regex_rewrite is not None:
            own = found.uri_regex_rewrite
            path = wire.RegexPath(pattern=own.match, substitution=own.rewrite)
        elif found.uri:
            # An exact or regex match has matched the whole path, which so is what is replaced.
            path = wire.PrefixPath(found.uri)
    return wire.Rewrite(authority=authority, path=path) if authority or path else None


def cors(found: http.CorsPolicy | None) -> wire.Cors | None:
    """What pages of other origins may do."""
    if found is None:
        return None
    old = tuple(wire.StringMatch(type="exact", value=origin) for origin in found.allow_origin)
    new = tuple(
        # An origin that need only be there is any origin.
        wire.StringMatch(type="prefix", value="")
        if origin.type == "present"
        else wire.StringMatch(type=origin.type, value=origin.value)
        for origin in found.allow_origins
    )
    return wire.Cors(
        allow_origins=new or old,
        allow_methods=found.allow_methods,
        allow_headers=found.allow_headers,
        expose_headers=found.expose_headers,
        max_age_seconds=int(found.max_age.seconds) if found.max_age is not None else None,
        allow_credentials=bool(found.allow_credentials),
        forward_unmatched_preflights=found.unmatched_preflights != "IGNORE",
    )


def retry(found: HTTPRetry | None, config: MeshConfig) -> wire.Retry | None:
    """When a request is tried again: by the rule, or MeshConfig, or twice."""
    if found is None and config.default_http_retry_policy is not None:
        try:
            found = HTTPRetry.model_validate(config.default_http_retry_policy)
        except ValidationError:  # it has been reported as not acted on
            found = None
    if found is None:
        return wire.Retry(attempts=_ATTEMPTS, retry_on=RETRY_ON)
    if found.attempts <= 0:
        return None
    own = tuple(filter(None, (one.strip() for one in found.retry_on.split(","))))
    timeout, backoff = found.per_try_timeout, found.backoff
    return wire.Retry(
        attempts=found.attempts,
        retry_on=own or RETRY_ON,
        per_try_timeout_ms=timeout.milliseconds if timeout is not None else None,
        backoff_ms=backoff.milliseconds if backoff is not None else None,
    )


def fault(found: http.Fault | None) -> wire.Fault | None:
    """Faults made on purpose; without a percentage they happen to nobody."""
    if found is None:
        return None
    delay = found.delay
    abort = found.abort
    made = wire.Fault(
        delay=wire.Delay(
            percent=_percent(delay.percentage), duration_ms=delay.fixed_delay.milliseconds
        )
        if delay is not None and delay.fixed_delay is not None
        else None,
        abort=wire.Abort(
            percent=_percent(abort.percentage),
            http_status=abort.http_status,
            grpc_status=abort.grpc_status or "",
        )
        if abort is not None and (abort.http_status is not None or abort.grpc_status)
        else None,
    )
    return None if made == wire.Fault() else made


def _percent(found: Percent | None) -> float:
    return min(max(found.value, 0.0), 100.0) if found is not None else 0.0
