"""Which DestinationRule a client uses for a service, and what it says of a port and a subset."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymesh.resources.istio.destination_rule import DestinationRule, Subset
from pymesh.translate._view import Index, View, unit
from pymesh.translate.istio._hosts import covers, resolve, routable, specificity, wildcards
from pymesh.translate.istio._visibility import EVERYONE, exported, sees

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pymesh.resources.istio._load_balancer import LoadBalancer
    from pymesh.resources.istio._traffic_policy import (
        ClientTLS,
        ConnectionPool,
        OutlierDetection,
        PortTrafficPolicy,
        TrafficPolicy,
    )
    from pymesh.translate.istio.services import ServiceInfo, ServiceKey

__all__ = [
    "Blocks",
    "Rule",
    "audiences",
    "blocks",
    "destination_rule",
    "service_rule",
]

_HOSTS: Index[DestinationRule, str] = Index(DestinationRule, lambda rule: (_host(rule),))
_PARTIAL: Index[DestinationRule, None] = Index(
    DestinationRule, lambda rule: () if routable(_host(rule)) else (None,)
)
"""Those with wildcards of less than a label, which no suffix of a host finds."""


class Rule(NamedTuple):
    """One or more DestinationRules for one host, merged.

    Args:
        policy: The first top-level policy.
        subsets: All subsets, the first of each name.
    """

    policy: TrafficPolicy | None
    subsets: tuple[Subset, ...]

    def subset(self, name: str) -> Subset | None:
        """A subset by name."""
        return next((one for one in self.subsets if one.name == name), None)


class Blocks(NamedTuple):
    """The parts of a policy that hold for one port and subset."""

    load_balancer: LoadBalancer | None = None
    connection_pool: ConnectionPool | None = None
    outlier_detection: OutlierDetection | None = None
    tls: ClientTLS | None = None


def _host(rule: DestinationRule) -> str:
    return resolve(rule.spec.host, rule.namespace)


@unit
def _rules_for(view: View, host: str) -> tuple[DestinationRule, ...]:
    """The rules whose host covers a service's, but for those that only some clients use."""
    found = [rule for name in (host, *wildcards(host)) for rule in view.find(_HOSTS, name)]
    found += [rule for rule in view.find(_PARTIAL, None) if covers(_host(rule), host)]
    return tuple(rule for rule in found if rule.spec.workload_selector is None)


@unit
def destination_rule(view: View, key: tuple[ServiceKey, str, str]) -> Rule | None:
    """The rule that clients of a namespace use for a service.

    The client's namespace is looked at first, then the service's, then the root; within one, the
    most specific host decides, and rules for the same host are merged.

    Args:
        view: The resources.
        key: The service, its host, and the client's namespace; ``*`` for any other one.
    """
    service, host, client = key
    rules = _rules_for(view, host)
    if not rules:
        return None
    config = view.config
    root = config.root_namespace

    def visible(rule: DestinationRule) -> frozenset[str]:
        default = config.default_destination_rule_export_to
        return exported(rule.spec.export_to, default, rule.namespace)

    def mine(rule: DestinationRule) -> bool:
        # In the root namespace a rule for everybody gives way to those of the service.
        return client != root or visible(rule) == {root}

    def theirs(rule: DestinationRule) -> bool:
        return sees(client, visible(rule))

    lookups: list[tuple[str, Callable[[DestinationRule], bool]]] = [
        (client, mine),
        (service.namespace, theirs),
        (root, theirs),
    ]
    for namespace, allowed in lookups:
        found = [rule for rule in rules if rule.namespace == namespace and allowed(rule)]
        if found:
            best = max((_host(rule) for rule in found), key=specificity)
            return _merged(rule for rule in found if _host(rule) == best)
    return None


def _merged(rules: Iterable[DestinationRule]) -> Rule:
    policy: TrafficPolicy | None = None
    subsets: dict[str, Subset] = {}
    for rule in rules:
        policy = policy or rule.spec.traffic_policy
        for subset in rule.spec.subsets:
            subsets.setdefault(subset.name, subset)
    return Rule(policy, tuple(subsets.values()))


@unit
def audiences(view: View, key: tuple[ServiceKey, str]) -> frozenset[str]:
    """The namespaces whose clients may use another rule for a service than everybody does.

    Args:
        view: The resources.
        key: The service and its host.
    """
    service, host = key
    default = view.config.default_destination_rule_export_to
    found: set[str] = set()
    for rule in _rules_for(view, host):
        found.add(rule.namespace)
        if rule.namespace in {service.namespace, view.config.root_namespace}:
            found |= exported(rule.spec.export_to, default, rule.namespace)
    return frozenset(found - {EVERYONE})


def blocks(rule: Rule | None, port: int, subset: str) -> Blocks:
    """What a rule says of a port and a subset.

    A subset overrides block by block, a port's own settings replace all blocks at once.
    """
    if rule is None:
        return Blocks()
    result = _override(Blocks(), rule.policy, port)
    found = rule.subset(subset) if subset else None
    return _override(result, found.traffic_policy, port) if found else result


def _override(base: Blocks, policy: TrafficPolicy | None, port: int) -> Blocks:
    if policy is None:
        return base
    for own in policy.port_level_settings:
        if own.port is not None and own.port.number == port:
            return _blocks(own)
    return Blocks(
        policy.load_balancer or base.load_balancer,
        policy.connection_pool or base.connection_pool,
        policy.outlier_detection or base.outlier_detection,
        policy.tls or base.tls,
    )


def _blocks(policy: TrafficPolicy | PortTrafficPolicy) -> Blocks:
    return Blocks(
        policy.load_balancer, policy.connection_pool, policy.outlier_detection, policy.tls
    )


def service_rule(view: View, info: ServiceInfo, client: str) -> Rule | None:
    """:func:`destination_rule` for a service."""
    return destination_rule(view, (info.key, info.host, client))
