"""AuthorizationPolicy, PeerAuthentication and MeshConfig."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pymesh import wire
from pymesh.resources.istio.authorization_policy import AuthorizationPolicy
from pymesh.resources.istio.mesh_config import MeshConfigResource
from pymesh.resources.istio.peer_authentication import PeerAuthentication
from pymesh.translate._output import EMPTY, Output
from pymesh.translate._view import View, unit
from pymesh.translate.istio._findings import finding
from pymesh.translate.istio._trust_domains import (
    expand_domains,
    expand_principals,
    trust_domains,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymesh.resources.istio.authorization_policy import Condition, Operation, Rule, Source

__all__ = ["mesh_document", "peer_authentications", "policy_documents"]

_ACTIONS: dict[str, Literal["allow", "deny", "audit", "custom"]] = {
    "ALLOW": "allow",
    "DENY": "deny",
    "AUDIT": "audit",
    "CUSTOM": "custom",
}
_NO_PATH = "-"
"""No path equals it, since all begin with a slash."""
_MODES: dict[str, wire.MtlsMode] = {
    "UNSET": "unset",
    "DISABLE": "disable",
    "PERMISSIVE": "permissive",
    "STRICT": "strict",
}
_NORMALIZATIONS: dict[str, Literal["base", "merge_slashes", "decode_and_merge_slashes", "none"]] = {
    "DEFAULT": "base",
    "BASE": "base",
    "MERGE_SLASHES": "merge_slashes",
    "DECODE_AND_MERGE_SLASHES": "decode_and_merge_slashes",
    "NONE": "none",
}


@unit
def mesh_document(view: View, _: None) -> Output:
    """What holds for the whole mesh; nothing at all if nothing is said."""
    if not view.of(MeshConfigResource):
        return EMPTY
    config = view.config
    mode = config.outbound_traffic_policy.mode
    return Output(
        (
            wire.Mesh(
                trust_domain=config.trust_domain,
                root_namespace=config.root_namespace,
                path_normalization=_NORMALIZATIONS[config.path_normalization.normalization],
                outbound="registry_only" if mode == "REGISTRY_ONLY" else "allow_any",
            ),
        )
    )


@unit
def peer_authentications(view: View, _: None) -> Output:
    """All PeerAuthentications, the oldest first: of several of one scope it decides."""
    documents = []
    findings = []
    root = view.config.root_namespace
    for resource in view.of(PeerAuthentication):
        selector = resource.labels
        if selector and resource.namespace == root:
            findings.append(
                finding(
                    resource,
                    "peer-authentication-ignored",
                    "in the root namespace a PeerAuthentication with a selector has no effect",
                    path="spec.selector",
                    hint="put it into the namespace of the workloads",
                )
            )
            continue
        spec = resource.spec
        scope: Literal["mesh", "namespace", "workload"] = "namespace"
        if selector:
            scope = "workload"
        elif resource.namespace == root:
            scope = "mesh"
        documents.append(
            wire.PeerAuthentication(
                namespace=resource.namespace,
                name=resource.name,
                scope=scope,
                mode=_MODES[spec.mtls.mode] if spec.mtls else "unset",
                selector=selector,
                # Without a selector there is no workload whose ports they would be.
                ports={port: _MODES[one.mode] for port, one in (spec.port_level_mtls or {}).items()}
                if selector
                else {},
            )
        )
    return Output(tuple(documents), findings=tuple(findings))


@unit
def policy_documents(view: View, key: tuple[str, str]) -> Output:
    """An AuthorizationPolicy; one of the root namespace applies to the whole mesh."""
    resource = view.get(AuthorizationPolicy, *key)
    if resource is None:
        return EMPTY
    gateways = tuple(
        f"{resource.namespace}/{target.name}"
        for target in resource.targets
        if (target.group, target.kind) == ("gateway.networking.k8s.io", "Gateway")
    )
    if resource.targets and not gateways:
        # Without targets it would apply to every workload of the namespace.
        return Output(
            findings=(
                finding(
                    resource,
                    "policy-target-not-enforced",
                    "its targets are enforced by waypoints only, which pymesh does not have",
                    path="spec.targetRefs" if resource.spec.target_refs else "spec.targetRef",
                    hint="use a selector, or a Gateway as the target",
                ),
            )
        )
    rules = resource.spec.rules or None  # an empty list is as good as none
    if rules is None and resource.spec.action != "ALLOW":
        return EMPTY  # it never matches, and only of ALLOW policies does the mere presence count
    domains = trust_domains(view.config)
    provider = resource.spec.provider
    return Output(
        (
            wire.Policy(
                namespace=resource.namespace,
                name=resource.name,
                action=_ACTIONS[resource.spec.action],
                provider=provider.name if provider else "",
                dry_run=resource.dry_run,
                selector=resource.labels,
                targets=gateways,
                rules=None
                if rules is None
                else tuple(_rule(rule, resource.namespace, domains) for rule in rules),
            ),
        )
    )


def _rule(rule: Rule, namespace: str, domains: tuple[str, ...]) -> wire.PolicyRule:
    return wire.PolicyRule(
        from_=tuple(
            _source(one.source, namespace, domains) for one in rule.from_ or () if one.source
        ),
        to=tuple(_operation(one.operation) for one in rule.to or () if one.operation),
        when=tuple(_condition(one, namespace, domains) for one in rule.when or ()),
    )


def _accounts(values: Iterable[str] | None, namespace: str) -> tuple[str, ...]:
    """Service accounts as ``namespace/name``; a name alone is of the policy's namespace."""
    return tuple(one if "/" in one else f"{namespace}/{one}" for one in values or ())


