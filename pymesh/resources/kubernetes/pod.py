"""``Pod``: a workload with labels, an account and an address."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from pymesh.resources._base import ProjectedResource, Projection, register
from pymesh.resources.kubernetes.service import Port

__all__ = ["Container", "ContainerPort", "Pod", "PodSpec", "PodStatus"]


class ContainerPort(Projection):
    """A port that a container says it listens on.

    Args:
        name: By which a service's ``targetPort`` may refer to it.
        container_port: The number.
        protocol: The transport.
    """

    name: str = ""
    container_port: Port
    protocol: Literal["TCP", "UDP", "SCTP"] = "TCP"


class Container(Projection):
    """A container.

    Args:
        name: Its name.
        ports: Its ports.
    """

    name: str = ""
    ports: tuple[ContainerPort, ...] = ()


class PodSpec(Projection):
    """What runs.

    Args:
        service_account_name: The account; ``default`` if absent.
        containers: The containers.
        host_network: Whether it uses the node's network.
        node_name: The node.
    """

    service_account_name: str = "default"
    containers: tuple[Container, ...] = ()
    host_network: bool = False
    node_name: str = ""


class PodIP(Projection):
    """One of a pod's addresses."""

    ip: str = ""


class PodStatus(Projection):
    """What became of it.

    Args:
        pod_ip: The first address; empty before it has one.
        pod_ips: All of them.
        phase: The phase; empty in files that say nothing.
    """

    pod_ip: str = Field(default="", alias="podIP")
    pod_ips: tuple[PodIP, ...] = Field(default=(), alias="podIPs")
    phase: str = ""


@register
class Pod(ProjectedResource):
    """A workload."""

    KIND: ClassVar[str] = "Pod"
    GROUP: ClassVar[str] = ""
    VERSIONS: ClassVar[tuple[str, ...]] = ("v1",)

    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()

    def port(self, wanted: int | str, protocol: Literal["TCP", "UDP", "SCTP"] = "TCP") -> int:
        """The number of a port that is given by number or name; 0 if there is no such name."""
        if isinstance(wanted, int):
            return wanted
        for container in self.spec.containers:
            for port in container.ports:
                if port.name == wanted and port.protocol == protocol:
                    return port.container_port
        return 0
