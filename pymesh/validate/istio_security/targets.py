"""What an AuthorizationPolicy applies to: workloads by a selector, or named objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.authorization_policy import AuthorizationPolicy
from pymesh.validate._rules import Code, Issue, Path, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources.istio._selection import PolicyTargetReference

SELECTOR_AND_TARGET = Code(
    "policy-selector-and-target",
    "error",
    "More than one of `selector`, `targetRef` and `targetRefs` is given.",
    "Keep one: `selector` for workloads, `targetRefs` for Gateways.",
)
TARGET_KIND = Code(
    "policy-target-kind",
    "error",
    "A target is neither a Gateway, a GatewayClass, a Service nor a ServiceEntry.",
    "Set `group: gateway.networking.k8s.io` and `kind: Gateway`, for example.",
)
TARGET_NAMESPACE = Code(
    "policy-target-namespace",
    "error",
    "A target names a namespace; a policy applies to objects of its own namespace only.",
    "Remove `namespace`, and put the policy into the namespace of its target.",
)
TARGET_NOT_ENFORCED = Code(
    "policy-target-not-enforced",
    "error",
    "The policy targets a Service or a ServiceEntry. Such policies are enforced by waypoint "
    "proxies only, of which there are none here, so nobody would enforce it.",
    "Select the workloads of the service by their labels, with `selector`.",
)
_TARGETS = {
    ("gateway.networking.k8s.io", "Gateway"),
    ("gateway.networking.k8s.io", "GatewayClass"),
}
_TARGETS_OF_WAYPOINTS = {
    ("", "Service"),
    ("core", "Service"),
    ("networking.istio.io", "ServiceEntry"),
}


@rule(
    AuthorizationPolicy,
    codes=[SELECTOR_AND_TARGET, TARGET_KIND, TARGET_NAMESPACE, TARGET_NOT_ENFORCED],
)
def check_targets(resource: AuthorizationPolicy) -> Iterator[Issue]:
    """A policy selects workloads or names objects, and those can enforce it."""
    spec = resource.spec
    if sum(part is not None for part in (spec.selector, spec.target_ref, spec.target_refs)) > 1:
        yield Issue(
            "policy-selector-and-target",
            "only one of `selector`, `targetRef` and `targetRefs` can be given",
            ("spec", "selector") if spec.selector is not None else ("spec", "targetRefs"),
        )
    if spec.target_ref is not None:
        yield from _check_target(spec.target_ref, ("spec", "targetRef"))
    for index, target in enumerate(spec.target_refs or ()):
        yield from _check_target(target, ("spec", "targetRefs", index))


def _check_target(target: PolicyTargetReference, path: Path) -> Iterator[Issue]:
    kind = (target.group, target.kind)
    if kind in _TARGETS_OF_WAYPOINTS:
        yield Issue(
            "policy-target-not-enforced", f"nobody enforces policies of a {target.kind}", path
        )
    elif kind not in _TARGETS:
        yield Issue(
            "policy-target-kind",
            f"a policy cannot target {target.group or 'core'}/{target.kind}",
            (*path, "kind"),
        )
    if target.namespace:
        yield Issue(
            "policy-target-namespace",
            "a target is always in the policy's own namespace",
            (*path, "namespace"),
        )