def _source(source: Source, namespace: str, domains: tuple[str, ...]) -> wire.Source:
    return wire.Source(
        principals=expand_principals(source.principals or (), domains),
        not_principals=expand_principals(source.not_principals or (), domains),
        request_principals=source.request_principals or (),
        not_request_principals=source.not_request_principals or (),
        namespaces=source.namespaces or (),
        not_namespaces=source.not_namespaces or (),
        service_accounts=_accounts(source.service_accounts, namespace),
        not_service_accounts=_accounts(source.not_service_accounts, namespace),
        trust_domains=expand_domains(source.trust_domains or (), domains),
        not_trust_domains=expand_domains(source.not_trust_domains or (), domains),
        ip_blocks=source.ip_blocks or (),
        not_ip_blocks=source.not_ip_blocks or (),
        remote_ip_blocks=source.remote_ip_blocks or (),
        not_remote_ip_blocks=source.not_remote_ip_blocks or (),
    )


def _operation(operation: Operation) -> wire.Operation:
    return wire.Operation(
        hosts=operation.hosts or (),
        not_hosts=operation.not_hosts or (),
        ports=operation.ports or (),
        not_ports=operation.not_ports or (),
        methods=operation.methods or (),
        not_methods=operation.not_methods or (),
        paths=tuple(map(_path, operation.paths or ())),
        not_paths=tuple(map(_path, operation.not_paths or ())),
    )


def _path(path: str) -> str:
    """A path; a template that does not begin as paths do becomes a text that no path equals."""
    template = "{*}" in path or "{**}" in path
    return _NO_PATH if template and not path.startswith("/") else path


def _condition(condition: Condition, namespace: str, domains: tuple[str, ...]) -> wire.Condition:
    values, not_values = condition.values or (), condition.not_values or ()
    if condition.key == "source.principal":
        values = expand_principals(values, domains)
        not_values = expand_principals(not_values, domains)
    elif condition.key == "source.trustDomain":
        values, not_values = expand_domains(values, domains), expand_domains(not_values, domains)
    elif condition.key == "source.serviceAccount":
        values, not_values = _accounts(values, namespace), _accounts(not_values, namespace)
    return wire.Condition(key=condition.key, values=values, not_values=not_values)
