"""AuthorizationPolicy: which requests a workload accepts (security.istio.io/v1)."""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, StringConstraints

from pymesh.resources._base import Model, Resource, register
from pymesh.resources.istio._selection import PolicyTargetReference, WorkloadSelector

Values = tuple[str, ...]
ServiceAccounts = Annotated[
    tuple[Annotated[str, StringConstraints(max_length=320)], ...], Field(max_length=16)
]
Action = Literal["ALLOW", "DENY", "AUDIT", "CUSTOM"]

DRY_RUN_ANNOTATION: Final = "istio.io/dry-run"
"""Set to `true`, the policy is evaluated and reported, and does not decide."""

DRY_RUN_ON: Final = frozenset({"1", "t", "T", "true", "True", "TRUE"})
"""The values of the annotation that mean true."""

DRY_RUN_OFF: Final = frozenset({"0", "f", "F", "false", "False", "FALSE"})
"""The values of the annotation that mean false."""


class Source(Model):
    """Where a request comes from; all fields that are given must hold, any value of a field."""

    principals: Values | None = None
    not_principals: Values | None = None
    request_principals: Values | None = None
    not_request_principals: Values | None = None
    namespaces: Values | None = None
    not_namespaces: Values | None = None
    service_accounts: ServiceAccounts | None = None
    not_service_accounts: ServiceAccounts | None = None
    trust_domains: Values | None = None
    not_trust_domains: Values | None = None
    ip_blocks: Values | None = None
    not_ip_blocks: Values | None = None
    remote_ip_blocks: Values | None = None
    not_remote_ip_blocks: Values | None = None


class Operation(Model):
    """What a request asks for; all fields that are given must hold, any value of a field."""

    hosts: Values | None = None
    not_hosts: Values | None = None
    ports: Values | None = None
    not_ports: Values | None = None
    methods: Values | None = None
    not_methods: Values | None = None
    paths: Values | None = None
    not_paths: Values | None = None


class Condition(Model):
    """A further condition on an attribute, such as `request.headers[x-team]`."""

    key: str
    values: Values | None = None
    not_values: Values | None = None


class RuleFrom(Model):
    """One alternative of where a request may come from."""

    source: Source | None = None


class RuleTo(Model):
    """One alternative of what a request may ask for."""

    operation: Operation | None = None


class Rule(Model):
    """Matches if any of `from`, any of `to` and all of `when` do; what is left out does."""

    from_: Annotated[tuple[RuleFrom, ...], Field(max_length=512)] | None = Field(
        default=None, alias="from"
    )
    to: tuple[RuleTo, ...] | None = None
    when: tuple[Condition, ...] | None = None


class ExtensionProvider(Model):
    """Who decides, for the action CUSTOM: a provider of MeshConfig or a plugin's."""

    name: str = ""


class AuthorizationPolicySpec(Model):
    """What an AuthorizationPolicy says; without rules it never matches."""

    selector: WorkloadSelector | None = None
    target_ref: PolicyTargetReference | None = None
    target_refs: Annotated[tuple[PolicyTargetReference, ...], Field(max_length=16)] | None = None
    action: Action = "ALLOW"
    provider: ExtensionProvider | None = None
    rules: Annotated[tuple[Rule, ...], Field(max_length=512)] | None = None


@register
class AuthorizationPolicy(Resource):
    """Allows, denies, records, or hands over to a provider the requests that its rules match."""

    KIND: ClassVar[str] = "AuthorizationPolicy"
    GROUP: ClassVar[str] = "security.istio.io"
    VERSIONS: ClassVar[tuple[str, ...]] = ("v1", "v1beta1")
    SECURITY: ClassVar[bool] = True

    spec: AuthorizationPolicySpec = Field(default_factory=AuthorizationPolicySpec)

    @property
    def labels(self) -> dict[str, str]:
        """The labels of the workloads that it selects; empty for all in its scope."""
        return self.spec.selector.labels if self.spec.selector else {}

    @property
    def targets(self) -> tuple[PolicyTargetReference, ...]:
        """The objects that it names instead of selecting workloads."""
        one = (self.spec.target_ref,) if self.spec.target_ref else ()
        return one + (self.spec.target_refs or ())

    @property
    def dry_run(self) -> bool:
        """Whether it is evaluated without deciding."""
        return self.metadata.annotations.get(DRY_RUN_ANNOTATION) in DRY_RUN_ON
