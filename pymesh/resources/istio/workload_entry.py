"""WorkloadEntry: a workload that no Kubernetes pod stands for (networking.istio.io)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from pymesh.resources._base import NotYet, Resource, register
from pymesh.resources.istio._scalars import (
    NETWORKING,
    VERSIONS,
    EndpointAddress,
    PortName,
    UInt32,
)
from pymesh.resources.istio._shared import IstioModel

__all__ = ["Workload", "WorkloadEntry"]

_Long = StringConstraints(max_length=2048)


class Workload(IstioModel):
    """A workload: where it is, and what it is to the mesh. Also an endpoint of a ServiceEntry.

    Args:
        address: An IP address, a DNS name, or ``unix://`` and a path.
        ports: The workload's own port for the name of a service's port.
        labels: Its labels, which selectors compare with.
        network: The network it is in; empty is the same as that of everyone else.
        locality: Its place: ``region/zone/subzone``.
        weight: Its share among the endpoints; 0 is 1.
        service_account: Its identity's service account, in the namespace of the resource.
    """

    address: EndpointAddress = ""
    ports: Annotated[dict[PortName, UInt32], Field(max_length=128)] = {}
    labels: Annotated[dict[str, str], Field(max_length=256)] = {}
    network: Annotated[str, _Long, NotYet("reaching another network through its gateway")] = ""
    locality: Annotated[str, _Long, NotYet("balancing by locality")] = ""
    weight: UInt32 = 0
    service_account: Annotated[str, StringConstraints(max_length=253)] = ""


@register
class WorkloadEntry(Resource):
    """A workload, which services select by its labels like a pod.

    Args:
        spec: The workload.
    """

    KIND: ClassVar = "WorkloadEntry"
    GROUP: ClassVar = NETWORKING
    VERSIONS: ClassVar = VERSIONS

    spec: Workload
