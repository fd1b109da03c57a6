"""What security policies refer to: providers, Gateways, workloads, and one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.gateway.gateway import Gateway
from pymesh.resources.gateway.gateway_class import DEFAULT_CLASS, GatewayClass
from pymesh.resources.istio.authorization_policy import AuthorizationPolicy
from pymesh.resources.istio.peer_authentication import PeerAuthentication
from pymesh.resources.pymesh.plugin import Plugin
from pymesh.validate._rules import Code, Issue, Path, mesh_rule
from pymesh.validate.istio_security._scope import Workloads
from pymesh.validate.istio_security.targets import TARGET_NOT_ENFORCED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources.istio._selection import PolicyTargetReference
    from pymesh.resources.mesh import Mesh
    from pymesh.validate.istio_security._scope import Policy

PROVIDER_UNKNOWN = Code(
    "policy-provider-unknown",
    "error",
    "A CUSTOM policy names a provider that MeshConfig's `extensionProviders` do not have, or for "
    "which no Plugin answers. A decision that nobody makes is a denial: every request that the "
    "policy's rules match is refused.",
    "Add the provider to MeshConfig, and a Plugin with `spec.provider` set to its name.",
)
TARGET_MISSING = Code(
    "policy-target-missing",
    "error",
    "A policy targets a Gateway or a GatewayClass that is not among the resources, so nobody "
    "enforces it.",
    "Correct the name, or put the policy into the namespace of its Gateway.",
)
SELECTS_NOTHING = Code(
    "policy-selects-nothing",
    "info",
    "No workload among the given resources has the labels that the policy's selector asks for, so "
    "it has no effect on them.",
    "Nothing, if the workloads are not among the resources; else correct the labels: they are "
    "those of the workload (the pod), not of its Service.",
)
PEERS_IGNORED = Code(
    "peer-authentication-ignored",
    "warning",
    "A PeerAuthentication in the root namespace has a selector. The root namespace holds the mode "
    "of the whole mesh; one for some workloads counts in their own namespace only, and this one is "
    "ignored.",
    "Remove the selector, or move the resource to the namespace of the workloads.",
)
PEERS_SHADOWED = Code(
    "peer-authentication-shadowed",
    "warning",
    "Two PeerAuthentications are for the same mesh, namespace or labels. The older one holds, the "
    "other is ignored.",
    "Keep one of them.",
)


@mesh_rule(codes=[PROVIDER_UNKNOWN])
def check_providers(mesh: Mesh) -> Iterator[Issue]:
    """Somebody decides where a policy asks for it."""
    configured = {provider.name for provider in mesh.config.extension_providers}
    answered = {plugin.spec.provider for plugin in mesh.of(Plugin)}
    for policy in mesh.of(AuthorizationPolicy):
        provider = policy.spec.provider
        if policy.spec.action != "CUSTOM" or provider is None or not provider.name:
            continue
        if provider.name not in configured:
            problem = f"MeshConfig has no extension provider {provider.name}"
        elif provider.name not in answered:
            problem = f"no Plugin answers for the provider {provider.name}"
        else:
            continue
        yield Issue(
            "policy-provider-unknown",
            f"{problem}, so every request that the policy matches is denied",
            ("spec", "provider", "name"),
            resource=policy,
        )


@mesh_rule(codes=[TARGET_MISSING, TARGET_NOT_ENFORCED])
def check_targets_exist(mesh: Mesh) -> Iterator[Issue]:
    """Targets are there, and of a namespace whose policies count for them."""
    for policy in mesh.of(AuthorizationPolicy):
        if policy.spec.target_ref is not None:
            path: Path = ("spec", "targetRef")
            yield from _check_target(mesh, policy, policy.spec.target_ref, path)
        for index, target in enumerate(policy.spec.target_refs or ()):
            yield from _check_target(mesh, policy, target, ("spec", "targetRefs", index))


def _check_target(
    mesh: Mesh, policy: AuthorizationPolicy, target: PolicyTargetReference, path: Path
) -> Iterator[Issue]:
    if target.group != Gateway.GROUP:
        return
    if target.kind == "Gateway" and mesh.get(Gateway, policy.namespace, target.name) is None:
        message = f"there is no Gateway {policy.namespace}/{target.name}"
        yield Issue("policy-target-missing", message, (*path, "name"), resource=policy)
    if target.kind != "GatewayClass":
        return
    if policy.namespace != mesh.root_namespace:
        yield Issue(
            "policy-target-not-enforced",
            f"policies of a GatewayClass count in the root namespace only ({mesh.root_namespace})",
            path,
            resource=policy,
        )
    elif target.name != DEFAULT_CLASS and mesh.get(GatewayClass, "", target.name) is None:
        message = f"there is no GatewayClass {target.name}"
        yield Issue("policy-target-missing", message, (*path, "name"), resource=policy)


@mesh_rule(codes=[SELECTS_NOTHING])
def check_selectors(mesh: Mesh) -> Iterator[Issue]:
    """Selectors find a workload."""
    workloads = Workloads(mesh)
    policies: list[Policy] = [*mesh.of(AuthorizationPolicy), *mesh.of(PeerAuthentication)]
    for policy in policies:
        if policy.labels and not workloads.has(policy):
            labels = ", ".join(f"{name}={value}" for name, value in policy.labels.items())
            message = f"no workload has the labels {labels}"
            yield Issue("policy-selects-nothing", message, ("spec", "selector"), resource=policy)


@mesh_rule(codes=[PEERS_IGNORED, PEERS_SHADOWED])
def check_peer_authentications(mesh: Mesh) -> Iterator[Issue]:
    """Every PeerAuthentication holds for something."""
    first: dict[tuple[str, frozenset[tuple[str, str]]], PeerAuthentication] = {}
    for one in mesh.of(PeerAuthentication):  # the oldest first
        if one.labels and one.namespace == mesh.root_namespace:
            message = "a selector in the root namespace is not for the mesh, so this is ignored"
            path: Path = ("spec", "selector")
            yield Issue("peer-authentication-ignored", message, path, resource=one)
            continue
        holds = first.setdefault((one.namespace, frozenset(one.labels.items())), one)
        if holds is not one:
            message = f"{holds.name} is older and for the same workloads, so this is ignored"
            path = ("metadata", "name")
            yield Issue("peer-authentication-shadowed", message, path, resource=one)
