"""Changes one by one give what translating from scratch gives."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pymesh.resources import Resource, ResourceKey, parse
from pymesh.translate import Translator
from pymesh.translate.gateway import ROOTS

VERSIONS = """
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: pymesh}
spec: {controllerName: mesh.pymesh.dev/gateway-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: pymesh}
spec: {controllerName: example.net/other}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec: {gatewayClassName: pymesh, listeners: [{name: http, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: pymesh
  listeners:
  - {name: http, port: 80, protocol: HTTP, hostname: a.example}
  - name: all
    port: 81
    protocol: HTTP
    allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {stage: live}}}}
---
apiVersion: v1
kind: Namespace
metadata: {name: desk, labels: {stage: live}}
---
apiVersion: v1
kind: Service
metadata: {name: pay, namespace: shop}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: pay, namespace: shop}
spec: {ports: [{port: 80}, {name: admin, port: 81}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: one, namespace: shop}
spec:
  parentRefs: [{name: edge}, {group: '', kind: Service, name: pay}]
  rules: [{backendRefs: [{name: pay, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: one, namespace: shop}
spec:
  parentRefs: [{name: edge, sectionName: http}]
  hostnames: [b.example]
  rules: [{backendRefs: [{name: pay, port: 81}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: guest, namespace: desk}
spec:
  parentRefs:
  - {name: edge, namespace: shop}
  - {group: '', kind: Service, name: pay, namespace: shop}
  rules: [{backendRefs: [{name: pay, namespace: shop, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: grpc, namespace: shop, creationTimestamp: '2024-01-01T00:00:00Z'}
spec:
  parentRefs: [{name: edge}, {group: '', kind: Service, name: pay, port: 80}]
  rules: [{backendRefs: [{name: pay, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: guests, namespace: shop}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: desk}]
  to: [{group: '', kind: Service}]
"""
POOL: list[Resource] = parse(VERSIONS, "versions.yaml").resources
KEYS = sorted({resource.key for resource in POOL})

changes = st.lists(st.one_of(st.sampled_from(POOL), st.sampled_from(KEYS)), min_size=1, max_size=25)


@settings(max_examples=200)
@given(changes)
def test_changes_one_by_one_are_as_good_as_a_fresh_start(
    steps: list[Resource | ResourceKey],
) -> None:
    now: dict[ResourceKey, Resource] = {}
    kept = Translator(ROOTS)
    for step in steps:
        if isinstance(step, Resource):
            now[step.key] = step
            incremental = kept.apply(changed=[step])
        else:
            now.pop(step, None)
            incremental = kept.apply(removed=[step])
        fresh = Translator(ROOTS).update(now.values())
        assert incremental.documents == fresh.documents
        assert incremental.statuses == fresh.statuses


def test_a_changed_route_costs_itself_and_its_parent() -> None:
    routes = "\n---\n".join(
        f"""
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: r{number}, namespace: shop}}
spec:
  parentRefs: [{{name: edge}}]
  hostnames: [r{number}.example]
  rules: [{{backendRefs: [{{name: pay, port: 80}}]}}]
"""
        for number in range(300)
    )
    kept = Translator(ROOTS)
    every = [*POOL[2:3], *POOL[5:6], *parse(routes, "routes.yaml").resources]
    kept.update(every)
    before = kept.runs
    text = routes.split("\n---\n")[7].replace("pay", "gone")
    translation = kept.apply(changed=parse(text, "routes.yaml").resources)
    rules = [one for one in translation.documents.routes if one.host == "r7.example"]
    assert rules[0].rules[0].destinations[0].status == 500
    # Its rules, its attachment, whether it conflicts, its status, and the Gateway's documents.
    assert kept.runs - before <= 5
