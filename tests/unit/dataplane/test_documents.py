from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymesh import wire
from pymesh.dataplane.core import core_settings, encode, translate
from pymesh.dataplane.documents import documents
from pymesh.errors import render
from pymesh.settings import PROXY, resolve
from pymesh.settings.values import target


def made(*targets: str, policy: str = "random") -> wire.Documents:
    """What these targets make, read strictly."""
    return wire.parse(encode(documents([target(one) for one in targets], policy)))


def test_one_target() -> None:
    found = made("127.0.0.1:9000")
    assert found.services == (
        wire.Service(namespace="default", name="upstream", host="upstream", balance="random"),
    )
    assert found.endpoints == (
        wire.Endpoints(
            service="default/upstream",
            slice="addresses-0",
            endpoints=(wire.Endpoint(address="127.0.0.1:9000"),),
        ),
    )
    (routes,) = found.routes
    assert (routes.host, routes.audience) == ("*", "*")
    (rule,) = routes.rules
    assert rule == wire.RouteRule(
        name="default/upstream", destinations=(wire.Destination(service="default/upstream"),)
    )


def test_targets_of_one_name_are_one_service_and_weights_add_up() -> None:
    found = made("v1=127.0.0.1:1@2", "v2=127.0.0.1:2@5", "v1=[::1]:3@4")
    assert [one.key for one in found.services] == ["default/v1", "default/v2"]
    assert {
        one.service: [(e.address, e.weight) for e in one.endpoints] for one in found.endpoints
    } == {
        "default/v1": [("127.0.0.1:1", 2), ("[::1]:3", 4)],
        "default/v2": [("127.0.0.1:2", 5)],
    }
    assert found.routes[0].rules[0].destinations == (
        wire.Destination(service="default/v1", weight=6),
        wire.Destination(service="default/v2", weight=5),
    )


def test_many_targets_are_sliced() -> None:
    found = made(*[f"127.0.0.1:{port}" for port in range(1, 251)])
    assert [(one.slice, len(one.endpoints)) for one in found.endpoints] == [
        ("addresses-0", 100), ("addresses-1", 100), ("addresses-2", 50),
    ]  # fmt: skip


def test_plugins_travel_without_their_configuration() -> None:
    found = wire.parse(encode(documents([target("127.0.0.1:1")], "random", [("auth", "auth.py")])))
    assert found.plugins == (wire.Plugin(name="auth", source="auth.py"),)


def test_names_are_left_to_the_core() -> None:
    """It looks them up again and again, so that a proxy follows a name that moves."""
    targets = [target(one) for one in ("v1=web:80@3", "v1=127.0.0.1:1", "v1=api:2", "v2=web:80",
                                       "v2=[::1]:1", "v2=[fe80::1%1]:1")]  # fmt: skip
    found = wire.parse(encode(documents(targets, "random")))
    assert [(one.service, one.slice, one.endpoints[0].address) for one in found.endpoints] == [
        ("default/v1", "addresses-0", "127.0.0.1:1"),
        ("default/v2", "addresses-0", "[::1]:1"),
    ]
    assert [(one.service, one.slice, one.names) for one in found.names[:3]] == [
        ("default/v1", "name-0", (wire.Name(host="web", port=80, weight=3),)),
        ("default/v1", "name-1", (wire.Name(host="api", port=2),)),
        ("default/v2", "name-0", (wire.Name(host="web", port=80),)),
    ]
    # A service is there even while no name of it is known.
    assert found.routes[0].rules[0].destinations[0] == wire.Destination(
        service="default/v1", weight=5
    )


def test_settings_as_the_core_reads_them() -> None:
    settings = resolve(
        PROXY,
        {
            "to": ["127.0.0.1:1"],
            "listen": [":8080", "[::1]:0"],
            "access-log": ["-"],
            "idle-timeout": ["1500ms"],
            "pool-idle-timeout": ["10s"],
            "max-head-size": ["32KiB"],
        },
        {"PYMESH_ADMIN": "off", "PYMESH_ADMIN_TOKEN": "hunter22"},
    )
    assert core_settings(PROXY, settings) == {
        "listen": [":8080", "[::1]:0"],
        "workers": 0,
        "admin": None,
        "admin_token": "hunter22",
        "access_log": {"path": "-", "format": "text"},
        "audit_log": None,
        "timeouts": {
            "request_head_ms": 10_000,
            "idle_ms": 1_500,
            "connect_ms": 1_000,
            "request_ms": 0,
            "body_idle_ms": 30_000,
            "response_idle_ms": 300_000,
            "drain_ms": 30_000,
            "connection_age_ms": 3_600_000,
        },
        "limits": {
            "connections": 0,
            "head_bytes": 32_768,
            "target_bytes": 8_192,
            "fields": 100,
            "body_bytes": 0,
        },
        "trusted_hops": 0,
        "path_normalization": "merge_slashes",
        "pool": {"idle_per_endpoint": 128, "idle_ms": 10_000},
        "workload": {"name": "proxy", "namespace": "default"},
    }


def test_access_log_off_is_none() -> None:
    settings = resolve(PROXY, {"to": ["127.0.0.1:1"]}, {})
    assert core_settings(PROXY, settings)["access_log"] is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON))
def test_encode_is_json_with_sorted_keys(document: dict[str, Any]) -> None:
    assert encode(document) == json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def test_encode_refuses_what_it_does_not_know() -> None:
    with pytest.raises(TypeError, match="float"):
        encode({"a": 1.5})


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [("address-in-use", 69), ("permission-denied", 77), ("bad-document", 65), ("brand-new", 78)],
)
def test_errors_of_the_core_keep_their_code(code: str, exit_code: int) -> None:
    raised = type("CoreError", (Exception,), {})("127.0.0.1:80: no")
    raised.code, raised.exit_code, raised.message = code, exit_code, "127.0.0.1:80: no"
    error = translate(raised)
    assert (error.code, error.exit_code) == (code, exit_code)
    assert render(error) == f"pymesh: 127.0.0.1:80: no [{code}]"


def test_an_error_without_a_code_is_a_failure() -> None:
    error = translate(ValueError("x"))
    assert (error.code, error.message, error.exit_code) == ("core-failed", "x", 1)


def test_an_error_of_the_core_names_the_flag_and_not_its_own_word() -> None:
    error = translate(ValueError("limits.target_bytes: must be from 16 to 1024"))
    assert error.message == "--max-target-size: must be from 16 to 1024"
