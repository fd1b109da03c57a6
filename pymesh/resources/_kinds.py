"""Which class reads a document, or what is said if none does."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NamedTuple

from pymesh.resources._loading import load
from pymesh.resources._scalars import shortened

if TYPE_CHECKING:
    from pymesh.resources._base import Resource
    from pymesh.resources._document import Document, Path
    from pymesh.resources.findings import Finding, Severity

__all__ = ["OTHER_KINDS", "kind_of"]

OTHER_KINDS: Final[dict[str, tuple[Severity, str]]] = {
    # by group: how bad it is that we do not act on these kinds, and the kinds
    "security.istio.io": ("error", "RequestAuthentication"),
    "policy.linkerd.io": (
        "error",
        "AuthorizationPolicy EgressNetwork HTTPLocalRateLimitPolicy HTTPRoute "
        "MeshTLSAuthentication NetworkAuthentication Server ServerAuthorization",
    ),
    "networking.istio.io": ("warning", "EnvoyFilter ProxyConfig Sidecar WorkloadGroup"),
    "extensions.istio.io": ("warning", "TrafficExtension WasmPlugin"),
    "telemetry.istio.io": ("warning", "Telemetry"),
    "gateway.networking.k8s.io": (
        "warning",
        "BackendTLSPolicy ListenerSet TCPRoute TLSRoute UDPRoute",
    ),
    "gateway.networking.x-k8s.io": ("warning", "XBackendTrafficPolicy XListenerSet XMesh"),
    "linkerd.io": ("warning", "ServiceProfile"),
    "split.smi-spec.io": ("warning", "TrafficSplit"),
    "": (
        "info",
        "Binding ComponentStatus Endpoints Event LimitRange List Node PersistentVolume "
        "PersistentVolumeClaim PodTemplate ReplicationController ResourceQuota Secret",
    ),
}
"""Kinds that exist and are not read: not acted on in a group of ours, and no misspelling."""


class _Said(NamedTuple):
    code: str
    severity: Severity
    message: str
    path: Path
    hint: str = ""


def kind_of(document: Document) -> tuple[type[Resource] | None, Finding | None]:
    """The class of a document's kind, or a finding that says why there is none.

    Args:
        document: A document whose tree is a mapping.
    """
    tree = document.tree
    for name in ("apiVersion", "kind"):
        if not isinstance(tree.get(name), str):
            code = "wrong-type" if name in tree else "missing-field"
            message = "must be a string" if name in tree else f"the field {name} is required"
            hint = "every resource begins with apiVersion and kind"
            return None, document.finding(code, "error", message, (name,), hint)
    found = _find(tree["apiVersion"], tree["kind"])
    if isinstance(found, _Said):
        finding = document.finding(
            found.code, found.severity, found.message, found.path, found.hint
        )
        return None, finding
    return found, None


def _find(api_version: str, kind: str) -> type[Resource] | _Said:
    kinds = load()
    group, slash, version = api_version.rpartition("/")
    cls = kinds.get((group, kind))
    if cls is not None:
        if version in cls.VERSIONS and bool(slash) == bool(group):
            return cls
        prefix = f"{group}/" if group else ""
        known = ", ".join(prefix + one for one in cls.VERSIONS)
        message = f"{kind} has no version {shortened(api_version)}"
        return _Said("unknown-version", "error", message, ("apiVersion",), f"known are {known}")
    severity, names = OTHER_KINDS.get(group, ("info", ""))
    others = names.split()
    if kind in others and severity != "info":
        message = f"{kind} is read by no part of pymesh yet"
        hint = "without it, what it forbids is allowed" if severity == "error" else ""
        return _Said("unsupported-kind", severity, message, ("kind",), hint)
    if kind not in others and (near := _misspelled(kinds, group, kind)):
        return near
    message = f"{shortened(kind)} ({shortened(api_version)}) is not a kind that pymesh reads"
    return _Said("unknown-kind", "info", message, ("kind",))


def _misspelled(
    kinds: dict[tuple[str, str], type[Resource]], group: str, kind: str
) -> _Said | None:
    """What is said of a kind near one of ours in its group, or one of ours in a group near its."""
    if len(kind) > 64 or len(group) > 128:
        return None
    ours = [name for known, name in kinds if known == group]
    hint = _near(kind, ours)
    if hint:
        message = f"there is no kind {kind} in {group or 'v1'}"
        return _Said("misspelled-kind", "error", message, ("kind",), hint)
    groups = [known for known, name in kinds if name == kind]
    hint = _near(group, groups)
    if hint:
        message = f"there is no group {group} with a kind {kind}"
        return _Said("misspelled-kind", "error", message, ("apiVersion",), hint)
    return None


def _near(word: str, known: list[str]) -> str:
    # 0.8: Servce is a slip, Secret is no Service.
    near = get_close_matches(word, known, n=1, cutoff=0.8)
    return f"did you mean {near[0]}?" if near else ""
