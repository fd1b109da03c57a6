"""A gateway from files: policies, routes, actions, plugins, and files that change under load."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from kit import Origin, Proxy, RefusedError, behaviours
from kit.client import get
from kit.load import Load
from kit.proxy import COMMAND, environment
from kit.wait import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

GATEWAY = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: pymesh
  listeners: [{name: http, port: 80, protocol: HTTP}]
"""

ROUTE = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: web}]
  rules:
"""

FORWARD = """
  - backendRefs: [{name: web, port: 80}]
"""

DENY = """
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: no-admin, namespace: shop}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: web}]
  action: DENY
  rules: [{to: [{operation: {paths: ["/admin*"]}}]}]
"""


def service(name: str, *addresses: tuple[str, int]) -> str:
    """A service with endpoints."""
    slices = [
        f"""
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: {name}-{number}, namespace: shop, labels: {{kubernetes.io/service-name: {name}}}}}
addressType: IPv4
ports: [{{name: http, port: {port}}}]
endpoints: [{{addresses: [{host}]}}]
"""
        for number, (host, port) in enumerate(addresses)
    ]
    head = f"""
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: shop}}
spec: {{ports: [{{name: http, port: 80}}], selector: {{app: {name}}}}}
"""
    return "---".join([head, *slices])


def has_more(origin: Origin, before: int) -> bool:
    """Whether it has had more than so many requests."""
    return len(origin.requests) > before


class Mesh:
    """A folder of resources."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def write(self, **files: str) -> None:
        """Writes files as an editor does: whole, under another name, then renamed."""
        for name, text in files.items():
            new = self.folder / f".{name}.new"
            new.write_text(text)
            new.rename(self.folder / f"{name}.yaml")


@pytest.fixture
def mesh(tmp_path: Path) -> Mesh:
    """An empty folder."""
    return Mesh(tmp_path / "mesh")


@pytest.fixture
def serve(mesh: Mesh, start_proxy: Callable[..., Proxy]) -> Callable[..., Proxy]:
    """Starts a proxy that serves the folder."""

    def start(*flags: str) -> Proxy:
        return start_proxy("-f", str(mesh.folder), *flags)

    return start


def test_a_policy_denies_before_anything_else_and_says_so_in_the_audit_log(
    mesh: Mesh, serve: Callable[..., Proxy], start_origin: Callable[..., Origin], tmp_path: Path
) -> None:
    origin = start_origin()
    log = tmp_path / "audit.log"
    mesh.write(gateway=GATEWAY, route=ROUTE + FORWARD, policy=DENY)
    mesh.write(service=service("web", origin.address))
    proxy = serve("--audit-log", str(log))
    assert get(proxy.address, "/").status == 200
    refused = get(proxy.address, "//x/../admin/users", "x-request-id: r-1")
    assert (refused.status, refused.error) == (403, "denied")
    assert len(origin.requests) == 1
    metrics = proxy.metrics()
    name = "pymesh_authorization_decisions_total"
    assert metrics.sum(name, decision="deny", policy="shop/no-admin") == 1
    proxy.terminate()
    proxy.wait()
    (entry,) = [json.loads(line) for line in log.read_text().splitlines()]
    assert entry["decision"] == "deny"
    assert (entry["policy"], entry["rule"]) == ("shop/no-admin", 0)
    assert (entry["path"], entry["request_id"]) == ("/admin/users", "r-1")
    command = [*COMMAND, "audit", "verify", str(log)]
    verified = subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment()
    )
    assert verified.stdout == f"{log}: the chain holds: 1 entries (1 to 1) in 1 file\n"


def test_grants_are_written_if_asked_for_and_old_files_are_put_aside(
    mesh: Mesh, serve: Callable[..., Proxy], start_origin: Callable[..., Origin], tmp_path: Path
) -> None:
    log = tmp_path / "audit.log"
    mesh.write(gateway=GATEWAY, route=ROUTE + FORWARD, policy=DENY)
    mesh.write(service=service("web", start_origin().address))
    flags = ("--audit-log-grants", "--audit-log-size", "64KiB", "--audit-log-files", "3")
    proxy = serve("--audit-log", str(log), *flags)
    client = proxy.client()
    for _ in range(300):
        assert client.get("/").status == 200
    proxy.terminate()
    proxy.wait()
    assert (tmp_path / "audit.log.1").exists()
    command = [*COMMAND, "audit", "verify", str(log), "-o", "json"]
    verified = subprocess.run(command, capture_output=True, check=True, env=environment())
    found = json.loads(verified.stdout)
    assert (found["entries"], found["first"], found["last"]) == (300, 1, 300)
    assert json.loads(log.read_text().splitlines()[-1])["decision"] == "allow"


