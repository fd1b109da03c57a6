"""What the translation has to say about resources that are valid by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources import Finding
from pymesh.validate import Code
from pymesh.validate._rules import define

if TYPE_CHECKING:
    from pymesh.resources import Resource

__all__ = [
    "AUTHORITY_PER_DESTINATION",
    "CLIENT_SELECTOR",
    "DESTINATION_UNRESOLVED",
    "ENDPOINT_UNUSABLE",
    "POLICY_NOT_APPLIED",
    "ROUTE_BY_CLAIM",
    "VIRTUAL_SERVICE_SHADOWED",
    "finding",
]

AUTHORITY_PER_DESTINATION = Code(
    "authority-per-destination",
    "warning",
    "A destination sets `Host` or `:authority`, and the rule has other destinations. The"
    " authority is rewritten for a rule as a whole, so this one is not rewritten.",
    "Set it on the rule, or split the rule.",
)
CLIENT_SELECTOR = Code(
    "client-selector-not-applied",
    "warning",
    "A DestinationRule has a `workloadSelector`, which makes it hold for some of the clients of"
    " its namespace. Proxies are not told of such rules yet, so it holds for none.",
    "Leave the selector out if the rule may hold for all clients of the namespace.",
)
DESTINATION_UNRESOLVED = Code(
    "destination-unresolved",
    "warning",
    "A destination names a host, port or subset that the clients of the rule cannot see.",
    "Requests that fall to it are answered with 503, as Istio does. Correct the reference, or"
    " export the service to those clients.",
)
ENDPOINT_UNUSABLE = Code(
    "endpoint-unusable",
    "warning",
    "An endpoint of a ServiceEntry is a Unix domain socket, which is not used.",
    "Give an IP address or a DNS name.",
)
POLICY_NOT_APPLIED = Code(
    "policy-not-applied",
    "warning",
    "A policy applies to nobody: its targets are enforced by waypoints only, or it selects"
    " workloads in the root namespace where Istio ignores it.",
    "Use a selector in the namespace of the workloads, or a Gateway as the target.",
)
ROUTE_BY_CLAIM = Code(
    "route-by-claim",
    "warning",
    "A rule matches on claims of a token, which are not known when a route is chosen. The match"
    " never holds.",
    "Match on something else, or use an AuthorizationPolicy.",
)
VIRTUAL_SERVICE_SHADOWED = Code(
    "virtual-service-shadowed",
    "warning",
    "Several VirtualServices are for one host in the mesh. They are not merged: the oldest one"
    " decides, and the rules of the others are not used for that host.",
    "Move the rules into one VirtualService.",
)

define(
    AUTHORITY_PER_DESTINATION,
    CLIENT_SELECTOR,
    DESTINATION_UNRESOLVED,
    ENDPOINT_UNUSABLE,
    POLICY_NOT_APPLIED,
    ROUTE_BY_CLAIM,
    VIRTUAL_SERVICE_SHADOWED,
)


def finding(
    resource: Resource, code: Code, message: str, *, path: str = "", hint: str = ""
) -> Finding:
    """A finding about a field of a resource.

    Args:
        resource: The resource.
        code: What kind of finding.
        message: What is the matter, in one line.
        path: The field, as YAML names it.
        hint: What to do about it, in one line.
    """
    return Finding(code.code, code.severity, message, hint, resource.ref, path)
