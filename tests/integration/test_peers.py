"""Real nginx as the origin and real curl as the client."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from kit import Proxy, behaviours, eventually
from kit.client import Client
from kit.origin import refused_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kit import Origin

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
CURL = shutil.which("curl")

needs_nginx = pytest.mark.skipif(not NGINX, reason="nginx is not installed")
needs_curl = pytest.mark.skipif(not CURL, reason="curl is not installed")

SIZE = 20 * 1024 * 1024


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """An nginx that serves a folder; its address and the folder."""
    folder = tmp_path_factory.mktemp("nginx")
    files = folder / "files"
    files.mkdir()
    (files / "small").write_text("small\n")
    (files / "large").write_bytes(bytes(range(256)) * (SIZE // 256))
    (files / "page.html").write_text("<p>" + "text " * 10_000)
    folder.chmod(0o755)
    port = refused_port()
    (folder / "nginx.conf").write_text(f"""
daemon off;
master_process off;
pid {folder}/pid;
error_log stderr;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_max_body_size 100m;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  gzip on; gzip_types text/html; gzip_min_length 1;
  server {{
    listen 127.0.0.1:{port};
    root {files};
    location /status/ {{ return 404 "nothing\\n"; }}
    location /moved {{ return 301 /small; }}
    location /few {{ keepalive_requests 1; try_files /small =404; }}
    location /limited {{ client_max_body_size 1k; return 200 "read\\n"; }}
  }}
}}
""")
    with (folder / "log").open("wb") as log:
        command = [str(NGINX), "-e", "stderr", "-c", str(folder / "nginx.conf")]
        process = subprocess.Popen(command, stderr=log)
    try:
        eventually(lambda: _answers(port), "nginx listens")
        yield f"127.0.0.1:{port}", files
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def before_nginx(nginx: tuple[str, Path]) -> Iterator[Proxy]:
    """A proxy before it."""
    with Proxy("--to", nginx[0], "--workers", "1") as proxy:
        yield proxy


def curl(*words: str, data: bytes = b"") -> str:
    """Runs curl and returns what it prints."""
    command = [str(CURL), "--silent", "--show-error", "--max-time", "30", *words]
    run = subprocess.run(command, input=data, capture_output=True, check=False)
    assert run.returncode == 0, (run.returncode, run.stderr)
    return run.stdout.decode()


def url(proxy: Proxy, path: str) -> str:
    return "http://{}:{}{}".format(*proxy.address, path)


@needs_nginx
def test_files_of_nginx_arrive_whole(before_nginx: Proxy, nginx: tuple[str, Path]) -> None:
    with before_nginx.client() as client:
        for _ in range(3):
            assert client.get("/small").body == b"small\n"
            large = client.get("/large").body
            assert hashlib.sha256(large).digest() == _digest(nginx[1] / "large")
            assert client.get("/missing").status == 404
            assert client.ask("HEAD", "/large").value("content-length") == str(SIZE)


@needs_nginx
def test_conditional_and_partial_answers_of_nginx(before_nginx: Proxy) -> None:
    with before_nginx.client() as client:
        etag = client.get("/small").value("etag")
        response = client.get("/small", f"if-none-match: {etag}")
        assert (response.status, response.body) == (304, b"")
        response = client.get("/large", "range: bytes=256-259")
        assert (response.status, response.body) == (206, bytes([0, 1, 2, 3]))
        response = client.get("/moved")
        assert response.status == 301
        response = client.get("/page.html", "accept-encoding: gzip")
        assert response.value("content-encoding") == "gzip"
        assert response.chunked


@needs_nginx
def test_nginx_closing_after_each_request_fails_none(before_nginx: Proxy) -> None:
    with before_nginx.client() as client:
        for _ in range(50):
            assert client.get("/few").body == b"small\n"


@needs_nginx
def test_nginx_refusing_an_upload_early_is_heard(before_nginx: Proxy) -> None:
    with before_nginx.client() as client:
        client.send("POST /limited HTTP/1.1\r\nhost: test\r\ncontent-length: 1000000\r\n\r\n")
        assert client.response().status == 413


@needs_curl
def test_curl_gets_and_posts(proxy_to: Callable[..., tuple[Proxy, Origin]]) -> None:
    proxy, origin = proxy_to(behaviours.echo)
    assert curl(url(proxy, "/get")) == ""
    assert curl("--data", "form=1", url(proxy, "/post")) == "form=1"
    assert curl("--request", "DELETE", "--write-out", "%{http_code}", url(proxy, "/")) == "200"
    assert curl("--head", url(proxy, "/")).startswith("HTTP/1.1 200")
    assert origin.targets[:2] == ["/get", "/post"]


@needs_curl
def test_curl_keeps_its_connection(proxy_to: Callable[..., tuple[Proxy, Origin]]) -> None:
    proxy, _ = proxy_to(behaviours.echo)
    counts = curl("--write-out", "%{num_connects} ", *[url(proxy, f"/{n}") for n in range(5)])
    assert counts.split() == ["1", "0", "0", "0", "0"]


@needs_curl
@pytest.mark.parametrize(
    "how",
    [
        (),
        ("--http1.0",),
        ("--header", "transfer-encoding: chunked"),
        ("--header", "expect: 100-continue"),
    ],
)
def test_curl_uploads_in_every_way(
    proxy_to: Callable[..., tuple[Proxy, Origin]], how: tuple[str, ...]
) -> None:
    proxy, _ = proxy_to(behaviours.echo)
    data = b"0123456789" * 300_000
    assert curl(*how, "--data-binary", "@-", url(proxy, "/"), data=data) == data.decode()


@needs_curl
@needs_nginx
def test_curl_through_the_proxy_to_nginx(
    before_nginx: Proxy, tmp_path: Path, nginx: tuple[str, Path]
) -> None:
    out = tmp_path / "large"
    curl("--output", str(out), url(before_nginx, "/large"))
    assert _digest(out) == _digest(nginx[1] / "large")
    assert "<p>text" in curl("--compressed", url(before_nginx, "/page.html"))
    assert curl("--location", url(before_nginx, "/moved")) == "small\n"
    for _ in range(2):
        assert curl("--http1.0", url(before_nginx, "/page.html")).startswith("<p>text")


@needs_curl
def test_curl_says_what_went_wrong(start_proxy: Callable[..., Proxy]) -> None:
    proxy = start_proxy("--to", f"127.0.0.1:{refused_port()}")
    shown = curl("--include", url(proxy, "/"))
    assert "x-pymesh-error: connect_failed" in shown.lower()


def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


def _answers(port: int) -> bool:
    try:
        with Client(("127.0.0.1", port)) as client:
            return client.get("/small").status == 200
    except OSError:
        return False
