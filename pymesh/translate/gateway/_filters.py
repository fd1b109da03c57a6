"""What the filters of a rule, or of one of its backends, do to requests and answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pymesh.resources.gateway._http_filters import HTTPRouteFilter
from pymesh.translate.gateway._headers import edits, new_host
from pymesh.validate.translation.texts import EDIT_BYTES, is_authority, is_path, is_query
from pymesh.wire import Cors, FullPath, HeaderEdits, PrefixPath, Redirect, Rewrite, StringMatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pymesh.resources.gateway._filters import RequestMirror
    from pymesh.resources.gateway._http_filters import (
        CORS,
        PathModifier,
        RequestRedirect,
        URLRewrite,
    )
    from pymesh.resources.gateway.grpc_route import GRPCRouteFilter

__all__ = ["Filters", "filters"]

DEFAULT_PORTS = {"http": 80, "https": 443}
HOST_OF_ORIGIN = r"[^/:]+"


class Filters(NamedTuple):
    """The filters of one list, by what they do.

    Args:
        request: Edits of the request's header.
        response: Edits of the answer's header.
        redirect: The client is sent elsewhere.
        rewrite: What the destination sees instead.
        cors: What pages of other origins may do.
        mirrors: Where copies go.
        unknown: Filters by reference, which nothing here can resolve.
        notes: What is not done as it was written, for people.
        unusable: Why a filter cannot be done at all.
    """

    request: HeaderEdits = HeaderEdits()
    response: HeaderEdits = HeaderEdits()
    redirect: Redirect | None = None
    rewrite: Rewrite | None = None
    cors: Cors | None = None
    mirrors: tuple[RequestMirror, ...] = ()
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unusable: tuple[str, ...] = ()


def filters(every: Iterable[HTTPRouteFilter | GRPCRouteFilter], port: int | None) -> Filters:
    """Translates a list of filters; of one that may not be repeated the first counts.

    Args:
        every: The filters.
        port: The listener's port, which a redirect keeps unless it says another; ``None`` in the
            mesh, where it is the request's own.
    """
    found = Filters()
    host = ""
    for one in every:
        if one.request_header_modifier and found.request == HeaderEdits():
            host = host or new_host(one.request_header_modifier)
            request, notes = edits(one.request_header_modifier, ignored=("host",))
            found = found._replace(request=request, notes=(*found.notes, *notes))
        if one.response_header_modifier and found.response == HeaderEdits():
            response, notes = edits(one.response_header_modifier)
            found = found._replace(response=response, notes=(*found.notes, *notes))
        if one.request_mirror:
            found = found._replace(mirrors=(*found.mirrors, one.request_mirror))
        if one.extension_ref:
            ref = one.extension_ref
            found = found._replace(unknown=(*found.unknown, f"{ref.kind} {ref.name}"))
        if isinstance(one, HTTPRouteFilter):
            found = _http(found, one, port)
    if host and found.redirect is None:
        found = found._replace(rewrite=_with_authority(found.rewrite, host))
    return found._replace(unusable=tuple(_unusable(found)))


def _unusable(found: Filters) -> Iterator[str]:
    """What the proxy's compiler would refuse, and all other routes with it."""
    rewrite, redirect = found.rewrite, found.redirect
    if rewrite is not None and rewrite.authority and not is_authority(rewrite.authority):
        yield f"{rewrite.authority!r} is no host"
    if (
        rewrite is not None
        and isinstance(rewrite.path, FullPath | PrefixPath)
        and not is_path(rewrite.path.value)
    ):
        yield f"{rewrite.path.value!r} is no path without dot segments"
    if redirect is not None and redirect.path is not None:
        path, query = redirect.path.value, ""
        if isinstance(redirect.path, FullPath):
            path, _, query = path.partition("?")  # a client may be sent to a query, too
        if not is_path(path) or not is_query(query):
            yield f"{redirect.path.value!r} is no path without dot segments"
    for header in (found.request, found.response):
        fields = (*header.set, *header.add)
        size = sum(len(field.name) + len(field.value.encode()) + 4 for field in fields)
        if size + sum(len(name) + 4 for name in header.remove) > EDIT_BYTES:
            yield f"header edits hold more than {EDIT_BYTES} bytes"


def _http(found: Filters, one: HTTPRouteFilter, port: int | None) -> Filters:
    """The filters that only an HTTPRoute has."""
    if one.request_redirect and found.redirect is None:
        found = found._replace(redirect=_redirect(one.request_redirect, port))
    if one.url_rewrite and found.rewrite is None:
        found = found._replace(rewrite=_rewrite(one.url_rewrite))
    if one.cors and found.cors is None:
        found = found._replace(cors=_cors(one.cors))
    return found


def _with_authority(rewrite: Rewrite | None, host: str) -> Rewrite:
    if rewrite is None:
        return Rewrite(authority=host)
    return Rewrite(authority=rewrite.authority or host, path=rewrite.path)


def _path(path: PathModifier | None) -> FullPath | PrefixPath | None:
    if path is None:
        return None
    if path.type == "ReplaceFullPath":
        return FullPath(path.replace_full_path or "/")
    # "/xyz/" means the same as "/xyz", and no prefix at all means the root.
    return PrefixPath((path.replace_prefix_match or "").rstrip("/") or "/")


def _rewrite(rewrite: URLRewrite) -> Rewrite:
    return Rewrite(authority=rewrite.hostname or "", path=_path(rewrite.path))


def _redirect(redirect: RequestRedirect, listener_port: int | None) -> Redirect:
    """A redirect with its port decided.

    The port is the filter's own; else the well-known one of the filter's scheme; else the
    listener's. It is left out where it is the scheme's default.
    """
    port = redirect.port
    if port is None:
        port = DEFAULT_PORTS[redirect.scheme] if redirect.scheme else listener_port
    # Only listeners without TLS are served, so a request's own scheme is http.
    if port == DEFAULT_PORTS[redirect.scheme or "http"]:
        port = 0
    return Redirect(
        status=redirect.status_code,
        scheme=redirect.scheme or "",
        host=redirect.hostname or "",
        port=port,
        path=_path(redirect.path),
    )


def _cors(cors: CORS) -> Cors:
    return Cors(
        allow_origins=tuple(_origin(origin) for origin in cors.allow_origins or ()),
        allow_methods=tuple(cors.allow_methods or ()),
        allow_headers=tuple(cors.allow_headers or ()),
        expose_headers=tuple(cors.expose_headers or ()),
        max_age_seconds=cors.max_age,
        allow_credentials=bool(cors.allow_credentials),
        # A preflight is the gateway's business, also one that gets no permission.
        forward_unmatched_preflights=False,
    )


def _origin(origin: str) -> StringMatch:
    """An origin; browsers leave the scheme's default port out, so it counts as written or not."""
    if origin == "*":
        return StringMatch("exact", "*")  # which stands for every origin
    scheme, _, rest = origin.partition("://")
    host, _, port = rest.partition(":")
    default = str(DEFAULT_PORTS.get(scheme, ""))
    port = "" if port == default else port
    if "*" not in host:
        return StringMatch("exact", f"{scheme}://{host}:{port}" if port else f"{scheme}://{host}")
    suffix = f":{port}" if port else f"(?::{default})?"
    return StringMatch("regex", f"{scheme}://{HOST_OF_ORIGIN}{re.escape(host[1:])}{suffix}")
