"""Gateway: where traffic enters, and which routes may attach (gateway.networking.k8s.io/v1)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from pymesh.resources._base import Ignored, Model, NotYet, Resource, register
from pymesh.resources.gateway._labels import LabelSelector
from pymesh.resources.gateway._listener_tls import GatewayTLS, ListenerTLS
from pymesh.resources.gateway._references import LocalObjectReference
from pymesh.resources.gateway._types import (
    GROUP,
    AddressType,
    AnnotationValue,
    Group,
    Hostname,
    Kind,
    LabelValue,
    ObjectName,
    PortNumber,
    ProtocolType,
    SectionName,
)


class RouteNamespaces(Model):
    """The namespaces whose routes may attach to a listener."""

    from_: Annotated[Literal["All", "Selector", "Same"], Field(alias="from")] = "Same"
    selector: LabelSelector | None = None


class RouteGroupKind(Model):
    """A kind of route."""

    group: Group = GROUP
    kind: Kind


class AllowedRoutes(Model):
    """Which routes may attach to a listener."""

    namespaces: RouteNamespaces = Field(default_factory=RouteNamespaces)
    kinds: Annotated[tuple[RouteGroupKind, ...], Field(max_length=8)] | None = None


class Listener(Model):
    """A port, a protocol and, for those that have one, a host name."""

    name: SectionName
    hostname: Hostname | None = None
    port: PortNumber
    protocol: ProtocolType
    tls: Annotated[ListenerTLS | None, NotYet("TLS of a listener")] = None
    allowed_routes: AllowedRoutes = Field(default_factory=AllowedRoutes)


class GatewayAddress(Model):
    """An address to listen on."""

    type: AddressType = "IPAddress"
    value: Annotated[str, StringConstraints(max_length=253)] | None = None


class ListenerNamespaces(Model):
    """The namespaces whose ListenerSets may attach to a Gateway."""

    from_: Annotated[Literal["All", "Selector", "Same", "None"], Field(alias="from")] = "None"
    selector: LabelSelector | None = None


class AllowedListeners(Model):
    """Which ListenerSets may attach to a Gateway."""

    namespaces: ListenerNamespaces = Field(default_factory=ListenerNamespaces)


_NOTHING_CREATED = Ignored("nothing is created for a Gateway that could carry it")


class GatewayInfrastructure(Model):
    """Labels and annotations for what a cluster creates for a Gateway."""

    labels: Annotated[
        Annotated[dict[str, LabelValue], Field(max_length=8)] | None, _NOTHING_CREATED
    ] = None
    annotations: Annotated[
        Annotated[dict[str, AnnotationValue], Field(max_length=16)] | None, _NOTHING_CREATED
    ] = None
    parameters_ref: Annotated[LocalObjectReference | None, NotYet("parameters of a Gateway")] = None


class GatewaySpec(Model):
    """What a Gateway says."""

    gateway_class_name: ObjectName
    listeners: Annotated[tuple[Listener, ...], Field(min_length=1, max_length=64)]
    addresses: Annotated[
        Annotated[tuple[GatewayAddress, ...], Field(max_length=16)] | None,
        NotYet("listening on chosen addresses"),
    ] = None
    infrastructure: GatewayInfrastructure | None = None
    allowed_listeners: Annotated[AllowedListeners | None, NotYet("ListenerSets")] = None
    tls: Annotated[GatewayTLS | None, NotYet("TLS of a Gateway")] = None


@register
class Gateway(Resource):
    """Where traffic enters the mesh."""

    KIND: ClassVar[str] = "Gateway"
    GROUP: ClassVar[str] = GROUP
    VERSIONS: ClassVar[tuple[str, ...]] = ("v1", "v1beta1")

    spec: GatewaySpec
