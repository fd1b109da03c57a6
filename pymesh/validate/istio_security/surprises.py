"""What policies mean that their authors may not expect: plaintext peers, peers behind gateways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.authorization_policy import AuthorizationPolicy
from pymesh.resources.istio.peer_authentication import PeerAuthentication
from pymesh.validate._rules import Code, Issue, Path, mesh_rule
from pymesh.validate.istio_security._scope import has_gateways
from pymesh.validate.istio_security._values import conditions_of, lists_of, sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pymesh.resources.mesh import Mesh

PLAINTEXT = Code(
    "policy-plaintext-identity",
    "info",
    "A policy depends on who the peer is, and its workloads accept plaintext connections, whose "
    "peers have no identity. Such a peer never matches `principals`, `namespaces` and the like, "
    "and always matches their negations (`notPrincipals` …).",
    "Require mutual TLS with a PeerAuthentication (`mtls.mode: STRICT`), once every client has it.",
)
DIRECT_PEER = Code(
    "policy-direct-peer",
    "info",
    "`ipBlocks` and `source.ip` are about the peer of the connection. For a request that came "
    "through a gateway or a load balancer that is its address, not the client's.",
    "For the client's address use `remoteIpBlocks` or `remote.ip`.",
)

_IDENTITY_LISTS = {"principals", "namespaces", "service_accounts", "trust_domains"}
_IDENTITY_KEYS = {
    "source.namespace",
    "source.serviceAccount",
    "source.trustDomain",
    "source.principal",
}


@mesh_rule(codes=[PLAINTEXT])
def check_plaintext(mesh: Mesh) -> Iterator[Issue]:
    """Identities where connections need not have one."""
    for policy in mesh.of(AuthorizationPolicy):
        if policy.targets or policy.spec.action == "CUSTOM" or _is_strict(mesh, policy):
            continue
        path = next(_identity_conditions(policy), None)
        if path is not None:
            yield Issue(
                "policy-plaintext-identity",
                "the selected workloads accept plaintext, whose peers have no identity",
                path,
                hint="a PeerAuthentication with mode STRICT requires one",
                resource=policy,
            )


def _identity_conditions(policy: AuthorizationPolicy) -> Iterator[Path]:
    for source, path in sources_of(policy):
        for given in lists_of(source, path):
            if given.values and given.field.removeprefix("not_") in _IDENTITY_LISTS:
                yield given.path
    for condition, path in conditions_of(policy):
        if condition.key in _IDENTITY_KEYS:
            yield (*path, "key")


def _is_strict(mesh: Mesh, policy: AuthorizationPolicy) -> bool:
    """Whether every selected workload requires mutual TLS on every port."""
    root = mesh.root_namespace
    for_mesh = _mode_of_all(mesh, root)
    if policy.namespace == root:
        others = (one for one in mesh.of(PeerAuthentication) if one.namespace != root)
        return for_mesh == "STRICT" and not any(_is_loose(one) for one in others)
    own = [one for one in mesh.of_namespace(PeerAuthentication, policy.namespace) if one.labels]
    if any(_is_loose(one) and not _are_disjoint(one.labels, policy.labels) for one in own):
        return False
    if any(_mode(one) == "STRICT" and one.labels.items() <= policy.labels.items() for one in own):
        return True
    mode = _mode_of_all(mesh, policy.namespace)
    return (for_mesh if mode == "UNSET" else mode) == "STRICT"


def _mode_of_all(mesh: Mesh, namespace: str) -> str:
    """The mode of a namespace, of the mesh for the root one: that of the oldest object."""
    every = mesh.of_namespace(PeerAuthentication, namespace)
    return next((_mode(one) for one in every if not one.labels), "UNSET")


def _mode(one: PeerAuthentication) -> str:
    return one.spec.mtls.mode if one.spec.mtls else "UNSET"


def _is_loose(one: PeerAuthentication) -> bool:
    """Whether it lets plaintext in, on some port at least."""
    ports = (one.spec.port_level_mtls or {}).values()
    return not {_mode(one), *(each.mode for each in ports)} <= {"STRICT", "UNSET"}


def _are_disjoint(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether no workload can have the labels of both."""
    return any(other.get(name, value) != value for name, value in one.items())


@mesh_rule(codes=[DIRECT_PEER])
def check_direct_peers(mesh: Mesh) -> Iterator[Issue]:
    """Addresses of peers where those may be gateways."""
    if not has_gateways(mesh):
        return
    for policy in mesh.of(AuthorizationPolicy):
        path = next(_peer_addresses(policy), None)
        if path is not None:
            yield Issue(
                "policy-direct-peer",
                "behind a gateway or load balancer this is its address, not the client's",
                path,
                hint="remoteIpBlocks and remote.ip are about the client",
                resource=policy,
            )


def _peer_addresses(policy: AuthorizationPolicy) -> Iterator[Path]:
    for source, path in sources_of(policy):
        for given in lists_of(source, path):
            if given.values and given.field in {"ip_blocks", "not_ip_blocks"}:
                yield given.path
    for condition, path in conditions_of(policy):
        if condition.key == "source.ip":
            yield (*path, "key")
