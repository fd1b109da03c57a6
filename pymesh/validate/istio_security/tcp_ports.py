"""Conditions on HTTP in policies for workloads that have TCP ports, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.authorization_policy import AuthorizationPolicy
from pymesh.validate._rules import Code, Issue, Path, mesh_rule
from pymesh.validate.istio_security._scope import Workloads, is_opaque, workload_port
from pymesh.validate.istio_security._values import lists_of_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources.istio.authorization_policy import Rule
    from pymesh.resources.kubernetes import Service
    from pymesh.resources.mesh import Mesh

TCP_PORT = Code(
    "policy-tcp-port",
    "warning",
    "A rule has conditions on HTTP (hosts, methods, paths, headers, tokens), and selects a "
    "workload with a TCP port, whose connections have none of that. On such a port an ALLOW rule "
    "allows nothing; a DENY, AUDIT or CUSTOM rule loses those conditions and matches whatever the "
    "rest of it matches, which may be every connection.",
    "Add `ports` to the operation, so that the rule is for the HTTP ports only, and a rule of its "
    "own for the TCP port.",
)
_HTTP_LISTS = {"hosts", "methods", "paths", "request_principals"}
_HTTP_KEYS = ("request.headers", "request.auth.")


@mesh_rule(codes=[TCP_PORT])
def check_tcp_ports(mesh: Mesh) -> Iterator[Issue]:
    """Conditions on HTTP where there is none."""
    workloads = Workloads(mesh)
    known: dict[tuple[str, frozenset[tuple[str, str]]], list[tuple[int, str]]] = {}
    for policy in mesh.of(AuthorizationPolicy):
        rules = [] if policy.targets else list(_rules_about_http(policy))
        scope = (policy.namespace, frozenset(policy.labels.items()))
        if rules and scope not in known:
            known[scope] = list(_opaque_ports(workloads.services_of(policy)))
        for rule, path in rules:
            found = next((one for one in known[scope] if _is_for_port(rule, str(one[0]))), None)
            if found is not None:
                number, service = found
                yield Issue(
                    "policy-tcp-port",
                    f"on TCP port {number} of {service} {_meaning(policy)}",
                    path,
                    hint="add `ports` with the HTTP ports",
                    resource=policy,
                )


def _rules_about_http(policy: AuthorizationPolicy) -> Iterator[tuple[Rule, Path]]:
    """The rules that depend on HTTP, and where they do."""
    for number, rule in enumerate(policy.spec.rules or ()):
        path = _http_condition(rule, ("spec", "rules", number))
        if path:
            yield rule, path


def _opaque_ports(services: Iterator[Service]) -> Iterator[tuple[int, str]]:
    """The ports of workloads that are not for HTTP, each with a service that has it."""
    seen = set()
    for service in services:
        for port in service.spec.ports:
            number = workload_port(port)
            if is_opaque(port) and number not in seen:
                seen.add(number)
                yield number, f"{service.namespace}/{service.name}"


def _meaning(policy: AuthorizationPolicy) -> str:
    if policy.spec.action == "ALLOW":
        return "this rule allows nothing"
    verb = {"DENY": "denies", "AUDIT": "audits", "CUSTOM": "asks about"}[policy.spec.action]
    return f"this condition is dropped, so the rule {verb} whatever the rest of it matches"


def _http_condition(rule: Rule, path: Path) -> Path:
    """Where a rule depends on HTTP; empty if it does not."""
    for given in lists_of_rule(rule, path):
        if given.values and given.field.removeprefix("not_") in _HTTP_LISTS:
            return given.path
    for index, condition in enumerate(rule.when or ()):
        if condition.key.startswith(_HTTP_KEYS):
            return (*path, "when", index, "key")
    return ()


def _is_for_port(rule: Rule, port: str) -> bool:
    """Whether a rule may match at a port of the workload."""
    operations = [each.operation for each in rule.to or () if each.operation is not None]
    if operations and not any(
        (not each.ports or port in each.ports) and port not in (each.not_ports or ())
        for each in operations
    ):
        return False
    return not any(
        condition.key == "destination.port"
        and (
            (condition.values and port not in condition.values)
            or port in (condition.not_values or ())
        )
        for condition in rule.when or ()
    )
