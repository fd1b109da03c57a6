"""Who may do what: authorization, mutual TLS, and the facts of the mesh."""

from typing import Literal

from msgspec import field

from pymesh.wire._base import Document

__all__ = [
    "Condition",
    "Mesh",
    "MtlsMode",
    "Operation",
    "PeerAuthentication",
    "Policy",
    "PolicyRule",
    "Source",
]

MtlsMode = Literal["unset", "disable", "permissive", "strict"]


class Mesh(Document, frozen=True):
    """What holds for the whole mesh (Istio ``MeshConfig``).

    Args:
        trust_domain: The trust domain of its identities.
        root_namespace: The namespace whose policies apply everywhere.
        path_normalization: How paths are made comparable; absent means the proxy's own setting.
        outbound: Whether requests to unknown hosts pass.
    """

    trust_domain: str = "cluster.local"
    root_namespace: str = "istio-system"
    path_normalization: (
        Literal["base", "merge_slashes", "decode_and_merge_slashes", "none"] | None
    ) = None
    outbound: Literal["allow_any", "registry_only"] = "allow_any"


class Source(Document, frozen=True):
    """Where a request comes from; all the lists that are given must hold.

    Texts are exact, ``abc*``, ``*abc`` or ``*`` (there at all); blocks are CIDR or an address.
    """

    principals: tuple[str, ...] = ()
    not_principals: tuple[str, ...] = ()
    request_principals: tuple[str, ...] = ()
    not_request_principals: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    not_namespaces: tuple[str, ...] = ()
    service_accounts: tuple[str, ...] = ()
    not_service_accounts: tuple[str, ...] = ()
    trust_domains: tuple[str, ...] = ()
    not_trust_domains: tuple[str, ...] = ()
    ip_blocks: tuple[str, ...] = ()
    not_ip_blocks: tuple[str, ...] = ()
    remote_ip_blocks: tuple[str, ...] = ()
    not_remote_ip_blocks: tuple[str, ...] = ()


class Operation(Document, frozen=True):
    """What a request wants; all the lists that are given must hold.

    Texts are exact, ``abc*``, ``*abc`` or ``*``; paths may be templates with ``{*}`` and ``{**}``.
    """

    hosts: tuple[str, ...] = ()
    not_hosts: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    not_ports: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    not_methods: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    not_paths: tuple[str, ...] = ()


class Condition(Document, frozen=True):
    """An attribute has one of the values and none of the others.

    Args:
        key: The attribute, in Istio's notation, such as ``request.headers[x-team]``.
        values: Any one suffices.
        not_values: None of them may be.
    """

    key: str
    values: tuple[str, ...] = ()
    not_values: tuple[str, ...] = ()


# `from` cannot be a Python attribute.
class PolicyRule(Document, frozen=True, rename={"from_": "from"}):
    """Matches if any source, any operation and all conditions do; what is absent always does.

    Args:
        from_: The sources; ``from`` in JSON.
        to: The operations.
        when: The conditions.
    """

    from_: tuple[Source, ...] = ()
    to: tuple[Operation, ...] = ()
    when: tuple[Condition, ...] = ()


class Policy(Document, frozen=True):
    """Whom to let in (Istio ``AuthorizationPolicy``).

    Args:
        namespace: The policy's; that of the root applies everywhere.
        name: Its name.
        action: What becomes of requests that match.
        provider: Who decides, for ``custom``.
        dry_run: Whether it is only reported what it would have done.
        selector: Labels of the workloads it applies to.
        targets: The gateways it applies to, ``namespace/name``, instead.
        rules: Any one suffices; absent never matches, an empty rule always does.
    """

    namespace: str
    name: str
    action: Literal["allow", "deny", "audit", "custom"] = "allow"
    provider: str = ""
    dry_run: bool = False
    selector: dict[str, str] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    rules: tuple[PolicyRule, ...] | None = None


class PeerAuthentication(Document, frozen=True):
    """Whether peers must use mutual TLS (Istio ``PeerAuthentication``).

    Args:
        namespace: Of the resource.
        name: Of the resource.
        scope: What it covers; the narrower one decides.
        mode: ``unset`` leaves it to the wider one.
        selector: Labels of the workloads it applies to.
        ports: Modes of single ports of the workload.
    """

    namespace: str
    name: str
    scope: Literal["mesh", "namespace", "workload"]
    mode: MtlsMode = "unset"
    selector: dict[str, str] = field(default_factory=dict)
    ports: dict[str, MtlsMode] = field(default_factory=dict)
