"""What a security policy applies to: workloads by their labels, or named objects."""

from typing import Annotated

from pydantic import Field, StringConstraints

from pymesh.resources._base import Model

SelectorValue = Annotated[str, StringConstraints(max_length=63)]


class WorkloadSelector(Model):
    """Labels that a workload must have; without any, every workload is selected."""

    match_labels: Annotated[dict[str, SelectorValue], Field(max_length=4096)] | None = None

    @property
    def labels(self) -> dict[str, str]:
        """The labels; empty when every workload is selected."""
        return self.match_labels or {}


class PolicyTargetReference(Model):
    """An object in the policy's namespace: a Gateway, a GatewayClass, a Service, a ServiceEntry."""

    group: Annotated[
        str,
        StringConstraints(
            max_length=253,
            pattern=r"^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
        ),
    ] = ""
    kind: Annotated[
        str,
        StringConstraints(
            min_length=1, max_length=63, pattern=r"^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$"
        ),
    ]
    name: Annotated[str, StringConstraints(min_length=1, max_length=253)]
    namespace: str | None = None
