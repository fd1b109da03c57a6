"""`pymesh why` as a user runs it: answers on standard output, mistakes on standard error."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from kit.proxy import run

import pymesh

pytestmark = pytest.mark.integration

SCHEMA = json.loads((Path(pymesh.__file__).parent / "schemas/why-answer.json").read_text())

SHOP = """\
apiVersion: v1
kind: Service
metadata: {name: payments, namespace: shop}
spec: {ports: [{name: http, port: 80, targetPort: 8080}], selector: {app: payments}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: payments, namespace: shop}
spec:
  hosts: [payments]
  http:
  - match: [{uri: {prefix: /old}}]
    redirect: {uri: /charge, redirectCode: 308}
  - match: [{headers: {x-version: {exact: "2"}}}]
    rewrite: {uri: /v2}
    route: [{destination: {host: payments}}]
  - route: [{destination: {host: payments}}]
    timeout: 5s
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: payments, namespace: shop}
spec:
  selector: {matchLabels: {app: payments}}
  action: DENY
  rules: [{from: [{source: {notNamespaces: [shop]}}], to: [{operation: {paths: ["/charge*"]}}]}]
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
"""
EDGE = """\
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [shop.example]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: public, namespace: shop}
spec:
  hosts: [shop.example]
  gateways: [public]
  http: [{match: [{uri: {prefix: /pay}}], route: [{destination: {host: payments}}]}]
