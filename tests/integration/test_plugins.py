"""Hooks decide, edit and observe; the ones that fail hurt nobody else."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from kit import behaviours, eventually
from kit.client import get

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kit import Origin, Proxy

    ProxyTo = Callable[..., tuple[Proxy, Origin]]
    Write = Callable[..., Path]

TIERS = ["@hookimpl(inline=True)", "@hookimpl"]


@pytest.mark.parametrize("mark", TIERS)
def test_authorize_denies_and_lets_pass(proxy_to: ProxyTo, plugin: Write, mark: str) -> None:
    path = plugin(f"""
from pymesh.hooks import deny, hookimpl

{mark}
def authorize(request, peer, route):
    assert request.method == "GET" and peer.client == "127.0.0.1" and route.service
    if request.headers.get("Authorization") != "Bearer sesame":
        return deny(401, "bad or missing token", {{"www-authenticate": "Bearer"}}, b"go away")
""")
    proxy, origin = proxy_to(behaviours.echo, "-p", str(path))
    with proxy.client() as client:
        response = client.get("/", "authorization: Bearer sesame")
        assert response.status == 200
        response = client.get("/denied")
        assert (response.status, response.body) == (401, b"go away")
        assert response.value("www-authenticate") == "Bearer"
        assert response.error == "bad or missing token"
        assert not response.closes
        assert client.get("/", "authorization: Bearer sesame").status == 200
    assert "/denied" not in origin.targets
    eventually(lambda: proxy.metrics().sum("istio_requests_total", response_flags="UAEX") == 1)


@pytest.mark.parametrize("mark", TIERS)
def test_a_denied_upload_is_not_forwarded(proxy_to: ProxyTo, plugin: Write, mark: str) -> None:
    path = plugin(f"from pymesh.hooks import deny, hookimpl\n{mark}\ndef authorize(request):\n"
                  "    if request.method == 'POST': return deny(403, 'no')\n")  # fmt: skip
    proxy, origin = proxy_to(behaviours.echo, "-p", str(path))
    with proxy.client() as client:
        assert client.post("/", b"x" * 100_000).status == 403
    assert get(proxy.address).status == 200
    assert [request.method for request in origin.requests] == ["GET"]


@pytest.mark.parametrize("mark", TIERS)
def test_on_request_and_on_response_edit(proxy_to: ProxyTo, plugin: Write, mark: str) -> None:
    path = plugin(f"""
from pymesh.hooks import hookimpl, respond

{mark}
def on_request(request):
    if request.path == "/ping":
        return respond(200, "pong", {{"x-from": "plugin"}})
    request.headers["x-client"] = "edited"
    request.headers.add("x-more", "1")
    request.headers.add("x-more", "2")
    del request.headers["x-internal"]

{mark}
def on_response(request, response):
    response.headers["x-path"] = request.path
    del response.headers["content-type"]
    response.status = 202
""")
    proxy, origin = proxy_to(behaviours.reflect, "-p", str(path))
    with proxy.client() as client:
        response = client.get("/a", "x-client: claimed", "x-internal: 1")
        assert response.status == 202
        assert response.value("x-path") == "/a"
        assert response.value("content-type") is None
        pairs = json.loads(response.body)["fields"]
        assert [value for name, value in pairs if name == "x-client"] == ["edited"]
        assert [value for name, value in pairs if name == "x-more"] == ["1", "2"]
        assert not [value for name, value in pairs if name == "x-internal"]
        response = client.get("/ping")
        assert (response.status, response.body) == (200, b"pong")
        assert response.value("x-from") == "plugin"
    assert origin.targets == ["/a"]


@pytest.mark.parametrize("mark", TIERS)
def test_route_chooses_a_service(
    start_origin: Callable[..., Origin], start_proxy: Callable[..., Proxy], plugin: Write, mark: str
) -> None:
    path = plugin(f"""
from pymesh.hooks import destination, hookimpl

{mark}
def route(request):
    wanted = request.headers.get("x-service")
    return destination(wanted) if wanted else None
""")
    one, two = (start_origin(behaviours.named(name)) for name in ("one", "two"))
    proxy = start_proxy("--to", f"one={one.to}", "--to", f"two={two.to}", "-p", str(path))
    for _ in range(5):
        assert get(proxy.address, "/", "x-service: two").body == b"two"
        assert get(proxy.address, "/", "x-service: one").body == b"one"
        assert get(proxy.address, "/", "x-service: default/two").body == b"two"
    assert get(proxy.address).status == 200
    assert get(proxy.address, "/", "x-service: nobody").status == 503


@pytest.mark.parametrize("mark", TIERS)
def test_no_hook_may_break_the_framing(proxy_to: ProxyTo, plugin: Write, mark: str) -> None:
    path = plugin(f"""
