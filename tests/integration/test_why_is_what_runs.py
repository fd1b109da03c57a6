"""What `pymesh why` answers is what a running gateway does, for requests that nobody picked."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, NamedTuple

import pytest
from kit import Origin, Proxy, behaviours
from kit.client import Client

from pymesh.answers import Answer, Request, Source, To
from pymesh.explain import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kit.message import Message

pytestmark = pytest.mark.integration

REQUESTS = 3_000

MESH = """\
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{ports: [{{name: http, port: 80}}], selector: {{app: web}}}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: web, namespace: shop, labels: {{kubernetes.io/service-name: web}}}}
addressType: IPv4
ports: [{{name: http, port: {port}}}]
endpoints: [{{addresses: [127.0.0.1]}}]
---
apiVersion: v1
kind: Service
metadata: {{name: empty, namespace: shop}}
spec: {{ports: [{{name: http, port: 80}}], selector: {{app: empty}}}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: empty, namespace: shop, labels: {{kubernetes.io/service-name: empty}}}}
addressType: IPv4
ports: [{{name: http, port: 80}}]
endpoints: []
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: istio, namespace: shop}}
spec:
  selector: {{istio: ingressgateway}}
  servers: [{{port: {{number: 80, name: http, protocol: HTTP}}, hosts: ["*.istio.example"]}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: web, namespace: shop}}
