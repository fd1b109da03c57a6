"""From YAML to what the proxy's own engine decides: the examples compile, and requests end up
where the specification sends them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from pymesh.engine import Engine, Request, Source, To
from pymesh.engine import compile as compile_documents
from pymesh.resources import parse
from pymesh.sources import read_paths
from pymesh.translate import translate

CASES = sorted(Path(__file__).parents[3].joinpath("golden").glob("gateway-*"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_documents_of_an_example_compile(case: Path) -> None:
    compile_documents(translate(read_paths([case / "input.yaml"]).resources).documents)


def engine(text: str) -> Engine:
    parsed = parse(text, "test.yaml")
    assert not [one for one in parsed.findings if one.severity == "error"]
    return compile_documents(translate(parsed.resources).documents)


def service(name: str, ports: str = "{port: 80}") -> str:
    return f"""---
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{ports: [{ports}]}}
"""


def gateway(*listeners: str) -> str:
    lines = "".join(f"  - {listener}\n" for listener in listeners)
    return f"""---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {{name: edge}}
spec:
  gatewayClassName: pymesh
  listeners:
{lines}"""


def route(name: str, spec: str, kind: str = "HTTPRoute") -> str:
    return f"""---
apiVersion: gateway.networking.k8s.io/v1
kind: {kind}
metadata: {{name: {name}}}
spec:
{spec}"""


def ask(
    subject: Engine,
    path: str = "/",
    host: str = "any.example",
    headers: tuple[tuple[str, str], ...] = (),
    method: str | None = None,
    protocol: Literal["http", "grpc"] = "http",
) -> tuple[str, str]:
    """What becomes of a request at the Gateway: the route's name and rule, and the outcome."""
    asked = Request(
        gateway="default/edge",
        destination=To(host=host, port=80),
        path=path,
        headers=headers,
        method=method,
        protocol=protocol,
    )
    answer = subject.answer([asked])[0]
    served = f"{answer.route.name}/{answer.route.rule}" if answer.route else ""
    return served, answer.outcome


HTTP = "{name: http, port: 80, protocol: HTTP}"


def test_the_precedence_of_matches() -> None:
    rules = """  parentRefs: [{name: edge}]
  rules:
  - backendRefs: [{name: a, port: 80}]
  - matches: [{path: {value: /a}}]
    backendRefs: [{name: a, port: 80}]
  - matches: [{path: {value: /a/b}}]
    backendRefs: [{name: a, port: 80}]
  - matches: [{path: {type: Exact, value: /a/b}}]
    backendRefs: [{name: a, port: 80}]
  - matches: [{path: {value: /a}, method: GET}]
    backendRefs: [{name: a, port: 80}]
  - matches: [{path: {value: /a}, headers: [{name: x, value: '1'}]}]
    backendRefs: [{name: a, port: 80}]
  - matches: [{path: {value: /a}, headers: [{name: x, value: '1'}, {name: z, value: '1'}]}]
    backendRefs: [{name: a, port: 80}]
  - matches: [{path: {value: /a}, queryParams: [{name: q, value: '1'}]}]
    backendRefs: [{name: a, port: 80}]
"""
    subject = engine(gateway(HTTP) + service("a") + route("r", rules))
    assert ask(subject, "/", method="POST")[0] == "r/0"
    assert ask(subject, "/ab", method="POST")[0] == "r/0"
    assert ask(subject, "/a", method="POST")[0] == "r/1"
    assert ask(subject, "/a/", method="POST")[0] == "r/1"
    assert ask(subject, "/a/b/c")[0] == "r/2"
    assert ask(subject, "/a/b")[0] == "r/3"
    x, z = ("x", "1"), ("z", "1")
    assert ask(subject, "/a/x", headers=(x, z))[0] == "r/4"  # a method is worth more than fields
    assert ask(subject, "/a/x", headers=(x,), method="POST")[0] == "r/5"
    assert ask(subject, "/a/x", headers=(x, z), method="POST")[0] == "r/6"
    assert ask(subject, "/a/x?q=1", method="POST")[0] == "r/7"
    assert ask(subject, "/a/x?q=1", headers=(x,), method="POST")[0] == "r/5"


def test_a_route_of_a_wider_listener_is_hidden() -> None:
    subject = engine(
        gateway(HTTP, "{name: pay, port: 80, protocol: HTTP, hostname: '*.pay.example'}")
        + service("a")
        + route(
            "all",
            "  parentRefs: [{name: edge, sectionName: http}]\n"
            "  rules: [{backendRefs: [{name: a, port: 80}]}]\n",
        )
        + route(
            "pay",
            "  parentRefs: [{name: edge, sectionName: pay}]\n"
            "  hostnames: [a.pay.example]\n"
            "  rules: [{backendRefs: [{name: a, port: 80}]}]\n",
        )
    )
    assert ask(subject, host="other.example")[0] == "all/0"
    assert ask(subject, host="a.pay.example")[0] == "pay/0"
    assert ask(subject, host="b.pay.example") == ("", "not_found")
    assert ask(subject, host="pay.example")[0] == "all/0"