from pymesh.hooks import hookimpl

{mark}
def on_request(request):
    refused = 0
    for name, value in [("content-length", "1"), ("transfer-encoding", "chunked"), ("host", "x"),
                        ("connection", "close"), ("bad name", "x"), ("x-bad", "a\\r\\nb: c"),
                        ("x-nul", "a\\0b"), ("", "x")]:
        try:
            request.headers[name] = value
        except ValueError:
            refused += 1
    request.headers["x-refused"] = str(refused)
""")
    proxy, _ = proxy_to(behaviours.reflect, "-p", str(path))
    seen = json.loads(get(proxy.address).body)
    assert ["x-refused", "8"] in seen["fields"]


def test_telemetry_gets_every_request(proxy_to: ProxyTo, plugin: Write, tmp_path: Path) -> None:
    out = tmp_path / "records"
    path = plugin(f"""
from pymesh.hooks import hookimpl

@hookimpl
def telemetry(records):
    with open({str(out)!r}, "a") as file:
        for record in records:
            r = record
            print(r.method, r.path, r.status, r.flags, r.service, file=file)
""")
    proxy, _ = proxy_to(behaviours.echo, "-p", str(path))
    with proxy.client() as client:
        for number in range(100):
            assert client.get(f"/{number}").status == 200
    eventually(lambda: out.exists() and len(out.read_text().splitlines()) == 100)
    lines = out.read_text().splitlines()
    assert lines[7] == "GET /7 200 - default/upstream"
    assert proxy.stop() == 0


def test_telemetry_is_flushed_at_the_end(proxy_to: ProxyTo, plugin: Write, tmp_path: Path) -> None:
    out = tmp_path / "count"
    path = plugin(f"""
from pymesh.hooks import hookimpl

class Counter:
    def __init__(self):
        self.count = 0
    @hookimpl
    def telemetry(self, records):
        self.count += len(records)
    def close(self):
        open({str(out)!r}, "w").write(str(self.count))
""")
    proxy, _ = proxy_to(behaviours.echo, "-p", str(path))
    with proxy.client() as client:
        for _ in range(37):
            assert client.get().status == 200
    assert proxy.stop() == 0
    assert out.read_text() == "37"


FAILING = {
    "raises": "raise RuntimeError('secret detail')",
    "returns nonsense": "return 7",
    "returns a class": "return str",
    "returns a generator": "return (x for x in ())",
    "raises what is no Exception": "raise SystemExit(3)",
    "raises KeyboardInterrupt": "raise KeyboardInterrupt",
    "recurses for ever": "return authorize(request)",
}


@pytest.mark.parametrize("mark", TIERS)
@pytest.mark.parametrize("failing", FAILING)
def test_a_failing_authorize_denies_and_is_counted(
    proxy_to: ProxyTo, plugin: Write, mark: str, failing: str
) -> None:
    path = plugin(f"""
from pymesh.hooks import hookimpl

{mark}
def authorize(request):
    if request.path == "/fails":
        {FAILING[failing]}
""")
    proxy, origin = proxy_to(behaviours.echo, "-p", str(path))
    with proxy.client() as client:
        for _ in range(20):
            response = client.get("/fails")
            assert response.status == 403
            assert response.error == "plugin_failed"
            assert b"secret" not in response.body
            assert client.get("/good").status == 200
    assert "/fails" not in origin.targets
    proxy.logged("authorize", f"{path}:", "plugin")
    lines = [line for line in proxy.stderr if f"{path}:" in line and "authorize" in line]
    assert len(lines) <= 3, "one rate-limited line"
    failures = sum(
        sample.value
        for sample in proxy.metrics().samples
        if sample.name == "pymesh_hook_calls_total"
        and sample.labels.get("hook") == "authorize"
        and sample.labels.get("outcome") not in ("ok", "none", "continue", "allow", "deny")
    )
    assert failures == 20
    assert proxy.stop() == 0


@pytest.mark.parametrize("policy", ["allow", "skip"])
def test_a_failure_policy_can_let_pass(proxy_to: ProxyTo, plugin: Write, policy: str) -> None:
    path = plugin(f"""