spec:
  hosts: [a.istio.example]
  gateways: [istio]
  http:
  - match: [{{uri: {{prefix: /old}}}}]
    redirect: {{uri: /new, redirectCode: 308}}
  - match: [{{uri: {{exact: /teapot}}}}, {{method: {{exact: PUT}}}}]
    directResponse: {{status: 418, body: {{string: short and stout}}}}
  - match: [{{uri: {{prefix: /api}}, headers: {{x-version: {{regex: "[2-9]"}}}}}}]
    rewrite: {{uri: /v2, authority: inner.example}}
    headers: {{request: {{set: {{x-added: "1"}}, remove: [x-version]}}}}
    route: [{{destination: {{host: web}}}}]
  - match: [{{uri: {{prefix: /api}}, withoutHeaders: {{x-user: {{exact: guest}}}}}}]
    rewrite: {{uri: /v1}}
    headers: {{request: {{add: {{x-added: rule}}, set: {{x-set: rule}}, remove: [x-user]}}}}
    route:
    - destination: {{host: web}}
      headers: {{request: {{add: {{x-added: own}}, set: {{x-set: own, x-own: own}}}}}}
  - match: [{{uri: {{regex: "/items/[0-9]+"}}, queryParams: {{full: {{exact: "1"}}}}}}]
    corsPolicy: {{allowOrigins: [{{exact: "https://ok.example"}}], allowMethods: [GET]}}
    route: [{{destination: {{host: web}}}}]
  - match: [{{uri: {{prefix: /empty}}}}]
    route: [{{destination: {{host: empty}}}}]
  - match: [{{uri: {{prefix: /none}}}}]
    route: [{{destination: {{host: nowhere}}}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {{name: pymesh}}
spec: {{controllerName: mesh.pymesh.dev/gateway-controller}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {{name: api, namespace: shop}}
spec:
  gatewayClassName: pymesh
  listeners: [{{name: http, port: 80, protocol: HTTP, hostname: "*.api.example"}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: web, namespace: shop}}
spec:
  parentRefs: [{{name: api}}]
  rules:
  - matches: [{{path: {{type: PathPrefix, value: /api}}}}]
    filters:
    - type: URLRewrite
      urlRewrite: {{path: {{type: ReplacePrefixMatch, replacePrefixMatch: /x}}}}
    backendRefs: [{{name: web, port: 80}}]
  - matches: [{{path: {{type: Exact, value: /old}}}}]
    filters:
    - {{type: RequestRedirect, requestRedirect: {{scheme: https, hostname: new.example}}}}
  - matches: [{{method: PUT}}, {{headers: [{{name: x-user, value: guest}}]}}]
    filters:
    - type: RequestHeaderModifier
      requestHeaderModifier: {{add: [{{name: x-added, value: "2"}}]}}
    backendRefs: [{{name: web, port: 80}}]
  - matches: [{{path: {{type: PathPrefix, value: /none}}}}]
    backendRefs: [{{name: nowhere, port: 80}}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: guarded, namespace: shop}}
spec:
  targetRefs: [{{group: gateway.networking.k8s.io, kind: Gateway, name: api}}]
  action: DENY
  rules:
  - to: [{{operation: {{paths: ["/api/admin*", "*/secret"], notMethods: [PUT]}}}}]
  - when: [{{key: "request.headers[x-user]", values: ["mallory*"]}}]
  - from: [{{source: {{notIpBlocks: [127.0.0.0/8]}}}}]
"""

GATEWAYS = {"shop/istio": "a.istio.example", "shop/api": "a.api.example"}
PATHS = (
    "/", "/old", "/older?x=1", "/teapot", "/api", "/api/", "/api/a?b=c", "/apis", "/api/admin/x",
    "/x/secret", "/items/12?full=1", "/items/12", "/items/x?full=1", "/empty", "/none/x",
    "/%61pi/b", "//api//b", "/x/../api/c", "/api/%2e%2e/old", "/api/./d", "/%00", "/a%zz",
    "/api/admin%2Fx",
    "/teapot/", "/API/x", "/api/..", "/api/\\x", "/items/1?full=2&full=1",
)  # fmt: skip
FIELDS = {
    "x-version": ("1", "2", "22"),
    "x-user": ("guest", "mallory", "me"),
    "origin": ("https://ok.example", "https://other.example"),
    "access-control-request-method": ("GET",),
    "connection": ("x-user", "close"),
}
# What a proxy adds by itself.
ADDED = ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-request-id", "via",
         "forwarded", "content-length", "host", "x-envoy-original-path")  # fmt: skip


class Asked(NamedTuple):
    """A request of the test."""

    gateway: str
    host: str
    method: str
    path: str
    fields: tuple[tuple[str, str], ...]

    def question(self) -> Request:
        return Request(
            source=Source(ip="127.0.0.1"),
            gateway=self.gateway,
            destination=To(host=self.host, port=80),
            method=self.method,
            path=self.path,
            headers=self.fields,
        )

    def head(self) -> str:
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {self.host}"]
        return "\r\n".join([*lines, *(": ".join(field) for field in self.fields), "", ""])


def draw(dice: random.Random) -> Asked:
    gateway = dice.choice(list(GATEWAYS))
    other = dice.choice(("x.istio.example", "other.example", GATEWAYS[gateway].upper() + "."))
    fields = [(name, dice.choice(values)) for name, values in FIELDS.items() if dice.random() < 0.3]
    return Asked(
        gateway,
        other if dice.random() < 0.1 else GATEWAYS[gateway],
        dice.choice(("GET", "GET", "GET", "PUT", "OPTIONS", "DELETE")),
        dice.choice(PATHS),
        tuple(fields),
    )


def compare(asked: Asked, answer: Answer, response: Message) -> None:
    """Asserts that the response is what the answer says."""
    about = f"{asked}\n{answer}\n{response.status} {response.fields}"
    if answer.outcome != "forward":
        assert response.status == answer.status, about
        assert response.value("location") == answer.location, about
        return
    assert response.status == 200, about
    seen = json.loads(response.body)
    assert answer.request is not None
    assert seen["start_line"] == f"{asked.method} {answer.request.path} HTTP/1.1", about
    hosts = [value for name, value in seen["fields"] if name.lower() == "host"]
    assert hosts == [answer.request.authority], about
    fields = [(name.lower(), value) for name, value in seen["fields"] if name.lower() not in ADDED]
    assert sorted(fields) == sorted(answer.request.headers), about


def test_what_is_explained_is_what_runs(
    tmp_path: Path,
    start_origin: Callable[..., Origin],
    start_proxy: Callable[..., Proxy],
) -> None:
    origin = start_origin(behaviours.reflect)
    file = tmp_path / "mesh.yaml"
    file.write_text(MESH.format(port=origin.address[1]))
    engine = load([file]).engine
    dice = random.Random(7)
    requests = [draw(dice) for _ in range(REQUESTS)]
    answers = engine.answer([asked.question() for asked in requests])
    for gateway in GATEWAYS:
        proxy = start_proxy("-f", str(file), "--gateway", gateway, "--listen", "80=127.0.0.1:0")
        for asked, answer in zip(requests, answers, strict=True):
            if asked.gateway == gateway:
                with Client(proxy.address) as client:
                    client.send(asked.head())
                    compare(asked, answer, client.response())
    seen = {answer.outcome for answer in answers}
    assert seen == {
        "bad_request", "denied", "direct", "forward", "not_found", "redirect", "unavailable",
    }  # fmt: skip
