"""GRPCRoute: which gRPC calls go where (gateway.networking.k8s.io/v1)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from pymesh.resources._base import Model, NotYet, Resource, register
from pymesh.resources.gateway._filters import HeaderMatch, HeaderModifier, RequestMirror
from pymesh.resources.gateway._references import (
    BackendReference,
    LocalObjectReference,
    ParentReference,
)
from pymesh.resources.gateway._types import GROUP, Hostname, MatchType, SectionName

MethodPart = Annotated[str, StringConstraints(max_length=1024)]


class GRPCMethodMatch(Model):
    """A gRPC service, a method, or both; exactly as written or by regular expression."""

    type: MatchType = "Exact"
    service: MethodPart | None = None
    method: MethodPart | None = None


class GRPCRouteMatch(Model):
    """Conditions that must all hold; without a method every call of the hosts matches."""

    method: GRPCMethodMatch | None = None
    headers: Annotated[tuple[HeaderMatch, ...], Field(max_length=16)] | None = None


class GRPCRouteFilter(Model):
    """One filter; the field that bears the name of `type` says what it does."""

    type: Literal[
        "ResponseHeaderModifier", "RequestHeaderModifier", "RequestMirror", "ExtensionRef"
    ]
    request_header_modifier: HeaderModifier | None = None
    response_header_modifier: HeaderModifier | None = None
    request_mirror: Annotated[RequestMirror | None, NotYet("mirroring")] = None
    extension_ref: Annotated[LocalObjectReference | None, NotYet("extension filters")] = None


class GRPCBackendReference(BackendReference):
    """A backend, its weight, and filters for the calls that go to it."""

    filters: Annotated[tuple[GRPCRouteFilter, ...], Field(max_length=16)] | None = None


class GRPCRouteRule(Model):
    """Calls that match any of `matches` (all, without one) go to one of the backends."""

    name: SectionName | None = None
    matches: Annotated[tuple[GRPCRouteMatch, ...], Field(max_length=64)] | None = None
    filters: Annotated[tuple[GRPCRouteFilter, ...], Field(max_length=16)] | None = None
    backend_refs: Annotated[tuple[GRPCBackendReference, ...], Field(max_length=16)] | None = None


class GRPCRouteSpec(Model):
    """What a GRPCRoute says."""

    parent_refs: Annotated[tuple[ParentReference, ...], Field(max_length=32)] | None = None
    hostnames: Annotated[tuple[Hostname, ...], Field(max_length=16)] | None = None
    rules: Annotated[tuple[GRPCRouteRule, ...], Field(max_length=16)] | None = None


@register
class GRPCRoute(Resource):
    """Routes of gRPC calls, attached to Gateways or, in a mesh, to Services."""

    KIND: ClassVar[str] = "GRPCRoute"
    GROUP: ClassVar[str] = GROUP
    VERSIONS: ClassVar[tuple[str, ...]] = ("v1",)

    spec: GRPCRouteSpec
