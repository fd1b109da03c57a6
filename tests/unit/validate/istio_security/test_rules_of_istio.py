"""The numbered rules of `istio.md` that checks of policies are about, each by its number."""

from __future__ import annotations

from textwrap import indent

import pytest

from pymesh.resources import Finding
from pymesh.resources._reading import parse
from pymesh.validate import validate

SERVICE = """
---
apiVersion: v1
kind: Service
metadata: {name: payments, namespace: shop}
spec:
  selector: {app: payments}
  ports:
    - {name: http-web, port: 80, targetPort: 8080}
    - {name: tcp-admin, port: 9000}
"""
GATEWAY = """
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  gatewayClassName: pymesh
  listeners: [{name: http, port: 80, protocol: HTTP}]
"""


def policy(spec: str, namespace: str = "shop") -> str:
    return f"""
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: pay, namespace: {namespace}}}
spec:
{indent(spec, "  ")}
"""


def peers(spec: str, namespace: str = "shop", name: str = "peers") -> str:
    return f"""
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {{name: {name}, namespace: {namespace}}}
spec:
{indent(spec, "  ")}
"""


def findings(text: str) -> dict[str, Finding]:
    """The findings by code."""
    return {finding.code: finding for finding in validate(parse(text, "mesh.yaml")).findings}


def severities(text: str) -> dict[str, str]:
    return {code: finding.severity for code, finding in findings(text).items()}


@pytest.mark.parametrize("action", ["DENY", "CUSTOM"])
@pytest.mark.parametrize("rules", ["", "rules: []"])
def test_rule_03_deny_and_custom_without_rules_are_refused(action: str, rules: str) -> None:
    text = policy(f"action: {action}\n{rules}")
    assert severities(text)["policy-without-rules"] == "error"


def test_rule_03_audit_without_rules_is_pointed_out() -> None:
    assert severities(policy("action: AUDIT")) == {"policy-without-rules": "warning"}


@pytest.mark.parametrize("spec", ["{}", "rules: []", "rules: null", "selector: null"])
def test_rule_03_a_policy_without_rules_denies_all_and_is_told_so(spec: str) -> None:
    assert severities(policy(spec)) == {"policy-allows-nothing": "info"}


@pytest.mark.parametrize(
    "rule", ["from: []", "to: []", "from: [{}]", "to: [{}]", "from: [{source: {principals: []}}]"]
)
def test_rule_03_empty_clauses_are_refused(rule: str) -> None:
    assert severities(policy(f"rules:\n- {rule}"))["policy-empty-clause"] == "error"


@pytest.mark.parametrize("rule", ["{}", "from: null", "when: []", "to: null"])
def test_rule_03_absent_clauses_are_any(rule: str) -> None:
    assert severities(policy(f"rules:\n- {rule}")) == {}


@pytest.mark.parametrize(
    ("action", "meaning"),
    [
        ("ALLOW", "allows nothing"),
        ("DENY", "denies whatever the rest of it matches"),
        ("AUDIT", "audits whatever the rest of it matches"),
    ],
)
def test_rule_05_http_conditions_on_a_tcp_port_are_told_with_their_meaning(
    action: str, meaning: str
) -> None:
    text = policy(f"action: {action}\nrules:\n- to: [{{operation: {{paths: [/admin]}}}}]")
    finding = findings(text + SERVICE)["policy-tcp-port"]
    assert finding.severity == "warning"
    assert meaning in finding.message
    assert "9000" in finding.message


@pytest.mark.parametrize(
    "rule",
    [
        'to: [{operation: {paths: [/a], ports: ["8080"]}}]',
        'to: [{operation: {paths: [/a], notPorts: ["9000"]}}]',
        "to: [{operation: {paths: [/a]}}]\n  when: [{key: destination.port, values: ['8080']}]",
        "from: [{source: {principals: [a]}}]",
        'to: [{operation: {ports: ["9000"]}}]',
    ],
)
def test_rule_05_rules_that_are_not_for_the_tcp_port_are_left_alone(rule: str) -> None:
    assert "policy-tcp-port" not in findings(policy(f"rules:\n- {rule}") + SERVICE)


def test_rule_05_only_workloads_that_are_selected_count() -> None:
    spec = "selector: {matchLabels: {app: web}}\nrules:\n- to: [{operation: {paths: [/a]}}]"
    assert "policy-tcp-port" not in findings(policy(spec) + SERVICE)


@pytest.mark.parametrize(
    "field",
    ["principals", "namespaces", "serviceAccounts", "trustDomains", "requestPrincipals",
     "notPrincipals", "notNamespaces", "notServiceAccounts", "notTrustDomains"],
)  # fmt: skip
def test_rule_06_custom_does_not_depend_on_identities(field: str) -> None:
    text = policy(
        f"action: CUSTOM\nprovider: {{name: opa}}\nrules:\n- from: [{{source: {{{field}: [a]}}}}]"
    )
    assert severities(text)["policy-custom-identity"] == "error"


@pytest.mark.parametrize("key", ["source.principal", "request.auth.claims[a]"])
def test_rule_06_custom_has_no_conditions_on_identities(key: str) -> None:
    text = policy(
        f"action: CUSTOM\nprovider: {{name: opa}}\nrules:\n- when: [{{key: '{key}', values: [a]}}]"
    )
    assert severities(text)["policy-custom-identity"] == "error"


