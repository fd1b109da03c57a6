"""What Istio's admission takes and refuses, beyond the one example of each code."""

from __future__ import annotations

from typing import Any

import pytest
from networking import errors, found, resource, route, virtual_service


def paths(tree: Any, code: str) -> set[str]:
    return {path for known, path in errors(tree) if known == code}


VIRTUAL_SERVICES: dict[str, dict[str, Any]] = {
    "an address as host": {"hosts": ["10.0.0.1", "::1"]},
    "all hosts at a gateway": {"hosts": ["*"], "gateways": ["shop/edge"]},
    "a delegate": {"hosts": []},
    "exported to names": {"exportTo": ["web", "."]},
    "exported to all": {"exportTo": ["*"]},
}
ROUTES: dict[str, dict[str, Any]] = {
    "everything at once": route(
        name="all",
        match=[
            {
                "uri": {"prefix": "/a"},
                "method": {"exact": "GET"},
                "headers": {"x-a": {}, ":path": {"regex": "/a.*"}},
                "withoutHeaders": {"x-b": {"regex": "*"}},
                "queryParams": {"q": {"prefix": "1"}},
                "port": 80,
                "sourceLabels": {"app": "web"},
                "sourceNamespace": "web",
            }
        ],
        rewrite={"uri": "/b", "authority": "pay.example"},
        timeout="1.5s",
        headers={"request": {"set": {"x-a": "100%%"}, "remove": ["x-b"]}},
        corsPolicy={
            "allowOrigins": [{"prefix": "https://"}],
            "allowHeaders": ["*"],
            "maxAge": "1h",
        },
    ),
    "an empty prefix of the path": route(match=[{"uri": {"prefix": ""}}]),
    "a redirect by port only": {"redirect": {"derivePort": "FROM_REQUEST_PORT"}},
    "a redirect with any 3xx": {"redirect": {"uri": "/b", "redirectCode": 399}},
    "an answer without a body": {"directResponse": {"status": 599}},
    "an answer in base64": {"directResponse": {"status": 200, "body": {"bytes": "YQ=="}}},
    "weights that do not add up to 100": {
        "route": [
            {"destination": {"host": "pay"}, "weight": 1},
            {"destination": {"host": "pay"}, "weight": 2},
        ]
    },
    "one destination without weight": {"route": [{"destination": {"host": "pay"}, "weight": 0}]},
    "a wildcard destination": {"route": [{"destination": {"host": "*.example"}}]},
    "retries": route(retries={"attempts": 1, "retryOn": "5xx,gateway-error,503"}),
    "no retries": route(retries={"attempts": 0, "backoff": "25ms"}),
    "a fault": route(fault={"delay": {"percentage": {"value": 0.5}, "fixedDelay": "5s"}}),
    "a fault in gRPC": route(
        fault={"abort": {"percentage": {"value": 100}, "grpcStatus": "UNAVAILABLE"}}
    ),
    "the host set by a header": route(headers={"request": {"set": {":authority": "a.example"}}}),
    "mirrors": route(mirrors=[{"destination": {"host": "pay"}, "percentage": {"value": 0}}]),
}
WRONG_ROUTES: dict[str, tuple[dict[str, Any], str, str]] = {
    "an empty regex": (
        route(match=[{"uri": {"regex": ""}}]),
        "regex-invalid",
        "match[0].uri.regex",
    ),
    "a long regex": (
        route(match=[{"headers": {"a": {"regex": "a" * 1025}}}]),
        "regex-invalid",
        "match[0].headers.a.regex",
    ),
    "a star as regex of a header": (
        route(match=[{"headers": {"a": {"regex": "*"}}}]),
        "regex-invalid",
        "match[0].headers.a.regex",
    ),
    "a rewrite by a bad regex": (
        route(rewrite={"uriRegexRewrite": {"match": "(", "rewrite": "a"}}),
        "regex-invalid",
        "rewrite.uriRegexRewrite.match",
    ),
    "a rewrite of nothing": (route(rewrite={}), "rewrite-invalid", "rewrite"),
    "two rewrites of the path": (
        route(rewrite={"uri": "/", "uriRegexRewrite": {"match": "a", "rewrite": "b"}}),
        "rewrite-invalid",
        "rewrite",
    ),
    "a redirect and destinations": (
        route(redirect={"uri": "/a"}),
        "route-action-conflict",
        "route",
    ),
    "an answer and a fault": (
        {"directResponse": {"status": 200}, "fault": {"delay": {"fixedDelay": "1s"}}},
        "route-action-conflict",
        "fault",
    ),
    "a redirect and an answer": (
        {"redirect": {"uri": "/a"}, "directResponse": {"status": 200}},
        "route-action-conflict",
        "directResponse",
    ),
    "mirror and mirrors": (
        route(mirror={"host": "pay"}, mirrors=[{"destination": {"host": "pay"}}]),
        "route-action-conflict",
        "mirrors",
    ),
    "both ports of a redirect": (
        {"redirect": {"port": 80, "derivePort": "FROM_REQUEST_PORT"}},
        "exclusive-fields",
        "redirect.derivePort",
    ),
    "text and bytes": (
        {"directResponse": {"status": 200, "body": {"string": "", "bytes": ""}}},
        "exclusive-fields",
        "directResponse.body.bytes",
    ),
    "a port beyond all": (
        {"route": [{"destination": {"host": "pay", "port": {"number": 65536}}}]},
        "port-range",
        "route[0].destination.port.number",
    ),
    "a port of a match": (route(match=[{"port": 70000}]), "port-range", "match[0].port"),
    "a port of a redirect": ({"redirect": {"port": 70000}}, "port-range", "redirect.port"),
    "the destination of everything": (
        {"route": [{"destination": {"host": "*"}}]},
        "host-invalid",
        "route[0].destination.host",
    ),
    "a mirror with a bad host": (route(mirror={"host": "a b"}), "host-invalid", "mirror.host"),
    "a status that is not final": (
        {"directResponse": {"status": 101}},
        "status-invalid",
        "directResponse.status",
    ),
    "a fault's status": (
        route(fault={"abort": {"percentage": {"value": 1}, "httpStatus": 99}}),
        "status-invalid",
        "fault.abort.httpStatus",
    ),
    "a fault that Istio lacks": (
        route(fault={"delay": {"percentage": {"value": 1}, "exponentialDelay": "1s"}}),
        "fault-invalid",
        "fault.delay.exponentialDelay",
    ),
    "a share too small to be one": (
        route(fault={"delay": {"percentage": {"value": 0.00001}, "fixedDelay": "1s"}}),
        "percentage-range",
        "fault.delay.percentage.value",
    ),
    "a mirror of more than all": (route(mirrorPercent=101), "percentage-range", "mirrorPercent"),
    "an older spelling": (route(mirror_percent=101), "percentage-range", "mirror_percent"),
    "negative attempts": (route(retries={"attempts": -1}), "retry-invalid", "retries.attempts"),
    "conditions without attempts": (
        route(retries={"attempts": 0, "retryOn": "5xx"}),
        "retry-invalid",
        "retries",
    ),
    "a label that no workload has": (
        route(match=[{"sourceLabels": {"app": "a*"}}]),
        "label-invalid",
        "match[0].sourceLabels.app",
    ),
    "Host in a response": (
        route(headers={"response": {"add": {"HOST": "a"}}}),
        "header-name-invalid",
        "headers.response.add.HOST",
    ),
    "a pseudo header": (
        route(headers={"request": {"set": {":path": "/"}}}),
        "header-name-invalid",
        'headers.request.set[":path"]',
    ),
    "a header of a destination": (
        {
            "route": [
                {"destination": {"host": "pay"}, "headers": {"request": {"set": {"a b": "c"}}}}
            ]
        },
        "header-name-invalid",
        'route[0].headers.request.set["a b"]',
    ),
    "Host set and rewritten": (
        route(rewrite={"authority": "a"}, headers={"request": {"add": {"host": "b"}}}),
        "authority-repeated",
        "headers.request.add.host",
    ),
    "an origin that is none": (
        route(corsPolicy={"allowOrigins": [{"regex": ""}]}),
        "cors-origin-empty",
        "corsPolicy.allowOrigins[0]",
    ),
    "a header to expose that is none": (
        route(corsPolicy={"exposeHeaders": ["a:b"]}),
        "header-name-invalid",
        "corsPolicy.exposeHeaders[0]",
    ),
}


