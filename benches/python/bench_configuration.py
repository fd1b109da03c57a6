"""What it costs to read, validate and translate a large mesh, and one change of it.

1,000 services, 2,000 routes (half VirtualServices, half HTTPRoutes) and 500 AuthorizationPolicies.
The whole of it is to stay under 3 s of CPU.
"""

# ruff: noqa: ANN401, D103
from __future__ import annotations

from time import process_time
from typing import Any

import pytest

from pymesh.resources import parse
from pymesh.translate import Translator
from pymesh.validate import validate
from pymesh.wire import canonical_json

SERVICE = """
apiVersion: v1
kind: Service
metadata: {{name: s{n}, namespace: n{m}}}
spec: {{selector: {{app: s{n}}}, ports: [{{name: http, port: 80, targetPort: 8080}}]}}
"""
VIRTUAL_SERVICE = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: v{n}, namespace: n{m}}}
spec:
  hosts: [s{n}]
  http:
  - match:
    - uri: {{prefix: /{path}}}
      headers: {{x-user: {{exact: a}}}}
    route:
    - destination: {{host: s{n}, port: {{number: 80}}}}
  - route:
    - destination: {{host: s{n}, port: {{number: 80}}}}
"""
HTTP_ROUTE = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: r{n}, namespace: n{m}}}
spec:
  parentRefs: [{{name: web, namespace: edge}}]
  hostnames: [h{n}.example]
  rules:
  - matches: [{{path: {{type: PathPrefix, value: /b}}}}]
    backendRefs: [{{name: s{n}, port: 80}}]
"""
POLICY = """
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: p{n}, namespace: n{m}}}
spec:
  selector: {{matchLabels: {{app: s{n}}}}}
  action: ALLOW
  rules:
  - from: [{{source: {{principals: [cluster.local/ns/n{m}/sa/a]}}}}]
    to: [{{operation: {{methods: [GET], paths: [/a]}}}}]
"""
GATEWAY = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: edge}
spec:
  gatewayClassName: pymesh
  listeners:
  - {name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
"""
ROUNDS = 3


def mesh(path: str = "a") -> str:
    """The mesh; `path` is that of the first VirtualService."""
    counts = ((SERVICE, 1000), (VIRTUAL_SERVICE, 1000), (HTTP_ROUTE, 1000), (POLICY, 500))
    texts = [
        template.format(n=number, m=number % 50, path=path if number == 0 else "a")
        for template, count in counts
        for number in range(count)
    ]
    return "---".join([GATEWAY, *texts])


def configure(text: str, translator: Translator) -> int:
    """From text to the bytes that a proxy is handed; returns how many there are."""
    report = validate(parse(text, "mesh.yaml"))
    assert not report.refused
    return len(canonical_json(translator.update(report.resources).documents))


@pytest.mark.benchmark(group="configuration")
def test_everything(benchmark: Any) -> None:
    text, started = mesh(), process_time()
    assert benchmark.pedantic(lambda: configure(text, Translator()), rounds=ROUNDS) > 1_000_000
    assert (process_time() - started) / ROUNDS < 3


@pytest.mark.benchmark(group="configuration")
def test_one_change_is_translated(benchmark: Any) -> None:
    """What depends on the resource is translated anew, and nothing else."""
    translator = Translator()
    meshes = [parse(mesh(path), "mesh.yaml").resources for path in ("a", "b")]
    translator.update(meshes[0])
    turns = iter(range(1, 1000))
    benchmark.pedantic(lambda: translator.update(meshes[next(turns) % 2]), rounds=10)