def test_rule_06_an_unknown_provider_denies_and_is_an_error() -> None:
    text = policy("action: CUSTOM\nprovider: {name: opa}\nrules: [{}]")
    finding = findings(text)["policy-provider-unknown"]
    assert finding.severity == "error"
    assert "denied" in finding.message


def test_rule_08_a_principal_has_no_scheme() -> None:
    rule = "from: [{source: {principals: ['spiffe://cluster.local/ns/a/sa/b']}}]"
    finding = findings(policy(f"rules:\n- {rule}"))["policy-principal-scheme"]
    assert finding.hint == "write cluster.local/ns/a/sa/b"


@pytest.mark.parametrize(
    "rule",
    ["from: [{source: {ipBlocks: [10.0.0.1]}}]", "when: [{key: source.ip, values: [10.0.0.1]}]"],
)
def test_rule_10_the_address_of_a_peer_is_that_of_a_gateway(rule: str) -> None:
    text = policy(f"rules:\n- {rule}")
    assert severities(text + GATEWAY)["policy-direct-peer"] == "info"
    assert "policy-direct-peer" not in findings(text)


def test_rule_14_targets_that_only_waypoints_enforce_are_refused() -> None:
    text = policy("targetRefs: [{group: '', kind: Service, name: payments}]\nrules: [{}]")
    assert severities(text)["policy-target-not-enforced"] == "error"


@pytest.mark.parametrize(("namespace", "enforced"), [("istio-system", True), ("shop", False)])
def test_rule_14_a_gateway_class_is_a_target_in_the_root_namespace(
    namespace: str, enforced: bool
) -> None:
    target = "{group: gateway.networking.k8s.io, kind: GatewayClass, name: pymesh}"
    text = policy(f"targetRefs: [{target}]\nrules: [{{}}]", namespace)
    assert ("policy-target-not-enforced" not in findings(text)) == enforced


def test_rule_16_of_two_for_the_same_workloads_the_older_holds() -> None:
    text = peers("mtls: {mode: STRICT}", name="a") + peers("mtls: {mode: DISABLE}", name="b")
    finding = findings(text)["peer-authentication-shadowed"]
    assert finding.resource is not None
    assert finding.resource.name == "b"


def test_rule_17_a_selector_in_the_root_namespace_is_ignored() -> None:
    text = peers("selector: {matchLabels: {app: a}}\nmtls: {mode: STRICT}", "istio-system")
    assert severities(text)["peer-authentication-ignored"] == "warning"


def test_rule_18_modes_of_ports_need_a_selector() -> None:
    text = peers('portLevelMtls: {"8080": {mode: STRICT}}')
    assert severities(text)["port-level-mtls-without-selector"] == "error"


PRINCIPALS = policy(
    "selector: {matchLabels: {app: payments}}\nrules:\n- from: [{source: {principals: [a]}}]"
)


@pytest.mark.parametrize(
    "accepting",
    [
        "",
        peers("mtls: {mode: PERMISSIVE}"),
        peers("mtls: {mode: STRICT}", "other"),
        peers("mtls: {mode: PERMISSIVE}", name="a") + peers("mtls: {mode: STRICT}", name="b"),
        peers("mtls: {mode: STRICT}", "istio-system") + peers("mtls: {mode: DISABLE}"),
        peers("mtls: {mode: STRICT}")
        + peers("selector: {matchLabels: {app: payments}}\nmtls: {mode: PERMISSIVE}", name="own"),
        peers("mtls: {mode: STRICT}")
        + peers(
            "selector: {matchLabels: {version: v1}}\nportLevelMtls: {'80': {mode: DISABLE}}",
            name="own",
        ),
    ],
)
def test_rule_56_identities_where_plaintext_is_accepted_are_pointed_out(accepting: str) -> None:
    assert severities(PRINCIPALS + accepting)["policy-plaintext-identity"] == "info"


@pytest.mark.parametrize(
    "strict",
    [
        peers("mtls: {mode: STRICT}"),
        peers("mtls: {mode: STRICT}", "istio-system"),
        peers("mtls: {mode: STRICT}", "istio-system") + peers("mtls: {mode: UNSET}"),
        peers("selector: {matchLabels: {app: payments}}\nmtls: {mode: STRICT}"),
        peers("mtls: {mode: STRICT}")
        + peers("selector: {matchLabels: {app: web}}\nmtls: {mode: DISABLE}", name="web"),
    ],
)
def test_rule_56_nothing_is_said_where_every_peer_has_an_identity(strict: str) -> None:
    assert "policy-plaintext-identity" not in findings(PRINCIPALS + strict)


def test_rule_56_a_policy_for_the_mesh_is_for_every_namespace() -> None:
    text = policy("rules:\n- from: [{source: {principals: [a]}}]", "istio-system")
    text += peers("mtls: {mode: STRICT}", "istio-system")
    assert "policy-plaintext-identity" not in findings(text)
    text += peers("mtls: {mode: DISABLE}")
    assert "policy-plaintext-identity" in findings(text)