@pytest.mark.parametrize("spec", VIRTUAL_SERVICES.values(), ids=list(VIRTUAL_SERVICES))
def test_virtual_services_that_are_taken(spec: dict[str, Any]) -> None:
    assert errors(virtual_service(route(), **spec)) <= {("gateway-unknown", "spec.gateways[0]")}


@pytest.mark.parametrize("tree", ROUTES.values(), ids=list(ROUTES))
def test_routes_that_are_taken(tree: dict[str, Any]) -> None:
    assert errors(virtual_service(tree)) == set()


@pytest.mark.parametrize(("tree", "code", "path"), WRONG_ROUTES.values(), ids=list(WRONG_ROUTES))
def test_routes_that_are_refused(tree: dict[str, Any], code: str, path: str) -> None:
    assert f"spec.http[0].{path}" in paths(virtual_service(tree), code)


def test_a_body_of_more_than_a_megabyte_is_refused_and_a_large_one_is_not() -> None:
    def codes(size: int) -> set[tuple[str, str]]:
        return errors(
            virtual_service({"directResponse": {"status": 200, "body": {"string": "a" * size}}})
        )

    assert codes(1024 * 1024) == set()
    assert codes(1024 * 1024 + 1) == {("body-too-large", "spec.http[0].directResponse.body")}


def test_a_delegate_may_not_be_more() -> None:
    tree = resource(
        "VirtualService",
        {
            "gateways": ["mesh"],
            "http": [{"delegate": {"name": "other"}}],
            "tcp": [{"route": [{"destination": {"host": "pay"}}]}],
        },
    )
    assert paths(tree, "delegate-conflict") == {
        "spec.gateways",
        "spec.tcp",
        "spec.http[0].delegate",
    }


def test_claims_in_any_notation() -> None:
    names = ["@request.auth.claims.a", "@request.auth.claims.a.b", "@request.auth.claims[a][b]"]
    tree = virtual_service(route(match=[{"headers": {name: {"exact": "x"} for name in names}}]))
    assert len(paths(tree, "claim-without-gateway")) == len(names)
    wrong = virtual_service(route(match=[{"headers": {"@request.auth.claims": {"exact": "x"}}}]))
    assert paths(wrong, "header-name-invalid")


def test_a_hundred_findings_do_not_hide_those_of_other_rules() -> None:
    many = [{"destination": {"host": "pay"}, "weight": -1} for _ in range(300)]
    assert {"weight-negative", "route-action-conflict"} <= found(
        virtual_service({"route": many, "redirect": {"uri": "/a"}})
    )
