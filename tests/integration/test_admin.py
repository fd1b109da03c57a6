"""The admin pages: who may see and change what."""

from __future__ import annotations

import json
import os
import socket
import stat
from typing import TYPE_CHECKING

import pytest
from kit import RefusedError, behaviours, eventually
from kit.client import Client, get
from kit.message import Reader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kit import Origin, Proxy

    ProxyTo = Callable[..., tuple[Proxy, Origin]]

BEARER = "authorization: Bearer open-sesame"


@pytest.fixture
def proxy(proxy_to: ProxyTo) -> Proxy:
    return proxy_to(behaviours.echo, PYMESH_ADMIN_TOKEN="open-sesame")[0]


def test_pages_answer(proxy: Proxy) -> None:
    assert get(proxy.address).status == 200
    assert proxy.page("/live").status == 200
    assert proxy.page("/ready").status == 200
    assert proxy.page("/nothing").status == 404
    for path in ("/config", "/clusters", "/plugins", "/logging"):
        page = proxy.page(path)
        assert page.status == 200, path
        assert json.loads(page.body), path
        assert page.value("x-content-type-options") == "nosniff"
        assert page.value("content-security-policy")


def test_config_shows_what_is_in_force_without_secrets(proxy: Proxy) -> None:
    page = proxy.page("/config")
    config = json.loads(page.body)
    assert config["documents"]["services"]
    assert config["settings"]
    assert b"open-sesame" not in page.body


def test_clusters_show_endpoints_and_what_they_did(proxy_to: ProxyTo) -> None:
    proxy, origin = proxy_to(behaviours.echo, "--workers", "1")
    for _ in range(3):
        assert get(proxy.address).status == 200

    def endpoint() -> dict[str, object]:
        (cluster,) = json.loads(proxy.page("/clusters").body)["clusters"]
        assert cluster["name"] == "default/upstream"
        (one,) = cluster["endpoints"]
        assert one["address"] == origin.to
        return dict(one)

    eventually(lambda: endpoint()["requests"] == {"active": 0, "total": 3, "failed": 0})
    eventually(lambda: endpoint()["connections"] == {"open": 1, "idle": 1})


@pytest.mark.parametrize("path", ["/drain", "/logging?level=debug"])
def test_changes_need_post_and_the_token(proxy: Proxy, path: str) -> None:
    if path == "/drain":
        assert proxy.page(path).status == 405
    assert proxy.page(path, "POST").status == 401
    assert proxy.page(path, "POST", "authorization: Bearer wrong").status == 401
    assert proxy.page(path, "POST", "authorization: Basic open-sesame").status == 401
    assert proxy.page("/ready").status == 200


def test_without_a_token_nothing_can_be_changed_over_tcp(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(behaviours.echo)
    assert proxy.page("/drain", "POST").status in (401, 403)
    assert proxy.page("/drain", "POST", "authorization: Bearer ").status in (401, 403)
    assert proxy.page("/ready").status == 200


def test_the_log_level_can_be_changed(proxy: Proxy) -> None:
    assert proxy.page("/logging?level=debug", "POST", BEARER).status == 200
    assert json.loads(proxy.page("/logging").body)["level"] == "debug"
    assert proxy.page("/logging?level=nonsense", "POST", BEARER).status == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(proxy: Proxy, method: str) -> None:
    assert proxy.page("/config", method, BEARER).status == 405


@pytest.mark.parametrize("host", ["evil.example", "evil.example:15000", "127.0.0.1.evil.example"])
def test_a_name_that_is_not_ours_is_refused(proxy: Proxy, host: str) -> None:
    """A web page cannot reach the admin pages by letting its own name point here."""
    address, _, port = proxy.admin.rpartition(":")
    with Client((address, int(port))) as client:
        response = client.ask("GET", "/config", f"host: {host}")
        assert response.status in (400, 403, 421)
        assert b"settings" not in response.body


@pytest.mark.parametrize("address", ["0.0.0.0:0", ":::0", "[::]:0", "192.0.2.1:0"])
def test_an_address_others_can_reach_is_refused(
    start_proxy: Callable[..., Proxy], address: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        start_proxy("--to", "127.0.0.1:9", admin=address)
    assert refused.value.exit_code == 64
    assert "Traceback" not in refused.value.stderr


def test_a_unix_socket_is_private_and_needs_no_token(proxy_to: ProxyTo, tmp_path: Path) -> None:
    path = tmp_path / "admin.sock"
    proxy, _ = proxy_to(behaviours.echo, admin=f"unix:{path}")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600

    def ask(method: str, target: str) -> int:
        with socket.socket(socket.AF_UNIX) as stream:
            stream.settimeout(10)
            stream.connect(str(path))
            stream.sendall(f"{method} {target} HTTP/1.1\r\nhost: any\r\n\r\n".encode())
            head = Reader(stream).head()
            assert head
            return head.status

    assert ask("GET", "/ready") == 200
    assert ask("POST", "/logging?level=info") == 200
    assert proxy.stop() == 0
    assert not path.exists(), "the socket is taken away at the end"


def test_admin_can_be_off(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(behaviours.echo, admin="off")
    assert proxy.admin is None
    assert get(proxy.address).status == 200


def test_an_overloaded_proxy_still_answers(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(behaviours.echo, "--max-connections", "2")
    clients = [proxy.client() for _ in range(5)]
    assert proxy.page("/ready").status == 200
    assert proxy.page("/metrics").status == 200
    for client in clients:
        client.close()


def test_garbage_does_not_hurt_the_admin_pages(proxy: Proxy) -> None:
    address, _, port = proxy.admin.rpartition(":")
    for data in (b"\x00" * 100, b"GET /config\r\n\r\n", b"x" * 100_000):
        with Client((address, int(port))) as client:
            try:
                client.send(data)
                client.finish()
                client.rest()
            except OSError:
                pass
    assert proxy.page("/ready").status == 200