def test_a_call_finds_its_method() -> None:
    rules = """  parentRefs: [{name: edge}]
  rules:
  - matches: [{method: {service: a.Ledger}}]
    backendRefs: [{name: a, port: 80}]
  - matches: [{method: {service: a.Ledger, method: Book}}]
    backendRefs: [{name: a, port: 80}]
  - matches: [{method: {method: Book}}]
    backendRefs: [{name: a, port: 80}]
  - matches: [{method: {type: RegularExpression, service: 'b\\..*'}}]
    backendRefs: [{name: a, port: 80}]
"""
    subject = engine(gateway(HTTP) + service("a") + route("r", rules, "GRPCRoute"))
    assert ask(subject, "/a.Ledger/Book", protocol="grpc")[0] == "r/1"
    assert ask(subject, "/a.Ledger/Read", protocol="grpc")[0] == "r/0"
    assert ask(subject, "/a.Ledger2/Read", protocol="grpc")[1] == "not_found"
    assert ask(subject, "/other/Book", protocol="grpc")[0] == "r/2"
    assert ask(subject, "/b.c/Read", protocol="grpc")[0] == "r/3"
    assert ask(subject, "/a.Ledger/Book", method="GET")[1] == "not_found"


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/old/x?q=1", "http://new.example/new/x?q=1"),
        ("/old", "http://new.example/new"),
        ("/secure/x", "https://any.example/secure/x"),
        ("/here", "http://any.example:8080/there"),
    ],
)
def test_a_redirect_leads_where_the_specification_says(path: str, location: str) -> None:
    text = (Path(__file__).parents[3] / "golden/gateway-redirect/input.yaml").read_text()
    asked = Request(gateway="shop/edge", destination=To(host="any.example", port=8080), path=path)
    answer = engine(text).answer([asked])[0]
    assert answer.outcome == "redirect"
    assert answer.location == location


@pytest.mark.parametrize(
    ("path", "authority", "leaves"),
    [
        ("/v1/charge", "pay.internal", "/charge"),
        ("/v1", "pay.internal", "/"),
        ("/status/deep?q=1", "pay.example", "/health?q=1"),
    ],
)
def test_a_rewrite_changes_what_the_backend_sees(path: str, authority: str, leaves: str) -> None:
    text = (Path(__file__).parents[3] / "golden/gateway-rewrite/input.yaml").read_text()
    asked = Request(gateway="shop/edge", destination=To(host="pay.example", port=80), path=path)
    answer = engine(text).answer([asked])[0]
    assert answer.request is not None
    assert (answer.request.authority, answer.request.path) == (authority, leaves)


def test_a_rule_without_a_backend_answers_500_and_so_does_a_missing_one() -> None:
    text = (Path(__file__).parents[3] / "golden/gateway-no-backend/input.yaml").read_text()
    asked = Request(gateway="shop/edge", destination=To(host="a", port=80), path="/none")
    assert engine(text).answer([asked])[0].status == 500
    rules = "  parentRefs: [{name: edge}]\n  rules: [{backendRefs: [{name: gone, port: 80}]}]\n"
    subject = engine(gateway(HTTP) + route("r", rules))
    answer = subject.answer([Request(gateway="default/edge", destination=To(host="a", port=80))])[0]
    assert answer.status == 500


def test_nothing_of_an_https_listener_is_served() -> None:
    text = (
        Path(__file__).parents[3] / "golden/gateway-https-listener-not-in-plaintext/input.yaml"
    ).read_text()
    subject = engine(text)
    schemes: tuple[Literal["http", "https"], ...] = ("http", "https")
    for scheme in schemes:
        asked = Request(gateway="shop/edge", destination=To(host="a", port=443), scheme=scheme)
        assert subject.answer([asked])[0].outcome == "not_found"


def test_a_route_of_the_mesh_is_for_all_or_for_its_own_namespace() -> None:
    text = (Path(__file__).parents[3] / "golden/gateway-mesh-consumer-route/input.yaml").read_text()
    subject = engine(text)

    def served(namespace: str, host: str) -> str:
        asked = Request(source=Source(namespace=namespace), destination=To(host=host, port=80))
        found = subject.answer([asked])[0].route
        return found.name if found else ""

    for host in ("pay.shop", "pay.shop.svc.cluster.local"):
        assert served("desk", host) == "consumer"
        assert served("shop", host) == "producer"
        assert served("bank", host) == "producer"
    assert served("shop", "pay") == "producer"
