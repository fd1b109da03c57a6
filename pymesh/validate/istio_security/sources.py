"""Where a request may come from: rules for the sources of an AuthorizationPolicy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.authorization_policy import AuthorizationPolicy
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.istio_security._forms import (
    EMPTY_VALUE,
    IP_BLOCK,
    SERVICE_ACCOUNT,
    WILDCARD,
    bad_ip_blocks,
    bad_service_accounts,
    empty_values,
    literal_wildcards,
)
from pymesh.validate.istio_security._values import Values, lists_of, sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator

EMPTY_CLAUSE = Code(
    "policy-empty-clause",
    "error",
    "`from` or `to` is an empty list, or one of its entries has no `source` or `operation` with "
    "at least one value. It could be read as *anything* or as *nothing*, so Istio refuses it.",
    "Name at least one value, or leave `from` or `to` out, which means any.",
)
SERVICE_ACCOUNT_EXCLUSIVE = Code(
    "policy-service-account-exclusive",
    "error",
    "A source has `serviceAccounts` together with `principals` or `namespaces`. A service account "
    "already names both.",
    "Keep one of them, or use two entries of `from` (of which any may match).",
)
PRINCIPAL_SCHEME = Code(
    "policy-principal-scheme",
    "warning",
    "A principal begins with `spiffe://`. Principals are written without the scheme, so this one "
    "matches nobody.",
    "Write `cluster.local/ns/NAMESPACE/sa/SERVICE-ACCOUNT`.",
)

_IP_BLOCKS = {"ip_blocks", "not_ip_blocks", "remote_ip_blocks", "not_remote_ip_blocks"}
_SERVICE_ACCOUNTS = {"service_accounts", "not_service_accounts"}
_PRINCIPALS = {"principals", "not_principals"}
_NAMED_BY_SERVICE_ACCOUNT = ("principals", "not_principals", "namespaces", "not_namespaces")


@rule(AuthorizationPolicy, codes=[EMPTY_CLAUSE])
def check_clauses(resource: AuthorizationPolicy) -> Iterator[Issue]:
    """`from` and `to` have entries, and each entry says something."""
    for number, rule_ in enumerate(resource.spec.rules or ()):
        path = ("spec", "rules", number)
        if rule_.from_ is not None and not rule_.from_:
            yield Issue("policy-empty-clause", "`from` has no entries", (*path, "from"))
        for index, origin in enumerate(rule_.from_ or ()):
            place = (*path, "from", index, "source")
            if origin.source is None:
                yield Issue("policy-empty-clause", "`source` is missing", place[:-1])
            elif not any(given.values for given in lists_of(origin.source, place)):
                yield Issue("policy-empty-clause", "`source` has no values", place)
        if rule_.to is not None and not rule_.to:
            yield Issue("policy-empty-clause", "`to` has no entries", (*path, "to"))
        for index, request in enumerate(rule_.to or ()):
            place = (*path, "to", index, "operation")
            if request.operation is None:
                yield Issue("policy-empty-clause", "`operation` is missing", place[:-1])
            elif not any(given.values for given in lists_of(request.operation, place)):
                yield Issue("policy-empty-clause", "`operation` has no values", place)


@rule(
    AuthorizationPolicy,
    codes=[EMPTY_VALUE, IP_BLOCK, WILDCARD, SERVICE_ACCOUNT, PRINCIPAL_SCHEME],
)
def check_source_values(resource: AuthorizationPolicy) -> Iterator[Issue]:
    """The values of sources have the forms that their lists ask for."""
    for source, path in sources_of(resource):
        for given in lists_of(source, path):
            yield from empty_values(given)
            if given.field in _IP_BLOCKS:
                yield from bad_ip_blocks(given)
            elif given.field in _SERVICE_ACCOUNTS:
                yield from bad_service_accounts(given)
            else:
                yield from literal_wildcards(given)
            if given.field in _PRINCIPALS:
                yield from _schemes(given)


@rule(AuthorizationPolicy, codes=[SERVICE_ACCOUNT_EXCLUSIVE])
def check_exclusive_identities(resource: AuthorizationPolicy) -> Iterator[Issue]:
    """A service account stands without principals and namespaces beside it."""
    for source, path in sources_of(resource):
        if source.service_accounts is None and source.not_service_accounts is None:
            continue
        if any(getattr(source, other) is not None for other in _NAMED_BY_SERVICE_ACCOUNT):
            yield Issue(
                "policy-service-account-exclusive",
                "service accounts cannot stand beside principals or namespaces",
                path,
            )


def _schemes(given: Values) -> Iterator[Issue]:
    for index, value in enumerate(given.values):
        if value.lower().startswith("spiffe://"):
            yield Issue(
                "policy-principal-scheme",
                "a principal has no scheme, so this one matches nobody",
                (*given.path, index),
                hint=f"write {value[len('spiffe://') :]}",
            )
