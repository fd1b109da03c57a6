"""``Service``: a name for workloads, with ports."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from pymesh.resources._base import ProjectedResource, Projection, register

__all__ = ["Port", "Service", "ServicePort", "ServiceSpec"]

Port = Annotated[int, Field(ge=1, le=65535)]


class ServicePort(Projection):
    """A port of a service.

    Args:
        name: Its name; the part before a dash may name the protocol (``http-web``).
        port: The number that clients use.
        protocol: The transport.
        app_protocol: The protocol on top, which wins over the name.
        target_port: The workload's port, by number or by name; ``port`` if absent.
    """

    name: str = ""
    port: Port
    protocol: Literal["TCP", "UDP", "SCTP"] = "TCP"
    app_protocol: str | None = None
    target_port: Port | str | None = None


class ServiceSpec(Projection):
    """What a service offers.

    Args:
        type: ``ExternalName`` stands for a DNS name elsewhere.
        cluster_ip: Its address; ``None`` (the word) makes it headless.
        cluster_ips: All of its addresses.
        external_name: The DNS name of an ``ExternalName`` service.
        selector: The labels of the pods behind it; empty means that somebody else says.
        ports: Its ports.
        publish_not_ready_addresses: Whether pods that are not ready count.
    """

    type: Literal["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"] = "ClusterIP"
    cluster_ip: str = Field(default="", alias="clusterIP")
    cluster_ips: tuple[str, ...] = Field(default=(), alias="clusterIPs")
    external_name: str = ""
    selector: dict[str, str] = {}
    ports: tuple[ServicePort, ...] = ()
    publish_not_ready_addresses: bool = False


@register
class Service(ProjectedResource):
    """A Kubernetes service."""

    KIND: ClassVar[str] = "Service"
    GROUP: ClassVar[str] = ""
    VERSIONS: ClassVar[tuple[str, ...]] = ("v1",)

    spec: ServiceSpec = ServiceSpec()

    @property
    def headless(self) -> bool:
        """Whether it has no address of its own: clients see its pods."""
        return self.spec.cluster_ip == "None"

    def port(self, wanted: int | str) -> ServicePort | None:
        """The port of a number or name, if there is one."""
        for port in self.spec.ports:
            if wanted in (port.port, port.name):
                return port
        return None
