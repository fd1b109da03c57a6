"""An AuthorizationPolicy as a whole: its action, its rules and its provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.authorization_policy import (
    DRY_RUN_ANNOTATION,
    DRY_RUN_OFF,
    DRY_RUN_ON,
    AuthorizationPolicy,
)
from pymesh.validate._rules import Code, Issue, Path, rule
from pymesh.validate.istio_security._values import conditions_of, lists_of, sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator

WITHOUT_RULES = Code(
    "policy-without-rules",
    "error",
    "The policy has no `rules` (an empty list is none), so that it never matches. With DENY or "
    "CUSTOM that is refused, as Istio does, since nothing would be denied; with AUDIT it is a "
    "warning.",
    "Add rules; an empty rule (`rules: [{}]`) matches every request.",
)
ALLOWS_NOTHING = Code(
    "policy-allows-nothing",
    "info",
    "An ALLOW policy without rules matches nothing, and a workload with an ALLOW policy denies "
    "what no ALLOW policy matches: all requests to the selected workloads are denied unless "
    "another policy allows them.",
    "Nothing, if it is meant as the default to deny; `rules: [{}]` would allow everything.",
)
DENIES_EVERYTHING = Code(
    "policy-denies-everything",
    "info",
    "A rule of a DENY policy has no conditions, so that it matches, and denies, every request to "
    "the selected workloads; no ALLOW policy can change that.",
    "Nothing, if it is meant to close them; else add conditions to the rule.",
)
PROVIDER_MISSING = Code(
    "policy-provider-missing",
    "error",
    "A CUSTOM policy does not say which provider decides.",
    "Set `provider.name` to an extension provider of MeshConfig or to a Plugin.",
)
PROVIDER_UNUSED = Code(
    "policy-provider-unused",
    "error",
    "The policy names a provider although its action is not CUSTOM; nobody would ask it.",
    "Set `action: CUSTOM`, or remove `provider`.",
)
CUSTOM_IDENTITY = Code(
    "policy-custom-identity",
    "error",
    "A CUSTOM policy has a condition on who the peer or the token's subject is. CUSTOM is decided "
    "before tokens are checked, and Istio refuses conditions on identities there.",
    "Leave the identity to the provider, which is told of it, or add a DENY or ALLOW policy.",
)
DRY_RUN_VALUE = Code(
    "policy-dry-run-value",
    "warning",
    "The annotation `istio.io/dry-run` is neither true nor false, so the policy is enforced.",
    'Write `istio.io/dry-run: "true"`, or remove the annotation.',
)

_IDENTITY_FIELDS = {
    "principals",
    "request_principals",
    "namespaces",
    "service_accounts",
    "trust_domains",
}
_IDENTITY_KEYS = {
    "source.namespace",
    "source.serviceAccount",
    "source.trustDomain",
    "source.principal",
}


@rule(AuthorizationPolicy, codes=[WITHOUT_RULES, ALLOWS_NOTHING])
def check_rules_given(resource: AuthorizationPolicy) -> Iterator[Issue]:
    """A policy that never matches is refused, or pointed out."""
    if resource.spec.rules:
        return
    action = resource.spec.action
    if action == "ALLOW":
        yield Issue(
            "policy-allows-nothing",
            "without rules it allows nothing, so the selected workloads deny every request",
            ("spec", "rules") if resource.spec.rules is not None else ("spec",),
        )
    else:
        yield Issue(
            "policy-without-rules",
            f"{action} without rules never matches",
            ("spec", "action"),
            hint="`rules: [{}]` matches every request",
            severity="warning" if action == "AUDIT" else None,
        )


@rule(AuthorizationPolicy, codes=[DENIES_EVERYTHING])
def check_unconditional_denial(resource: AuthorizationPolicy) -> Iterator[Issue]:
    """A denial of everything is pointed out."""
    if resource.spec.action != "DENY" or resource.dry_run:
        return
    for number, one in enumerate(resource.spec.rules or ()):
        if not one.from_ and not one.to and not one.when:
            message = "without conditions the rule denies every request"
            yield Issue("policy-denies-everything", message, ("spec", "rules", number))


@rule(AuthorizationPolicy, codes=[PROVIDER_MISSING, PROVIDER_UNUSED])
def check_provider(resource: AuthorizationPolicy) -> Iterator[Issue]:
    """CUSTOM names a provider, other actions do not."""
    provider = resource.spec.provider
    if resource.spec.action == "CUSTOM":
        if provider is None or not provider.name:
            yield Issue(
                "policy-provider-missing",
                "CUSTOM needs the name of a provider",
                ("spec", "provider") if provider else ("spec", "action"),
            )
    elif provider is not None:
        yield Issue(
            "policy-provider-unused",
            f"a provider decides with CUSTOM only, not with {resource.spec.action}",
            ("spec", "provider"),
        )


@rule(AuthorizationPolicy, codes=[CUSTOM_IDENTITY])
def check_custom_conditions(resource: AuthorizationPolicy) -> Iterator[Issue]:
    """CUSTOM has no conditions on identities."""
    if resource.spec.action != "CUSTOM":
        return
    for source, path in sources_of(resource):
        for given in lists_of(source, path):
            if given.values and given.field.removeprefix("not_") in _IDENTITY_FIELDS:
                yield _identity(str(given.path[-1]), given.path)
    for condition, path in conditions_of(resource):
        if condition.key in _IDENTITY_KEYS or condition.key.startswith("request.auth."):
            yield _identity(condition.key, (*path, "key"))


def _identity(name: str, path: Path) -> Issue:
    return Issue("policy-custom-identity", f"CUSTOM cannot depend on `{name}`", path)


@rule(AuthorizationPolicy, codes=[DRY_RUN_VALUE])
def check_dry_run(resource: AuthorizationPolicy) -> Iterator[Issue]:
    """The dry-run annotation is a truth value."""
    value = resource.metadata.annotations.get(DRY_RUN_ANNOTATION)
    if value is not None and value not in DRY_RUN_ON | DRY_RUN_OFF:
        yield Issue(
            "policy-dry-run-value",
            f"{value!r} is neither true nor false, so the policy is enforced",
            ("metadata", "annotations", DRY_RUN_ANNOTATION),
        )