"""


@pytest.fixture
def mesh(tmp_path: Path) -> str:
    folder = tmp_path / "mesh"
    folder.mkdir()
    (folder / "shop.yaml").write_text(SHOP)
    (folder / "edge.yaml").write_text(EDGE)
    return str(folder)


def why(mesh: str, *words: str, **variables: str) -> str:
    result = run("why", "-f", mesh, *words, **variables)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout


def test_a_request_and_its_steps(mesh: str) -> None:
    lines = why(mesh, "--from", "web.shop", "--to", "payments", "POST", "/charge").splitlines()
    assert lines[:3] == [
        "POST http://payments/charge from shop/web",
        "forward to payments.shop.svc.cluster.local:80 by VirtualService shop/payments rule 2",
        "",
    ]
    text = "\n".join(lines)
    assert "route shop/payments/0: not matched" in text
    assert "policy shop/payments: not matched, DENY: no rule matches" in text
    assert "\x1b[" not in text


def test_a_denial_names_policy_and_rule(mesh: str) -> None:
    text = why(mesh, "--from", "ads.other", "--to", "payments.shop", "/charge")
    assert text.splitlines()[1] == "denied 403 by policy shop/payments rule 0 (deny_rule_matched)"
    text = why(mesh, "--to", "payments.shop", "/other")
    assert text.splitlines()[1] == "denied by policy shop/default (peer_without_mtls)"


def test_headers_and_methods_are_looked_at(mesh: str) -> None:
    text = why(mesh, "--from", "web.shop", "--to", "payments", "-H", "x-version: 2", "-o", "jsonl")
    answer = json.loads(text)
    assert (answer["route"]["rule"], answer["request"]["path"]) == (1, "/v2")
    assert answer["request"]["headers"] == [["x-version", "2"]]
    assert answer["timeout"] is None
    assert "tree" not in answer


def test_a_gateway(mesh: str) -> None:
    text = why(mesh, "--gateway", "shop/public", "--to", "shop.example", "/pay")
    assert text.splitlines()[:2] == [
        "GET http://shop.example/pay at gateway shop/public from a peer without identity",
        "forward to payments.shop.svc.cluster.local:80 by VirtualService shop/public rule 0",
    ]
    assert "listener shop/public:80: matched" in text
    assert why(mesh, "--gateway", "shop/public").splitlines()[1] == "not found 404"


def test_a_terminal_gets_colours_unless_it_wants_none(mesh: str) -> None:
    def seen(**variables: str) -> bytes:
        master, slave = pty.openpty()
        command = [sys.executable, "-m", "pymesh", "why", "-f", mesh, "--to", "other"]
        environment = {**os.environ, "TERM": "xterm", **variables}
        subprocess.run(command, stdout=slave, env=environment, check=True)
        os.close(slave)
        with os.fdopen(master, "rb", buffering=0) as stream:
            return stream.read(1 << 16)

    assert b"\x1b[32m" in seen(NO_COLOR="")
    assert b"\x1b[" not in seen(NO_COLOR="1")


LINES = [
    {"id": 1, "source": {"namespace": "shop", "service_account": "web"},
     "destination": {"host": "payments"}, "path": "/old?x=1"},
    {"id": "two", "destination": {"host": "nowhere.example"}},
    {"id": 3, "destinaton": {}},
    {"id": 4, "destination": {"workload": {"namespace": "shop", "labels": {"app": "payments"}},
                              "port": 8080}, "path": "/charge",
     "source": {"namespace": "shop", "service_account": "x"}},
]  # fmt: skip


def test_a_file_of_requests(mesh: str, tmp_path: Path) -> None:
    requests = tmp_path / "requests.jsonl"
    requests.write_text("\n".join(json.dumps(line) for line in LINES) + "\nnonsense")
    text = why(mesh, "--requests", str(requests), "-o", "jsonl", "--tree")
    answers = [json.loads(line) for line in text.splitlines()]
    for answer in answers:
        jsonschema.validate(answer, SCHEMA)
    assert [(one["id"], one["outcome"], one["status"]) for one in answers] == [
        (1, "redirect", 308), ("two", "passthrough", None), (3, "bad_request", None),
        (4, "forward", None), (None, "bad_request", None),
    ]  # fmt: skip
    assert answers[0]["location"] == "http://payments/charge?x=1"
    assert "destinaton" in answers[2]["error"]
    assert answers[3]["authorization"]["decision"] == "allow"
    shown = why(mesh, "--requests", str(requests))
    assert shown.splitlines()[1] == "two: passthrough"


def test_more_requests_than_one_part_holds(mesh: str, tmp_path: Path) -> None:
    requests = tmp_path / "requests.jsonl"
    count = 60_000
    requests.write_text(
        "".join(
            json.dumps({"id": number, "destination": {"host": "payments.shop"}, "path": "/x" * 20})
            + "\n"
            for number in range(count)
        )
    )
    assert requests.stat().st_size > 4 << 20
    text = why(mesh, "--requests", str(requests), "-o", "jsonl")
    assert [json.loads(line)["id"] for line in text.splitlines()] == list(range(count))


def test_whoever_reads_may_have_read_enough(mesh: str, tmp_path: Path) -> None:
    requests = tmp_path / "requests.jsonl"
    requests.write_text('{"destination": {"host": "payments.shop"}}\n' * 20_000)
    for output in ("jsonl", "text"):
        command = [sys.executable, "-m", "pymesh", "why", "-f", mesh, "--requests", str(requests)]
        process = subprocess.Popen(
            [*command, "-o", output], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        process.stderr.close()
        assert process.wait() == 0


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        ((), "missing-setting", 64),
        (("--to", "payments:x"), "bad-value", 64),
        (("--to", "payments", "--from", "a.b.c"), "bad-value", 64),
        (("--to", "payments", "GET", "/", "more"), "bad-value", 64),
        (("--to", "payments", "-H", "nothing"), "bad-value", 64),
        (("--to", "payments", "--tre"), "unknown-flag", 64),
        (("--requests", "none.jsonl"), "missing-file", 78),
        (("--to", "payments", "-f", "none.yaml"), "bad-resources", 65),
    ],
)
def test_what_is_wrong_gets_one_line(
    mesh: str, words: tuple[str, ...], code: str, exit_code: int
) -> None:
    result = run("why", "-f", mesh, *words)
    assert result.returncode == exit_code, result.stderr
    assert f"[{code}]" in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_wrong_resources_are_shown_with_their_place(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(SHOP.replace("hosts: [payments]", "hostz: [payments]"))
    result = run("why", "-f", str(file), "--to", "payments")
    assert result.returncode == 65
    assert f"{file}:10:" in result.stderr
    assert "hostz" in result.stderr
