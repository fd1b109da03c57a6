"""Further conditions (`when`) of an AuthorizationPolicy: their keys and values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pymesh.resources.istio.authorization_policy import AuthorizationPolicy
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.istio_security._forms import (
    EMPTY_VALUE,
    IP_BLOCK,
    PORT,
    SERVICE_ACCOUNT,
    WILDCARD,
    bad_ip_blocks,
    bad_ports,
    bad_service_accounts,
    empty_values,
    literal_wildcards,
)
from pymesh.validate.istio_security._values import conditions_of, lists_of

if TYPE_CHECKING:
    from collections.abc import Iterator

CONDITION_KEY = Code(
    "policy-condition-key",
    "error",
    "The key of a condition is not an attribute that policies know, or lacks the `[name]` that "
    "this attribute needs. A condition that cannot be evaluated would be a hole.",
    "Use one of: " + "`request.headers[NAME]`, `source.ip`, `remote.ip`, `source.namespace`, "
    "`source.serviceAccount`, `source.trustDomain`, `source.principal`, "
    "`request.auth.principal`, `request.auth.audiences`, `request.auth.presenter`, "
    "`request.auth.claims[NAME]`, `destination.ip`, `destination.port`, `connection.sni`.",
)
CONDITION_VALUES = Code(
    "policy-condition-values",
    "error",
    "A condition has neither `values` nor `notValues`, so that there is nothing to compare with.",
    'List values; `values: ["*"]` asks for the attribute to be present.',
)
CONDITION_NOT_EVALUATED = Code(
    "policy-condition-not-evaluated",
    "error",
    "The condition reads an attribute of Envoy's filters (`experimental.envoy.filters.…`). There "
    "is no Envoy here that could provide it, so the policy cannot be enforced as it is meant.",
    "Express the condition with another attribute, or hand the decision to a provider (CUSTOM).",
)

PLAIN_KEYS = frozenset(
    {
        "source.ip",
        "remote.ip",
        "source.namespace",
        "source.serviceAccount",
        "source.trustDomain",
        "source.principal",
        "request.auth.principal",
        "request.auth.audiences",
        "request.auth.presenter",
        "destination.ip",
        "destination.port",
        "connection.sni",
    }
)
"""Attributes that are named by their key alone."""

_WITH_PARTS = re.compile(r"request\.headers\[[^][]+\]|request\.auth\.claims(?:\[[^][]+\])+")
_OF_ENVOY = "experimental.envoy.filters."
_ADDRESSES = {"source.ip", "remote.ip", "destination.ip"}
_REPLACED = {
    "destination.namespace": "the policy's own namespace says which workloads it is for",
    "destination.labels": "the policy's selector says which workloads it is for",
    "destination.name": "the policy's selector says which workloads it is for",
    "destination.user": "the policy's selector says which workloads it is for",
}


@rule(AuthorizationPolicy, codes=[CONDITION_KEY, CONDITION_NOT_EVALUATED])
def check_condition_keys(resource: AuthorizationPolicy) -> Iterator[Issue]:
    """Keys are known, and name a part where there are parts."""
    for condition, path in conditions_of(resource):
        place = (*path, "key")
        key = condition.key
        if key.startswith(_OF_ENVOY):
            message = f"{key!r} is an attribute of Envoy"
            yield Issue("policy-condition-not-evaluated", message, place)
        elif key.startswith(("request.headers", "request.auth.claims")):
            if not _WITH_PARTS.fullmatch(key):
                message = f"{key!r} is not a key with `[name]` after it"
                yield Issue("policy-condition-key", message, place)
        elif key not in PLAIN_KEYS:
            yield Issue(
                "policy-condition-key",
                f"{key!r} is not an attribute of requests" if key else "the key is empty",
                place,
                hint=_REPLACED.get(key.partition("[")[0], ""),
            )


@rule(
    AuthorizationPolicy,
    codes=[CONDITION_VALUES, EMPTY_VALUE, IP_BLOCK, PORT, SERVICE_ACCOUNT, WILDCARD],
)
def check_condition_values(resource: AuthorizationPolicy) -> Iterator[Issue]:
    """Conditions have values, of the form that their attribute has."""
    for condition, path in conditions_of(resource):
        if not condition.values and not condition.not_values:
            yield Issue(
                "policy-condition-values", "neither `values` nor `notValues` is given", path
            )
        for given in lists_of(condition, path):
            yield from empty_values(given)
            if condition.key in _ADDRESSES:
                yield from bad_ip_blocks(given)
            elif condition.key == "destination.port":
                yield from bad_ports(given)
            elif condition.key == "source.serviceAccount":
                yield from bad_service_accounts(given)
            else:
                yield from literal_wildcards(given)