def test_rules_redirect_rewrite_and_edit(
    mesh: Mesh, serve: Callable[..., Proxy], start_origin: Callable[..., Origin]
) -> None:
    origin = start_origin(behaviours.reflect)
    rules = """
  - matches: [{path: {type: PathPrefix, value: /old}}]
    filters:
    - type: RequestRedirect
      requestRedirect:
        hostname: new.example
        path: {type: ReplacePrefixMatch, replacePrefixMatch: /new}
        statusCode: 301
  - matches: [{path: {type: PathPrefix, value: /api}}]
    filters:
    - type: URLRewrite
      urlRewrite:
        hostname: inner.example
        path: {type: ReplacePrefixMatch, replacePrefixMatch: /v2}
    - type: RequestHeaderModifier
      requestHeaderModifier: {set: [{name: x-set, value: mesh}], remove: [x-gone]}
    - type: ResponseHeaderModifier
      responseHeaderModifier: {add: [{name: x-added, value: mesh}]}
    backendRefs: [{name: web, port: 80}]
"""
    mesh.write(gateway=GATEWAY, route=ROUTE + rules, service=service("web", origin.address))
    proxy = serve()
    moved = get(proxy.address, "/old/a?b=c")
    assert (moved.status, moved.value("location")) == (301, "http://new.example/new/a?b=c")
    answer = get(proxy.address, "/api/things?q=1", "x-gone: 1", "x-set: client")
    assert answer.value("x-added") == "mesh"
    sent = origin.requests[-1]
    assert sent.target == "/v2/things?q=1"
    assert sent.values("host") == ["inner.example"]
    assert sent.values("x-set") == ["mesh"]
    assert sent.values("x-gone") == []
    # What a client puts into the path cannot climb out of where the rule puts it.
    assert get(proxy.address, "/api/..;/secret").status in (400, 404)
    assert get(proxy.address, "/elsewhere").error == "no_route"


def test_a_backend_that_cannot_be_resolved_is_answered_500(
    mesh: Mesh, serve: Callable[..., Proxy]
) -> None:
    rule = "\n  - backendRefs: [{name: missing, port: 80}]\n"
    mesh.write(gateway=GATEWAY, route=ROUTE + rule)
    answer = get(serve().address, "/")
    assert (answer.status, answer.error) == (500, "unresolved_destination")


def test_a_custom_policy_asks_the_plugin_that_serves_its_provider(
    mesh: Mesh,
    serve: Callable[..., Proxy],
    start_origin: Callable[..., Origin],
    plugin: Callable[..., Path],
) -> None:
    code = """
from pymesh.hooks import deny, hookimpl

@hookimpl
def authorize(request):
    if request.headers.get("x-token") != "open-sesame":
        return deny(401, "bad token")
"""
    custom = f"""
apiVersion: mesh.pymesh.dev/v1alpha1
kind: Plugin
metadata: {{name: tokens, namespace: istio-system}}
spec: {{source: {plugin(code, "tokens")}, provider: tokens}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: private, namespace: shop}}
spec:
  targetRefs: [{{group: gateway.networking.k8s.io, kind: Gateway, name: web}}]
  action: CUSTOM
  provider: {{name: tokens}}
  rules: [{{to: [{{operation: {{paths: ["/private*"]}}}}]}}]
"""
    mesh.write(gateway=GATEWAY, route=ROUTE + FORWARD, custom=custom)
    mesh.write(service=service("web", start_origin().address))
    proxy = serve()
    assert get(proxy.address, "/").status == 200, "the plugin is asked for nothing else"
    refused = get(proxy.address, "/private/x")
    assert (refused.status, refused.error) == (401, "bad token")
    assert get(proxy.address, "/private/x", "x-token: open-sesame").status == 200
    metrics = proxy.metrics()
    decided = "pymesh_authorization_decisions_total"
    assert metrics.sum(decided, decision="deny", policy="shop/private") == 1


def test_plugins_follow_the_files(
    mesh: Mesh,
    serve: Callable[..., Proxy],
    start_origin: Callable[..., Origin],
    plugin: Callable[..., Path],
) -> None:
    code = """
from pymesh.hooks import deny, hookimpl

class Gate:
    def __init__(self, config):
        self.path = config["path"]

    @hookimpl
    def authorize(self, request):
        if request.path == self.path:
            return deny(403, "closed")
"""
    gate = f"""
apiVersion: mesh.pymesh.dev/v1alpha1
kind: Plugin
metadata: {{name: gate, namespace: shop}}
spec: {{source: {plugin(code, "gate")}, config: {{path: /first}}}}
"""
    mesh.write(gateway=GATEWAY, route=ROUTE + FORWARD, plugin=gate)
    mesh.write(service=service("web", start_origin().address))
    proxy = serve()
    assert get(proxy.address, "/first").error == "closed"
    mesh.write(plugin=gate.replace("/first", "/second"))
    eventually(lambda: get(proxy.address, "/second").status == 403, "the new configuration")
    assert get(proxy.address, "/first").status == 200

    mesh.write(plugin=gate.replace("path: /first", "way: /third"))
    proxy.logged("plugins could not be loaded")
    eventually(lambda: proxy.metrics().sum("pymesh_config_refused") == 1, "a refusal")
    assert get(proxy.address, "/second").status == 403, "the last good one stays"

    (mesh.folder / "plugin.yaml").unlink()
    eventually(lambda: get(proxy.address, "/second").status == 200, "no plugin any more")
    assert proxy.metrics().sum("pymesh_config_refused") == 0