from pymesh.hooks import hookimpl

@hookimpl(inline=True, on_failure={policy!r})
def authorize(request):
    raise RuntimeError
""")
    proxy, _ = proxy_to(behaviours.echo, "-p", str(path))
    assert get(proxy.address).status == 200


def test_a_failing_on_response_is_skipped(proxy_to: ProxyTo, plugin: Write) -> None:
    path = plugin("""
from pymesh.hooks import hookimpl

@hookimpl(inline=True)
def on_response(response):
    raise RuntimeError
""")
    proxy, _ = proxy_to(behaviours.echo, "-p", str(path))
    assert get(proxy.address).status == 200


def test_a_hanging_hook_is_refused_at_its_deadline_and_others_are_served(
    proxy_to: ProxyTo, plugin: Write
) -> None:
    path = plugin("""
import time
from pymesh.hooks import hookimpl

@hookimpl(deadline="200ms")
def authorize(request):
    if request.path == "/hangs":
        while True:
            time.sleep(0.01)
""")
    proxy, origin = proxy_to(behaviours.echo, "-p", str(path))
    with proxy.client() as client:
        start = time.monotonic()
        response = client.get("/hangs")
        took = time.monotonic() - start
        assert (response.status, response.error) == (403, "plugin_failed")
        assert 0.15 < took < 5
    eventually(lambda: get(proxy.address, "/good").status == 200, "the dispatcher is free again")
    assert "/hangs" not in origin.targets
    proxy.logged("authorize", f"{path}:")
    assert proxy.stop() == 0


def test_requests_without_python_do_not_wait_for_one_that_hangs(
    proxy_to: ProxyTo, plugin: Write
) -> None:
    """A C call that holds the dispatcher, and the lock of the interpreter with it."""
    path = plugin("""
from pymesh.hooks import hookimpl

@hookimpl
def telemetry(records):
    # Holds the interpreter's lock in one long C call.
    sum(range(30_000_000))
""")
    proxy, _ = proxy_to(behaviours.echo, "-p", str(path), "--workers", "1")
    with proxy.client() as client:
        took = []
        for _ in range(400):
            start = time.monotonic()
            assert client.get().status == 200
            took.append(time.monotonic() - start)
    took.sort()
    assert took[len(took) // 2] < 0.05


def test_a_call_that_cannot_be_stopped_is_refused_and_waited_out(
    proxy_to: ProxyTo, plugin: Write
) -> None:
    """Python cannot interrupt a C call; until it ends every request that needs it fails in time."""
    path = plugin("""
import time
from pymesh.hooks import hookimpl

@hookimpl(deadline="100ms")
def authorize(request):
    if request.path == "/blocks":
        time.sleep(1.5)
""")
    proxy, origin = proxy_to(behaviours.echo, "-p", str(path))
    with proxy.client() as client:
        for target in ("/blocks", "/a", "/b", "/c"):
            start = time.monotonic()
            assert client.get(target).status == 403
            assert time.monotonic() - start < 1
        eventually(lambda: client.get("/good").status == 200, "it is called again")
    assert "/blocks" not in origin.targets
    assert proxy.stop() == 0


def test_a_client_that_leaves_a_hook_behind_harms_nobody(proxy_to: ProxyTo, plugin: Write) -> None:
    path = plugin("""
import time
from pymesh.hooks import hookimpl

@hookimpl(deadline="10s")
def authorize(request):
    if request.path == "/slow":
        time.sleep(0.05)
""")
    proxy, origin = proxy_to(behaviours.echo, "-p", str(path))
    for _ in range(10):
        with proxy.client() as client:
            client.send("GET /slow HTTP/1.1\r\nhost: test\r\n\r\n")
            client.reset()
    assert get(proxy.address, "/good").status == 200
    eventually(lambda: proxy.metrics().sum("pymesh_requests_active") == 0)
    assert origin.targets.count("/good") == 1
    assert proxy.stop() == 0


@pytest.mark.parametrize("how", ["time.sleep(3)", "while True: pass", "raise RuntimeError"])
def test_telemetry_that_fails_disturbs_no_request(
    proxy_to: ProxyTo, plugin: Write, how: str
) -> None:
    path = plugin(f"""
import time
from pymesh.hooks import hookimpl

@hookimpl
def telemetry(records):
    {how}
