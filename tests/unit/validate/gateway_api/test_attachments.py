"""Which references of routes are found to lead nowhere, and which are left alone."""

from __future__ import annotations

import pytest

from pymesh.resources import Finding
from pymesh.resources._reading import parse
from pymesh.validate import validate

GATEWAY = """
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: edge}
spec:
  gatewayClassName: pymesh
  listeners:
    - name: all
      port: 80
      protocol: HTTP
      allowedRoutes: {namespaces: {from: All}}
    - name: labelled
      port: 81
      protocol: HTTP
      allowedRoutes:
        namespaces: {from: Selector, selector: {matchLabels: {team: blue}}}
    - {name: own, port: 82, protocol: HTTP}
    - name: grpc
      port: 83
      protocol: HTTP
      allowedRoutes: {namespaces: {from: All}, kinds: [{kind: GRPCRoute}]}
    - name: hosts
      hostname: "*.shop.example"
      port: 84
      protocol: HTTP
      allowedRoutes: {namespaces: {from: All}}
    - {name: tcp, port: 85, protocol: TCP, allowedRoutes: {namespaces: {from: All}}}
---
apiVersion: v1
kind: Namespace
metadata: {name: blue, labels: {team: blue}}
"""


def route(section: str, namespace: str = "shop", kind: str = "HTTPRoute", hosts: str = "") -> str:
    return f"""
---
apiVersion: gateway.networking.k8s.io/v1
kind: {kind}
metadata: {{name: pay, namespace: {namespace}}}
spec:
  parentRefs: [{{name: public, namespace: edge, sectionName: {section}}}]
  hostnames: [{hosts}]
  rules: []
""".replace("  rules: []\n", "" if kind == "HTTPRoute" else "  rules: []\n")


def findings(text: str) -> dict[str, Finding]:
    return {finding.code: finding for finding in validate(parse(text, "mesh.yaml")).findings}


@pytest.mark.parametrize(
    "attached",
    [
        route("all"),
        route("labelled", "blue"),
        route("own", "edge"),
        route("grpc", kind="GRPCRoute"),
        route("hosts", hosts="a.shop.example"),
        route("hosts", hosts="other.example, a.b.shop.example"),
        route("hosts", hosts='"*.example"'),
        route("hosts", hosts='"*.pay.shop.example"'),
        route("hosts"),
    ],
)
def test_routes_that_attach_are_left_alone(attached: str) -> None:
    assert "route-not-allowed" not in findings(GATEWAY + attached)


@pytest.mark.parametrize(
    ("detached", "reason"),
    [
        (route("labelled"), "not for namespace shop"),
        (route("own"), "not for namespace shop"),
        (route("grpc"), "no listener is for HTTPRoutes"),
        (route("tcp"), "listeners are for TCP, which is not served"),
        (route("hosts", hosts="shop.example"), "none of the host names is one of *.shop.example"),
        (route("hosts", hosts="a.example"), "none of the host names"),
    ],
)
def test_routes_that_a_listener_refuses_are_told_why(detached: str, reason: str) -> None:
    finding = findings(GATEWAY + detached)["route-not-allowed"]
    assert finding.severity == "warning"
    assert reason in finding.message


def test_a_missing_listener_is_told_with_those_that_are_there() -> None:
    finding = findings(GATEWAY + route("http"))["parent-missing"]
    assert finding.severity == "error"
    assert "sectionName http" in finding.message
    assert "all (80)" in finding.hint


def test_a_missing_gateway_is_an_error() -> None:
    finding = findings(route("all"))["parent-missing"]
    assert finding.message == "there is no Gateway edge/public"


def test_dangling_references_do_not_keep_resources_from_use() -> None:
    report = validate(parse(route("all"), "mesh.yaml"))
    assert report.failed
    assert not report.refused


def backend(namespace: str, parent: str) -> str:
    return f"""
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: pay, namespace: shop}}
spec:
  parentRefs: [{parent}]
  rules:
    - backendRefs: [{{name: payments, namespace: {namespace}, port: 80}}]
---
apiVersion: v1
kind: Service
metadata: {{name: payments, namespace: {namespace}}}
spec: {{ports: [{{port: 80}}]}}
"""


def grant(kind: str = "HTTPRoute", namespace: str = "shop", name: str = "payments") -> str:
    return f"""
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {{name: grant, namespace: bank}}
spec:
  from: [{{group: gateway.networking.k8s.io, kind: {kind}, namespace: {namespace}}}]
  to: [{{group: "", kind: Service, name: {name}}}]
"""


OF_GATEWAY = "{name: public, namespace: edge}"
OF_SERVICE = '{group: "", kind: Service, name: payments, namespace: bank}'


@pytest.mark.parametrize(
    "granted",
    [
        backend("bank", OF_GATEWAY) + grant(),
        backend("bank", OF_SERVICE),
        backend("shop", OF_GATEWAY),
    ],
)
def test_backends_that_may_be_referred_to_are_left_alone(granted: str) -> None:
    assert "reference-not-granted" not in findings(GATEWAY + granted)


@pytest.mark.parametrize(
    "granted",
    [
        "",
        grant(kind="GRPCRoute"),
        grant(namespace="other"),
        grant(name="orders"),
        grant().replace("namespace: bank", "namespace: shop"),
    ],
)
def test_backends_of_other_namespaces_need_their_grant(granted: str) -> None:
    found = findings(GATEWAY + backend("bank", OF_GATEWAY) + granted)
    assert found["reference-not-granted"].severity == "error"
    assert "backend-missing" not in found


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ("{type: ExternalName, externalName: a.example}", "backend-kind"),
        ("{ports: [{port: 80, protocol: UDP}]}", "backend-kind"),
        ("{ports: [{port: 81}]}", "backend-missing"),
        ("{ports: [{port: 80, protocol: UDP, name: a}, {port: 80, name: b}]}", ""),
    ],
)
def test_a_service_must_be_able_to_take_requests(spec: str, code: str) -> None:
    text = backend("shop", OF_GATEWAY).replace("{ports: [{port: 80}]}", spec)
    found = findings(GATEWAY + text)
    assert {"backend-kind", "backend-missing"} & found.keys() == ({code} if code else set())
