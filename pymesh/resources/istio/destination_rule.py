"""DestinationRule: subsets of a service and how to connect to them (networking.istio.io)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from pymesh.resources._base import NotYet, Resource, register
from pymesh.resources.istio._scalars import NETWORKING, VERSIONS, SelectorValue
from pymesh.resources.istio._shared import IstioModel
from pymesh.resources.istio._traffic_policy import TrafficPolicy

__all__ = ["ClientSelector", "DestinationRule", "DestinationRuleSpec", "Subset"]


def _selector_key(key: str) -> str:
    if not key or "*" in key:
        raise PydanticCustomError("label_key", "must be a label's name, without a wildcard")
    return key


class ClientSelector(IstioModel):
    """Selects the clients, in the same namespace, that a rule is for.

    Args:
        match_labels: Labels they must all have.
    """

    match_labels: Annotated[
        dict[Annotated[str, AfterValidator(_selector_key)], SelectorValue], Field(max_length=4096)
    ] = {}


class Subset(IstioModel):
    """Some of a service's endpoints.

    Args:
        name: How routes refer to it.
        labels: Labels of the endpoints; empty is all of them.
        traffic_policy: What differs from the rule's own policy, block by block.
    """

    name: str
    labels: dict[str, str] = {}
    traffic_policy: TrafficPolicy | None = None


class DestinationRuleSpec(IstioModel):
    """Of which service, and how.

    Args:
        host: The service; a short name is completed with the rule's namespace, `*.` in front
            stands for any labels.
        traffic_policy: How to connect to it.
        subsets: Parts of it.
        export_to: Namespaces whose clients use it: `*`, `.` or names; empty is the mesh's default.
        workload_selector: The clients that use it.
    """

    host: str
    traffic_policy: TrafficPolicy | None = None
    subsets: tuple[Subset, ...] = ()
    export_to: tuple[str, ...] = ()
    workload_selector: Annotated[
        ClientSelector | None,
        NotYet("a rule for some of the clients"),
    ] = None


@register
class DestinationRule(Resource):
    """How clients connect to a service.

    Args:
        spec: Service, policy and subsets.
    """

    KIND: ClassVar = "DestinationRule"
    GROUP: ClassVar = NETWORKING
    VERSIONS: ClassVar = VERSIONS

    spec: DestinationRuleSpec
