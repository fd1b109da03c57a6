"""A folder of resources with everything a mesh turns on: 1,000 routes and 100 authorization rules.

Of the routes one serves the load, of the rules the last one lets it pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROUTES, RULES = 1000, 100
_RULES_OF_ONE_ROUTE = 16
"""Gateway API's limit."""

_HEAD = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: pymesh
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {ports: [{name: http, port: 80}], selector: {app: web}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web, namespace: shop, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
"""


def write(folder: Path, origin: int) -> Path:
    """Writes the folder for an origin on loopback at the port `origin`."""
    mesh = folder / "mesh"
    mesh.mkdir()
    port = f"ports: [{{name: http, port: {origin}}}]\n"
    endpoints = port + "endpoints: [{addresses: [127.0.0.1]}]\n"
    parts = [_HEAD + endpoints, *_routes(), *_policies()]
    (mesh / "mesh.yaml").write_text("---\n".join(parts))
    return mesh


def _routes() -> Iterator[str]:
    rules = [f"{{type: PathPrefix, value: /service-{number}/v1}}" for number in range(1, ROUTES)]
    rules.append("{type: PathPrefix, value: /}")
    for start in range(0, ROUTES, _RULES_OF_ONE_ROUTE):
        lines = [
            f"  - {{matches: [{{path: {path}}}], backendRefs: [{{name: web, port: 80}}]}}\n"
            for path in rules[start : start + _RULES_OF_ONE_ROUTE]
        ]
        yield (
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n"
            f"metadata: {{name: web-{start}, namespace: shop}}\n"
            f"spec:\n  parentRefs: [{{name: web}}]\n  rules:\n{''.join(lines)}"
        )


def _policies() -> Iterator[str]:
    half = RULES // 2
    deny = [
        f'  - {{to: [{{operation: {{methods: [DELETE], paths: ["/service-{number}/*"]}}}}]}}\n'
        for number in range(half)
    ]
    allow = [
        f'  - {{to: [{{operation: {{methods: [GET], paths: ["/service-{number}/*"]}}}}],'
        f' when: [{{key: "request.headers[x-team]", values: [team-{number}]}}]}}\n'
        for number in range(half - 1)
    ]
    allow.append('  - {to: [{operation: {methods: [GET], paths: ["/*"]}}]}\n')
    for name, action, rules in (("refuse", "DENY", deny), ("permit", "ALLOW", allow)):
        yield (
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n"
            f"metadata: {{name: {name}, namespace: shop}}\n"
            "spec:\n  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: web}]\n"
            f"  action: {action}\n  rules:\n{''.join(rules)}"
        )