def test_a_good_edit_is_served_and_a_bad_one_keeps_the_last_good_one(
    mesh: Mesh, serve: Callable[..., Proxy], start_origin: Callable[..., Origin]
) -> None:
    mesh.write(gateway=GATEWAY, route=ROUTE + FORWARD, policy=DENY)
    mesh.write(service=service("web", start_origin().address))
    proxy = serve()
    assert get(proxy.address, "/secret").status == 200
    mesh.write(policy=DENY.replace("/admin", "/secret"))
    eventually(lambda: get(proxy.address, "/secret").status == 403, "the new policy")
    assert get(proxy.address, "/admin").status == 200

    mesh.write(policy=DENY.replace("DENY", "DENNY"))
    proxy.logged("policy.yaml:7:11", "DENNY")
    eventually(lambda: proxy.metrics().sum("pymesh_config_refused") == 1, "a refusal")
    assert get(proxy.address, "/secret").status == 403
    state = json.loads(proxy.page("/config").body)["state"]
    assert state["refused"]["revision"] > state["revision"]
    assert state["refused"]["findings"][0]["line"] == 7
    metrics = proxy.metrics()
    assert metrics.sum("pymesh_config_refused_total") == 1

    mesh.write(policy=DENY)
    eventually(lambda: get(proxy.address, "/admin").status == 403, "the mended policy")
    assert proxy.metrics().sum("pymesh_config_refused") == 0


def test_edits_under_load_fail_no_request(
    mesh: Mesh, serve: Callable[..., Proxy], start_origin: Callable[..., Origin]
) -> None:
    first, second = start_origin(), start_origin()
    mesh.write(gateway=GATEWAY, route=ROUTE + FORWARD)
    mesh.write(service=service("web", first.address))
    proxy = serve()
    with Load(lambda: proxy.address) as load:
        for turn in range(10):
            origin = second if turn % 2 == 0 else first
            before = len(origin.requests)
            mesh.write(service=service("web", origin.address))
            eventually(partial(has_more, origin, before), "requests at the other")
    assert load.failures == []
    assert load.good > 10


def test_the_translator_is_started_again_when_it_dies(
    mesh: Mesh, serve: Callable[..., Proxy], start_origin: Callable[..., Origin]
) -> None:
    mesh.write(gateway=GATEWAY, route=ROUTE + FORWARD)
    mesh.write(service=service("web", start_origin().address))
    proxy = serve()
    main = proxy.process.pid
    (child,) = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    os.kill(int(child), signal.SIGKILL)
    proxy.logged("the translator has ended")
    assert get(proxy.address, "/").status == 200
    mesh.write(policy=DENY)
    eventually(lambda: get(proxy.address, "/admin").status == 403, "an edit after the restart")
    assert proxy.metrics().sum("pymesh_config_source_up") == 1


def test_wrong_files_are_refused_at_the_start(
    mesh: Mesh, start_proxy: Callable[..., Proxy]
) -> None:
    mesh.write(policy=DENY.replace("DENY", "DENNY"))
    with pytest.raises(RefusedError) as caught:
        start_proxy("-f", str(mesh.folder))
    assert caught.value.exit_code == 65
    assert "policy.yaml:7:11" in caught.value.stderr
    assert "[refused-files]" in caught.value.stderr
    assert "Traceback" not in caught.value.stderr


def test_labels_and_gateways_choose_what_is_served(
    mesh: Mesh, start_proxy: Callable[..., Proxy]
) -> None:
    mesh.write(gateway=GATEWAY, route=ROUTE + "\n  - matches: [{path: {value: /x}}]\n")
    for flags, words in (
        (("--gateway", "shop/wbe"), "did you mean shop/web?"),
        (("--listen", "81=127.0.0.1:0"), "the HTTP ports are 80"),
    ):
        with pytest.raises(RefusedError) as caught:
            start_proxy("-f", str(mesh.folder), *flags)
        assert caught.value.exit_code == 64
        assert words in caught.value.stderr
    proxy = start_proxy("-f", str(mesh.folder), "--gateway", "shop/web", "--label", "app=edge")
    assert get(proxy.address, "/").error == "no_route"