""")
    proxy, _ = proxy_to(behaviours.echo, "-p", str(path))
    with proxy.client() as client:
        for _ in range(500):
            assert client.get().status == 200
    proxy.logged("telemetry", f"{path}:")
    assert proxy.stop() == 0


def test_the_first_decision_wins(proxy_to: ProxyTo, plugin: Write) -> None:
    def code(status: int) -> str:
        return f"""
from pymesh.hooks import allow, deny, hookimpl

@hookimpl(inline=True)
def authorize(request):
    return allow() if request.path == "/allow-{status}" else deny({status}, "no")
"""

    one, two = plugin(code(401), "one"), plugin(code(402), "two")
    proxy, _ = proxy_to(behaviours.echo, "-p", str(one), "-p", str(two))
    assert get(proxy.address).status == 402, "the plugin given last is asked first"
    assert get(proxy.address, "/allow-402").status == 200
    assert get(proxy.address, "/allow-401").status == 402


def test_a_plugin_that_blocks_inline_is_named_and_moved(proxy_to: ProxyTo, plugin: Write) -> None:
    path = plugin("""
import time
from pymesh.hooks import hookimpl

@hookimpl(inline=True)
def authorize(request):
    if request.path == "/blocks":
        time.sleep(0.3)
""")
    proxy, _ = proxy_to(behaviours.echo, "-p", str(path))
    with proxy.client() as client:
        client.get("/blocks")
        proxy.logged("authorize", f"{path}:")
        for _ in range(20):
            assert client.get("/good").status == 200


def test_a_kept_view_never_shows_another_request(proxy_to: ProxyTo, plugin: Write) -> None:
    """Where the call was inline it raises; where the dispatcher made it, it still shows its own."""
    path = plugin("""
from pymesh.hooks import hookimpl, respond

kept = []

@hookimpl(inline=True)
def on_request(request):
    if request.path == "/use":
        said = []
        for view, headers in kept:
            for use in (lambda: view.path, lambda: headers.get("x-path"), lambda: view.query):
                try:
                    said.append(use() or "-")
                except RuntimeError as error:
                    said.append(type(error).__name__)
        return respond(200, " ".join(said))
    kept.append((request, request.headers))
""")
    proxy, _ = proxy_to(behaviours.echo, "-p", str(path), "--workers", "1")
    with proxy.client() as client:
        for _ in range(10):
            assert client.get("/keep", "x-path: /keep").status == 200
        said = client.get("/use?secret", "x-path: /secret").body.decode().split()
        assert len(said) == 30
        assert set(said) <= {"RuntimeError", "/keep", "-"}
        assert "RuntimeError" in said
        assert client.get("/other").status == 200


def test_plugins_run_in_the_order_that_pluggy_gives(proxy_to: ProxyTo, plugin: Write) -> None:
    def code(name: str, extra: str = "") -> str:
        return f"""
from pymesh.hooks import hookimpl

@hookimpl(inline=True{extra})
def on_request(request):
    request.headers["x-order"] = (request.headers.get("x-order") or "") + "{name}"

@hookimpl(inline=True)
def on_response(response):
    response.headers["x-order"] = (response.headers.get("x-order") or "") + "{name}"
"""

    paths = [
        plugin(code("a"), "a"), plugin(code("b"), "b"), plugin(code("c", ", trylast=True"), "c"),
    ]  # fmt: skip
    flags = [word for path in paths for word in ("-p", str(path))]
    proxy, _ = proxy_to(behaviours.reflect, *flags)
    response = get(proxy.address)
    assert ["x-order", "bac"] in json.loads(response.body)["fields"]
    assert response.value("x-order") == "abc"


def test_the_bundled_plugins_are_found_by_name(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(
        behaviours.echo,
        "-p",
        "header-auth",
        "--plugin-config",
        'header-auth={"tokens": ["sesame"]}',
    )
    assert get(proxy.address).status == 401
    assert get(proxy.address, "/", "authorization: Bearer sesame").status == 200
    config = proxy.page("/config").body.decode()
    assert "sesame" not in config, "secrets are not shown"


def test_the_plugins_page_shows_hooks_and_tiers(proxy_to: ProxyTo, plugin: Write) -> None:
    path = plugin("""
from pymesh.hooks import hookimpl

@hookimpl(inline=True)
def authorize(request):
    pass

@hookimpl
def telemetry(records):
    pass
""")
    proxy, _ = proxy_to(behaviours.echo, "-p", str(path))
    page = proxy.page("/plugins").body.decode()
    assert "authorize" in page
    assert "telemetry" in page
    assert "inline" in page
