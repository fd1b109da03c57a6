"""``EndpointSlice``: where a service's workloads are."""

from __future__ import annotations

from typing import ClassVar, Literal

from pymesh.resources._base import ProjectedResource, Projection, register
from pymesh.resources.kubernetes.service import Port

__all__ = ["SERVICE_LABEL", "Endpoint", "EndpointConditions", "EndpointPort", "EndpointSlice"]

SERVICE_LABEL = "kubernetes.io/service-name"
"""The label by which a slice names its service."""


class EndpointConditions(Projection):
    """The state of an endpoint; absent means unknown, which counts as yes but for terminating.

    Args:
        ready: Whether it takes new requests.
        serving: As ``ready``, also while it terminates.
        terminating: Whether it is about to go.
    """

    ready: bool | None = None
    serving: bool | None = None
    terminating: bool | None = None


class ObjectReference(Projection):
    """The object behind an endpoint.

    Args:
        kind: ``Pod``, mostly.
        name: Its name.
        namespace: Its namespace; the slice's if empty.
    """

    kind: str = ""
    name: str = ""
    namespace: str = ""


class Endpoint(Projection):
    """One workload.

    Args:
        addresses: Its addresses; they all lead to the same place, the first is used.
        conditions: Its state.
        hostname: Its own name below a headless service.
        node_name: The node it runs on.
        zone: The zone it is in.
        target_ref: The pod.
    """

    addresses: tuple[str, ...]
    conditions: EndpointConditions = EndpointConditions()
    hostname: str | None = None
    node_name: str | None = None
    zone: str | None = None
    target_ref: ObjectReference | None = None

    @property
    def ready(self) -> bool:
        """Whether it takes requests."""
        return self.conditions.ready is not False


class EndpointPort(Projection):
    """A port of every endpoint of the slice.

    Args:
        name: The name of the service's port; empty for the only one.
        port: The number; absent means every port.
        protocol: The transport.
        app_protocol: The protocol on top.
    """

    name: str | None = None
    port: Port | None = None
    protocol: Literal["TCP", "UDP", "SCTP"] = "TCP"
    app_protocol: str | None = None


@register
class EndpointSlice(ProjectedResource):
    """A part of a service's endpoints.

    Args:
        address_type: What the addresses are.
        endpoints: The endpoints.
        ports: The ports.
    """

    KIND: ClassVar[str] = "EndpointSlice"
    GROUP: ClassVar[str] = "discovery.k8s.io"
    VERSIONS: ClassVar[tuple[str, ...]] = ("v1", "v1beta1")

    address_type: Literal["IPv4", "IPv6", "FQDN"] = "IPv4"
    endpoints: tuple[Endpoint, ...] = ()
    ports: tuple[EndpointPort, ...] = ()

    @property
    def service(self) -> str:
        """The name of its service, in its namespace; empty if it has none."""
        return self.metadata.labels.get(SERVICE_LABEL, "")
