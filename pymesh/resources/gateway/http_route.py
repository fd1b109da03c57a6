"""HTTPRoute: which HTTP requests go where (gateway.networking.k8s.io/v1)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from pymesh.resources._base import Model, NotYet, Resource, register
from pymesh.resources.gateway._filters import HeaderMatch
from pymesh.resources.gateway._http_filters import HTTPRouteFilter
from pymesh.resources.gateway._references import BackendReference, ParentReference
from pymesh.resources.gateway._types import (
    GROUP,
    GatewayDuration,
    HeaderName,
    Hostname,
    MatchType,
    SectionName,
)

HTTPMethod = Literal["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]


class HTTPPathMatch(Model):
    """A path to match; a prefix is compared by whole segments."""

    type: Literal["Exact", "PathPrefix", "RegularExpression"] = "PathPrefix"
    value: Annotated[str, StringConstraints(max_length=1024)] = "/"


class HTTPQueryParamMatch(Model):
    """A query parameter that a request must have."""

    name: HeaderName
    value: Annotated[str, StringConstraints(min_length=1, max_length=1024)]
    type: MatchType = "Exact"


class HTTPRouteMatch(Model):
    """Conditions that must all hold; without a path it is the prefix `/`."""

    path: HTTPPathMatch = Field(default_factory=HTTPPathMatch)
    headers: Annotated[tuple[HeaderMatch, ...], Field(max_length=16)] | None = None
    query_params: Annotated[tuple[HTTPQueryParamMatch, ...], Field(max_length=16)] | None = None
    method: HTTPMethod | None = None


class HTTPRouteTimeouts(Model):
    """Deadlines: for the whole exchange, and for each try at a backend; `0s` is none."""

    request: GatewayDuration | None = None
    backend_request: Annotated[
        GatewayDuration | None, NotYet("a deadline for each try at a backend")
    ] = None


class HTTPBackendReference(BackendReference):
    """A backend, its weight, and filters for the requests that go to it."""

    filters: Annotated[tuple[HTTPRouteFilter, ...], Field(max_length=16)] | None = None


class HTTPRouteRule(Model):
    """Requests that match any of `matches` pass the filters and go to one of the backends."""

    name: SectionName | None = None
    matches: Annotated[tuple[HTTPRouteMatch, ...], Field(max_length=64)] = Field(
        default_factory=lambda: (HTTPRouteMatch(),)
    )
    filters: Annotated[tuple[HTTPRouteFilter, ...], Field(max_length=16)] | None = None
    backend_refs: Annotated[tuple[HTTPBackendReference, ...], Field(max_length=16)] | None = None
    timeouts: HTTPRouteTimeouts | None = None


class HTTPRouteSpec(Model):
    """What an HTTPRoute says; without rules every request of its hosts matches and none goes on."""

    parent_refs: Annotated[tuple[ParentReference, ...], Field(max_length=32)] | None = None
    hostnames: Annotated[tuple[Hostname, ...], Field(max_length=16)] | None = None
    rules: Annotated[tuple[HTTPRouteRule, ...], Field(min_length=1, max_length=16)] = Field(
        default_factory=lambda: (HTTPRouteRule(),)
    )


@register
class HTTPRoute(Resource):
    """Routes of HTTP requests, attached to Gateways or, in a mesh, to Services."""

    KIND: ClassVar[str] = "HTTPRoute"
    GROUP: ClassVar[str] = GROUP
    VERSIONS: ClassVar[tuple[str, ...]] = ("v1", "v1beta1")

    spec: HTTPRouteSpec
