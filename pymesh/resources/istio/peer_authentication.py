"""PeerAuthentication: which connections a workload accepts (security.istio.io/v1)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from pymesh.resources._base import Model, Resource, register
from pymesh.resources.istio._selection import WorkloadSelector

MutualTLSMode = Literal["UNSET", "DISABLE", "PERMISSIVE", "STRICT"]
"""UNSET takes the mode of the wider scope; where none is set it is PERMISSIVE."""


class MutualTLS(Model):
    """The mode of mutual TLS."""

    mode: MutualTLSMode = "UNSET"


class PeerAuthenticationSpec(Model):
    """What a PeerAuthentication says; its scope is the mesh, the namespace or the selector."""

    selector: WorkloadSelector | None = None
    mtls: MutualTLS | None = None
    port_level_mtls: Annotated[dict[str, MutualTLS], Field(min_length=1)] | None = None
    """By the port that the workload listens on (not that of a Service)."""


@register
class PeerAuthentication(Resource):
    """Whether connections to workloads must, may or must not use mutual TLS."""

    KIND: ClassVar[str] = "PeerAuthentication"
    GROUP: ClassVar[str] = "security.istio.io"
    VERSIONS: ClassVar[tuple[str, ...]] = ("v1", "v1beta1")
    SECURITY: ClassVar[bool] = True

    spec: PeerAuthenticationSpec = Field(default_factory=PeerAuthenticationSpec)

    @property
    def labels(self) -> dict[str, str]:
        """The labels of the workloads that it selects; empty for all in its scope."""
        return self.spec.selector.labels if self.spec.selector else {}
