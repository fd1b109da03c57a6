from __future__ import annotations

import _socket
from typing import Any

import pytest

from pymesh import wire
from pymesh.dataplane.core import core_settings, encode, translate
from pymesh.dataplane.documents import documents
from pymesh.dataplane.names import resolve_host
from pymesh.errors import PymeshError
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
            slice="0",
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
        ("0", 100), ("1", 100), ("2", 50),
    ]  # fmt: skip


def test_plugins_travel_without_their_configuration() -> None:
    found = wire.parse(encode(documents([target("127.0.0.1:1")], "random", [("auth", "auth.py")])))
    assert found.plugins == (wire.Plugin(name="auth", source="auth.py"),)


def test_an_address_is_itself() -> None:
    assert resolve_host("192.0.2.7") == "192.0.2.7"
    assert resolve_host("::1") == "::1"


def test_ipv4_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def both(*_: object) -> list[Any]:
        return [
            (_socket.AF_INET6, 1, 6, "", ("::1", 0, 0, 0)),
            (_socket.AF_INET, 1, 6, "", ("127.0.0.2", 0)),
            (_socket.AF_INET, 1, 6, "", ("127.0.0.1", 0)),
        ]

    monkeypatch.setattr(_socket, "getaddrinfo", both)
    assert resolve_host("localhost") == "127.0.0.2"


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 300, "\udcff"])
def test_a_name_without_an_address(host: str) -> None:
    with pytest.raises(PymeshError) as caught:
        resolve_host(host)
    assert (caught.value.code, caught.value.exit_code) == ("unavailable", 69)


def test_settings_as_the_core_reads_them() -> None:
    settings = resolve(
        PROXY,
        {
            "to": ["127.0.0.1:1"],
            "listen": [":8080", "[::1]:0"],
            "access-log": ["-"],
            "idle-timeout": ["1500ms"],
            "max-head-size": ["32KiB"],
        },
        {"PYMESH_ADMIN": "off", "PYMESH_ADMIN_TOKEN": "t"},
    )
    assert core_settings(PROXY, settings) == {
        "listen": ["0.0.0.0:8080", "[::1]:0"],
        "workers": 0,
        "admin": None,
        "admin_token": "t",
        "access_log": {"path": "-", "format": "text"},
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
        "pool": {"idle_per_endpoint": 128, "idle_ms": 55_000},
        "workload": {"name": "proxy", "namespace": "default"},
    }


def test_access_log_off_is_none() -> None:
    settings = resolve(PROXY, {"to": ["127.0.0.1:1"]}, {})
    assert core_settings(PROXY, settings)["access_log"] is None


def test_encode_is_canonical() -> None:
    assert encode({"b": [1], "a": "\xe4"}) == b'{"a":"\\u00e4","b":[1]}'


def test_errors_of_the_core_keep_their_code() -> None:
    class CoreError(Exception):
        code = "address-in-use"
        message = "127.0.0.1:80: address in use"
        exit_code = 69

    error = translate(CoreError("x"))
    assert (error.code, error.message, error.exit_code) == (
        "address-in-use", "127.0.0.1:80: address in use", 69,
    )  # fmt: skip
    bare = translate(ValueError("x"))
    assert (bare.code, bare.message, bare.exit_code) == ("core-failed", "x", 1)
