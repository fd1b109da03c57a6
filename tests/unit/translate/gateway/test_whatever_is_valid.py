"""Whatever an API server takes, the proxy's compiler takes what the translation makes of it.

A document that is refused is refused with all the others, so that one route that is valid by the
API's rules must never be able to hold up everybody's.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from published.schemas import read
from published.valid import valid

from pymesh.engine import compile as compile_documents
from pymesh.resources import Resource, parse
from pymesh.translate import translate

GROUP = "gateway.networking.k8s.io"
PARENTS = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec: {gatewayClassName: pymesh, listeners: [{name: http, port: 80, protocol: HTTP}]}
---
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {ports: [{port: 80}]}
"""
BATCH = 100
SAMPLE = 300
"""Of the changes of one example; all of them have been tried, and take a minute."""

pytestmark = pytest.mark.skipif(not read(), reason="the published schemas are not here")


def resources(kind: str, specs: list[Any]) -> list[Resource]:
    items = [
        {
            "apiVersion": f"{GROUP}/v1",
            "kind": kind,
            "metadata": {"name": f"r{number}"},
            "spec": spec,
        }
        for number, spec in enumerate(specs)
    ]
    return parse(
        json.dumps({"apiVersion": "v1", "kind": "List", "items": items}), "x.json"
    ).resources


def check(kind: str, specs: list[Any]) -> None:
    every = [*parse(PARENTS, "parents.yaml").resources, *resources(kind, specs)]
    compile_documents(translate(every).documents)


@pytest.mark.parametrize(
    ("kind", "file"), [("HTTPRoute", "http_route.yaml"), ("GRPCRoute", "grpc_route.yaml")]
)
def test_valid_routes_compile(kind: str, file: str) -> None:
    specs = [
        # At a Gateway and in the mesh, so that there is something to make of each.
        {**spec, "parentRefs": [{"name": "edge"}, {"group": "", "kind": "Service", "name": "a"}]}
        for spec in valid(GROUP, kind, file, SAMPLE)
    ]
    assert len(specs) > 50
    for start in range(0, len(specs), BATCH):
        check(kind, specs[start : start + BATCH])


def test_valid_gateways_compile() -> None:
    specs = [
        {**spec, "gatewayClassName": "pymesh"}
        for spec in valid(GROUP, "Gateway", "gateway_api_gateway.yaml", SAMPLE)
    ]
    assert len(specs) > 50
    for start in range(0, len(specs), BATCH):
        check("Gateway", specs[start : start + BATCH])


LONG = {"headers": [{"name": "a", "type": "RegularExpression", "value": "a" * 4096}]}
NAMELESS = {"type": "ResponseHeaderModifier", "responseHeaderModifier": {"remove": [""]}}
NO_PATH = {"type": "ReplacePrefixMatch", "replacePrefixMatch": "../%zz"}


@pytest.mark.parametrize(
    "rule",
    [
        {"matches": [LONG]},
        {"filters": [NAMELESS]},
        {"filters": [{"type": "URLRewrite", "urlRewrite": {"path": NO_PATH}}]},
    ],
)
def test_what_the_api_takes_and_no_proxy_can_do(rule: dict[str, Any]) -> None:
    check("HTTPRoute", [{"parentRefs": [{"name": "edge"}], "rules": [rule]}])
