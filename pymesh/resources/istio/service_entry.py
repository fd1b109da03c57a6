"""ServiceEntry: a service that is not in Kubernetes' registry (networking.istio.io)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from pymesh.resources._base import NotYet, Resource, register
from pymesh.resources.istio._scalars import NETWORKING, VERSIONS, UInt32
from pymesh.resources.istio._shared import IstioModel, WorkloadSelector
from pymesh.resources.istio.workload_entry import Workload

__all__ = ["Location", "Resolution", "ServiceEntry", "ServiceEntrySpec", "ServicePort"]

Location = Literal["MESH_EXTERNAL", "MESH_INTERNAL"]
Resolution = Literal["NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS"]


class ServicePort(IstioModel):
    """A port of the service.

    Args:
        number: The port clients use.
        protocol: HTTP, HTTPS, GRPC, GRPC-WEB, HTTP2, MONGO, TCP, TLS, ...; empty is found out.
        name: Its name, unique in the service.
        target_port: The endpoints' port; 0 is the same.
    """

    number: UInt32
    protocol: Annotated[str, StringConstraints(max_length=256)] = ""
    name: Annotated[str, StringConstraints(max_length=256)]
    target_port: UInt32 = 0


class ServiceEntrySpec(IstioModel):
    """What the service is called, and where it is.

    Args:
        hosts: Its DNS names; `*.` in front stands for any labels.
        addresses: Virtual IP addresses or CIDR ranges.
        ports: Its ports.
        location: Outside the mesh or in it.
        resolution: How endpoints are found: `NONE` goes where the request was going, `STATIC`
            uses the endpoints' addresses, the others look up DNS.
        endpoints: Where it is; exclusive with `workload_selector`.
        workload_selector: Selects pods and WorkloadEntries of its namespace.
        export_to: Namespaces that see it: `*`, `.`, `~` or names; empty is the mesh's default.
        subject_alt_names: Identities its endpoints may have.
    """

    ONE_OF: ClassVar = (("endpoints", "workload_selector"),)

    hosts: Annotated[tuple[str, ...], Field(min_length=1, max_length=256)]
    addresses: Annotated[
        tuple[Annotated[str, StringConstraints(max_length=64)], ...], Field(max_length=256)
    ] = ()
    ports: Annotated[tuple[ServicePort, ...], Field(max_length=256)] = ()
    location: Location = "MESH_EXTERNAL"
    resolution: Resolution = "NONE"
    endpoints: Annotated[tuple[Workload, ...], Field(max_length=4096)] = ()
    workload_selector: WorkloadSelector | None = None
    export_to: tuple[str, ...] = ()
    subject_alt_names: Annotated[
        tuple[str, ...], NotYet("checking the identity of the endpoints, without TLS to them")
    ] = ()


@register
class ServiceEntry(Resource):
    """A service outside the mesh, or of workloads that Kubernetes does not know.

    Args:
        spec: The service.
    """

    KIND: ClassVar = "ServiceEntry"
    GROUP: ClassVar = NETWORKING
    VERSIONS: ClassVar = VERSIONS

    spec: ServiceEntrySpec
