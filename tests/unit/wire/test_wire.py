from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymesh import wire
from pymesh.errors import PymeshError

FULL = {
    "services": [
        {"namespace": "default", "name": "v1", "host": "v1.example", "balance": "least_request"},
        {"namespace": "default", "name": "v2", "host": "v2.example"},
    ],
    "endpoints": [
        {
            "service": "default/v1",
            "slice": "a",
            "endpoints": [{"address": "127.0.0.1:80"}, {"address": "[::1]:80", "weight": 0}],
        }
    ],
    "routes": [
        {
            "host": "*.example",
            "audience": "shop",
            "rules": [
                {
                    "name": "r1",
                    "matches": [
                        {
                            "path": {"type": "prefix", "value": "/a"},
                            "method": {"type": "exact", "value": "GET"},
                            "headers": [
                                {"type": "exact", "name": "x", "value": "1"},
                                {"type": "present", "name": "y"},
                            ],
                            "query": [{"type": "regex", "name": "q", "value": "[0-9]+"}],
                        },
                        {"path": {"type": "exact", "value": "/b"}},
                        {"path": {"type": "regex", "value": "/c.*"}},
                    ],
                    "destinations": [{"service": "default/v1", "weight": 9},
                                     {"service": "default/v2"}],
                    "timeouts": {"request_ms": 0},
                    "request_headers": {"set": [{"name": "a", "value": "b"}], "remove": ["c"]},
                    "response_headers": {"add": [{"name": "d", "value": "e"}]},
                }
            ],
        }
    ],
    "plugins": [{"name": "p", "source": "p.py", "config": {"timeouts": {}, "\xe4": [1, None]}}],
}  # fmt: skip


def compact(document: object) -> bytes:
    """Canonical JSON by other means."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def test_every_field_survives() -> None:
    documents = wire.parse(json.dumps(FULL).encode())
    assert wire.canonical_json(documents) == compact(FULL)
    assert wire.version(documents) == hashlib.sha256(compact(FULL)).hexdigest()


def test_defaults_are_left_out() -> None:
    spelled_out = {
        "services": [{"namespace": "n", "name": "a", "host": "h", "balance": "round_robin"}],
        "endpoints": [
            {"service": "n/a", "slice": "", "endpoints": [{"address": "[::1]:1", "weight": 1}]}
        ],
        "routes": [
            {
                "host": "*",
                "audience": "*",
                "rules": [
                    {
                        "name": "r",
                        "matches": [{"headers": [], "query": []}],
                        "destinations": [{"service": "n/a", "weight": 1}],
                        "timeouts": {},
                        "request_headers": {"set": [], "add": [], "remove": []},
                        "response_headers": {},
                    }
                ],
            }
        ],
        "plugins": [{"name": "p", "source": "s", "config": {}}],
    }
    documents = wire.parse(json.dumps(spelled_out).encode())
    assert wire.canonical_json(documents) == compact(
        {
            "services": [{"namespace": "n", "name": "a", "host": "h"}],
            "endpoints": [{"service": "n/a", "endpoints": [{"address": "[::1]:1"}]}],
            "routes": [
                {
                    "host": "*",
                    "rules": [{"name": "r", "matches": [{}], "destinations": [{"service": "n/a"}]}],
                }
            ],
            "plugins": [{"name": "p", "source": "s"}],
        }
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"servces": []}', "unknown field `servces`"),
        ('{"services": [{"namespace": "n", "name": "a", "host": "h", "x": 1}]}', "`x`"),
        ('{"services": [{"namespace": "n", "name": "a"}]}', "`host`"),
        ('{"services": [{"namespace": "n", "name": "a", "host": "h", "balance": "ring"}]}',
         "ring"),
        ('{"endpoints": [{"service": "n/a", "endpoints": [{"address": "a", "weight": -1}]}]}',
         ">= 0"),
        ('{"routes": [{"host": "*", "rules": [{"name": "r", "matches": [{"path": {"type": "glob", '
         '"value": "/"}}]}]}]}', "glob"),
        ("{", "truncated"),
        ("", "truncated"),
    ],
)  # fmt: skip
def test_what_is_not_a_document_is_refused(text: str, message: str) -> None:
    with pytest.raises(PymeshError) as caught:
        wire.parse(text.encode())
    assert caught.value.code == "bad-document"
    assert message.lower() in caught.value.message.lower()


def test_a_slice_has_a_limit() -> None:
    endpoint = {"address": "127.0.0.1:1"}
    for count in (100, 101):
        text = json.dumps({"endpoints": [{"service": "n/a", "endpoints": [endpoint] * count}]})
        if count == 100:
            wire.parse(text.encode())
        else:
            with pytest.raises(PymeshError, match="<= 100"):
                wire.parse(text.encode())


def test_service_key() -> None:
    assert wire.Service(namespace="n", name="a", host="h").key == "n/a"


@given(st.text(), st.text(), st.integers(0, 2**32 - 1))
def test_canonical_json_is_a_fixed_point(name: str, host: str, weight: int) -> None:
    documents = wire.Documents(
        services=(wire.Service(namespace=name, name=name, host=host),),
        routes=(
            wire.Routes(
                host=host,
                rules=(
                    wire.RouteRule(
                        name=name, destinations=(wire.Destination(service=name, weight=weight),)
                    ),
                ),
            ),
        ),
    )
    once = wire.canonical_json(documents)
    assert wire.canonical_json(wire.parse(once)) == once
    assert once == compact(json.loads(once))
