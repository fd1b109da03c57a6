"""The access log: one line for each request, whatever the request contains."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from kit import behaviours, eventually
from kit.client import get
from kit.origin import refused_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kit import Origin, Proxy

    ProxyTo = Callable[..., tuple[Proxy, Origin]]


def lines_of(path: Path, count: int) -> list[str]:
    """Waits for `count` lines and returns them all."""
    eventually(lambda: path.exists() and path.read_bytes().count(b"\n") >= count, f"{count} lines")
    return path.read_text().splitlines()


def test_json_lines_say_what_happened(proxy_to: ProxyTo, tmp_path: Path) -> None:
    log = tmp_path / "log"
    proxy, origin = proxy_to(
        behaviours.echo, "--access-log", str(log), "--access-log-format", "json"
    )
    with proxy.client() as client:
        client.post("/path?query=1", b"hello", "user-agent: kit/1", "host: shop.test")
        address = client.address
    (line,) = (json.loads(line) for line in lines_of(log, 1))
    assert line["method"] == "POST"
    assert line["path"] == "/path?query=1"
    assert line["protocol"] == "HTTP/1.1"
    assert line["response_code"] == 200
    assert line["response_flags"] == "-"
    assert line["authority"] == "shop.test"
    assert line["user_agent"] == "kit/1"
    assert line["upstream_host"] == origin.to
    assert line["upstream_cluster"] == "default/upstream"
    assert line["downstream_remote_address"] == address
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line["start_time"])
    assert line["request_id"] == dict(origin.requests[0].fields)["x-request-id"]


def test_text_lines_say_what_happened(proxy_to: ProxyTo, tmp_path: Path) -> None:
    log = tmp_path / "log"
    proxy, origin = proxy_to(behaviours.echo, "--access-log", str(log))
    get(proxy.address, "/path")
    (line,) = lines_of(log, 1)
    assert '"GET /path HTTP/1.1" 200 -' in line
    assert origin.to in line


def test_the_log_can_go_to_standard_output(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(behaviours.echo, "--access-log", "-")
    get(proxy.address, "/path")
    eventually(lambda: any('"GET /path HTTP/1.1" 200' in line for line in proxy.stdout))


def test_flags_and_reasons_are_logged(start_proxy: Callable[..., Proxy], tmp_path: Path) -> None:
    log = tmp_path / "log"
    proxy = start_proxy(
        "--to",
        f"127.0.0.1:{refused_port()}",
        "--access-log",
        str(log),
        "--access-log-format",
        "json",
    )
    response = get(proxy.address)
    (line,) = (json.loads(line) for line in lines_of(log, 1))
    assert line["response_code"] == response.status
    assert line["response_flags"] == "UF"
    assert line["response_code_details"] == response.error == "connect_failed"


def test_nothing_in_a_request_can_forge_a_line_or_reach_a_terminal(
    proxy_to: ProxyTo, tmp_path: Path
) -> None:
    hostile = [
        'user-agent: " 200 - "forged',
        'user-agent: \\" \\x22',
        "user-agent: \xe9\x9b\xff\x85\xa0",
        'user-agent: {"a": "b"}, \u00e2\u0080\u00ae',
        "user-agent: ${jndi:ldap://x} <script>alert(1)</script> %n%s",
        'x-forwarded-for: " forged',
    ]
    for form in ("text", "json"):
        log = tmp_path / form
        proxy, _ = proxy_to(behaviours.echo, "--access-log", str(log), "--access-log-format", form)
        with proxy.client() as client:
            for field in hostile:
                assert client.get("/a%0d%0aforged%1b[2J\"'\\", field).status == 200
        lines = lines_of(log, len(hostile))
        assert len(lines) == len(hostile)
        for line in lines:
            assert line.isascii()
            assert line.isprintable()
            if form == "json":
                assert json.loads(line)["response_code"] == 200
            else:
                assert not re.search(r'" 200 - "forged', line)


def test_long_values_are_cut(proxy_to: ProxyTo, tmp_path: Path) -> None:
    log = tmp_path / "log"
    proxy, _ = proxy_to(behaviours.echo, "--access-log", str(log), "--access-log-format", "json")
    get(proxy.address, "/" + "a" * 5000, f"user-agent: {'b' * 5000}")
    (line,) = lines_of(log, 1)
    parsed = json.loads(line)
    assert len(parsed["path"]) <= 520
    assert len(parsed["user_agent"]) <= 520


def test_refused_requests_are_logged_too(proxy_to: ProxyTo, tmp_path: Path) -> None:
    log = tmp_path / "log"
    proxy, _ = proxy_to(behaviours.echo, "--access-log", str(log), "--access-log-format", "json")
    with proxy.client() as client:
        client.send("GET / HTTP/1.1\r\nhost: a b\r\n\r\n")
        response = client.response()
    (line,) = (json.loads(line) for line in lines_of(log, 1))
    assert line["response_code"] == 400
    assert line["response_flags"] == "DPE"
    assert line["response_code_details"] == response.error


def test_nothing_is_lost_at_the_end(proxy_to: ProxyTo, tmp_path: Path) -> None:
    log = tmp_path / "log"
    proxy, _ = proxy_to(behaviours.echo, "--access-log", str(log))
    with proxy.client() as client:
        for _ in range(500):
            assert client.get().status == 200
    assert proxy.stop() == 0
    assert len(log.read_text().splitlines()) == 500


def test_a_full_disk_stops_the_log_and_not_the_proxy(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(behaviours.echo, "--access-log", "/dev/full")
    with proxy.client() as client:
        for _ in range(50):
            assert client.get().status == 200
    eventually(lambda: proxy.metrics().sum("pymesh_access_log_dropped_lines_total") > 0)
    assert get(proxy.address).status == 200
