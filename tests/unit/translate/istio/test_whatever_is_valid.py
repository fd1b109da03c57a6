"""Whatever an API server takes, the proxy's compiler takes what the translation makes of it.

A document that is refused is refused with all the others, so that one object that is valid by
Istio's own rules must never be able to hold up everybody's.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from published.schemas import read
from published.valid import valid

from pymesh.resources import parse
from pymesh.translate import Translator

pytest.importorskip("pymesh._core", reason="the compiled part is not there")

from pymesh.engine import compile as compile_documents

NETWORKING, SECURITY = "networking.istio.io", "security.istio.io"
KINDS = [
    (NETWORKING, "VirtualService", "virtual_service.yaml"),
    (NETWORKING, "DestinationRule", "destination_rule.yaml"),
    (NETWORKING, "Gateway", "istio_gateway.yaml"),
    (NETWORKING, "ServiceEntry", "service_entry.yaml"),
    (NETWORKING, "WorkloadEntry", "workload_entry.yaml"),
    (SECURITY, "AuthorizationPolicy", "authorization_policy.yaml"),
    (SECURITY, "PeerAuthentication", "peer_authentication.yaml"),
]
OTHERS = """
apiVersion: v1
kind: Service
metadata: {name: payments, namespace: shop}
spec:
  selector: {app: payments}
  ports: [{name: http, port: 80}, {name: tcp-x, port: 8080}]
---
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: shop, labels: {app: payments, version: v1}}
status: {podIP: 10.0.0.1}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: edge}
spec:
  selector: {app: edge}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]
"""
SAMPLE = 60
"""Of the changes of one example; all of them have been tried, and take minutes."""


def check(group: str, kind: str, specs: list[Any]) -> None:
    """Compiles a mesh with each of the specs in turn."""
    translator = Translator()
    translator.update(parse(OTHERS, "others.yaml").resources)
    for spec in specs:
        metadata = {"name": "n", "namespace": "shop"}
        resource = {
            "apiVersion": f"{group}/v1", "kind": kind, "metadata": metadata, "spec": spec
        }  # fmt: skip
        (found,) = parse(json.dumps(resource), "x.json").resources
        compile_documents(translator.apply([found]).documents)


@pytest.mark.skipif(not read(), reason="the published schemas are not here")
@pytest.mark.parametrize(("group", "kind", "file"), KINDS)
def test_valid_objects_compile(group: str, kind: str, file: str) -> None:
    specs = list(valid(group, kind, file, SAMPLE))
    assert len(specs) > 30
    check(group, kind, specs)


RESPONSE = {"directResponse": {"status": 200}}
NO_RULES = {"action": "CUSTOM", "provider": {"name": "opa"}, "rules": []}


@pytest.mark.parametrize(
    ("group", "kind", "spec"),
    [
        (NETWORKING, "VirtualService", {"hosts": ["fe80::1"], "http": [RESPONSE]}),
        (NETWORKING, "VirtualService", {"hosts": ["*payments.example"], "http": [RESPONSE]}),
        (
            NETWORKING,
            "VirtualService",
            {"hosts": ["*a.example"], "gateways": ["edge/public"], "http": [RESPONSE]},
        ),
        (
            NETWORKING,
            "ServiceEntry",
            {"hosts": ["*db.example"], "ports": [{"number": 80, "name": "http"}]},
        ),
        (SECURITY, "AuthorizationPolicy", NO_RULES),
        (
            SECURITY,
            "AuthorizationPolicy",
            {"rules": [{"to": [{"operation": {"paths": ["a/{*}"], "notPaths": ["{**}/b"]}}]}]},
        ),
    ],
)
def test_what_istio_takes_and_no_proxy_can_do(group: str, kind: str, spec: Any) -> None:
    check(group, kind, [spec])
