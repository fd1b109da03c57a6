"""The resources that the demo's proxy serves: what anyone would write, in files of one folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = [
    "ADMINS_RULE",
    "CLOSED_RULE",
    "GATEWAY",
    "HOST",
    "POLICY",
    "TOKEN",
    "close_reports",
    "write",
]

NAMESPACE = "shop"
GATEWAY = f"{NAMESPACE}/edge"
HOST = "shop.example"
TOKEN = "open-sesame"  # noqa: S105 - the demo's own, shown in its output
POLICY = f"{NAMESPACE}/closed"
# Its rules, by what they close and for whom.
CLOSED_RULE = 0
ADMINS_RULE = 1
# What the first rule closes at the start, and what is added to it by an edit.
CLOSED = ("/internal/*",)
REPORTS = "/reports"

_GATEWAY = """\
# Where requests enter, and where they go.
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: pymesh
  listeners:
  - {name: http, port: 80, protocol: HTTP}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  hostnames: [shop.example]
  rules:
  - backendRefs:
"""

_BACKEND = """\
    - {{name: {name}, port: 80, weight: {weight}}}
"""

_SERVICE = """\
---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: shop}}
spec:
  ports: [{{name: http, port: 80}}]
  selector: {{app: shop, version: {name}}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: {name}-1, namespace: shop, labels: {{kubernetes.io/service-name: {name}}}}}
addressType: IPv4
ports: [{{name: http, port: {port}}}]
endpoints: [{{addresses: [{host}]}}]
"""

_POLICY = """\
# What the gateway refuses. Edit it while the demo runs: add /reports to the first paths.
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: closed, namespace: shop}}
spec:
  targetRefs: [{{group: gateway.networking.k8s.io, kind: Gateway, name: edge}}]
  action: DENY
  rules:
  - to: [{{operation: {{paths: {closed}}}}}]
  - to: [{{operation: {{paths: [/admin, /admin/*]}}}}]
    when: [{{key: "request.headers[x-tenant]", notValues: [staff]}}]
"""

_PLUGIN = """\
---
apiVersion: mesh.pymesh.dev/v1alpha1
kind: Plugin
metadata: {{name: {name}, namespace: shop}}
spec: {{source: {name}, order: {order}, config: {config}}}
"""


def write(
    folder: Path,
    services: Mapping[str, tuple[str, int]],
    weights: Mapping[str, int],
    plugins: Mapping[str, Mapping[str, Any]],
) -> None:
    """Writes all of them.

    Args:
        folder: Where to.
        services: Where each service is.
        weights: How much of the traffic each gets.
        plugins: The configuration of each, in the order in which they are asked.
    """
    backends = "".join(_BACKEND.format(name=name, weight=weights[name]) for name in services)
    _replace(folder / "gateway.yaml", _GATEWAY + backends)
    texts = [
        _SERVICE.format(name=name, host=host, port=port) for name, (host, port) in services.items()
    ]
    _replace(folder / "services.yaml", "".join(texts))
    texts = [
        _PLUGIN.format(name=name, order=order, config=json.dumps(config))
        for order, (name, config) in enumerate(plugins.items())
    ]
    _replace(folder / "plugins.yaml", "".join(texts))
    _write_policy(folder, CLOSED)


def close_reports(folder: Path) -> None:
    """Edits the policy: from now on ``/reports`` is closed, too.

    Args:
        folder: Where :func:`write` has put it.
    """
    _write_policy(folder, (*CLOSED, REPORTS))


def _write_policy(folder: Path, closed: tuple[str, ...]) -> None:
    _replace(folder / "policy.yaml", _POLICY.format(closed=json.dumps(closed)))


def _replace(path: Path, text: str) -> None:
    """Puts a file in its place whole, as editors do, so that nobody reads half of one."""
    new = path.with_name(f".{path.name}")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
