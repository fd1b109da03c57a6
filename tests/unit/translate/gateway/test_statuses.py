"""The statuses that the examples lead to, against the published schemas and the API's own words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from published.schemas import read

from pymesh.sources import read_paths
from pymesh.validate import validate

EXAMPLES = sorted(Path(__file__).parents[3].joinpath("golden").glob("gateway-*/status.json"))
GROUP = "gateway.networking.k8s.io"

REASONS = {
    # The words of the API (apis/v1 of Gateway API, and GEP-1294 for Conflicted), by kind.
    "GatewayClass": {"Accepted": {"Accepted", "InvalidParameters"}},
    "Gateway": {
        "Accepted": {"Accepted", "ListenersNotValid", "InvalidParameters", "UnsupportedAddress"},
        "Programmed": {"Programmed", "Invalid", "AddressNotAssigned"},
    },
    "Listener": {
        "Accepted": {"Accepted", "UnsupportedProtocol", "HostnameConflict", "ProtocolConflict"},
        "Conflicted": {"NoConflicts", "HostnameConflict", "ProtocolConflict"},
        "Programmed": {"Programmed", "Invalid"},
        "ResolvedRefs": {"ResolvedRefs", "InvalidRouteKinds"},
    },
    "Route": {
        "Accepted": {
            "Accepted",
            "NoMatchingParent",
            "NotAllowedByListeners",
            "NoMatchingListenerHostname",
            "UnsupportedValue",
            "Conflicted",
        },
        "ResolvedRefs": {
            "ResolvedRefs",
            "RefNotPermitted",
            "InvalidKind",
            "BackendNotFound",
            "UnsupportedProtocol",
            "UnsupportedValue",
        },
        "PartiallyInvalid": {"UnsupportedValue"},
    },
}


def statuses() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for file in EXAMPLES:
        for key, status in json.loads(file.read_text()).items():
            yield file.parent.name, key.split()[0], status


def conditions(kind: str, status: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every condition, and what it is about."""
    yield from ((kind, one) for one in status.get("conditions", ()))
    for listener in status.get("listeners", ()):
        yield from (("Listener", one) for one in listener["conditions"])
    for parent in status.get("parents", ()):
        yield from (("Route", one) for one in parent["conditions"])


def test_there_are_examples_of_all() -> None:
    assert {kind for _, kind, _ in statuses()} == {
        "GatewayClass",
        "Gateway",
        "HTTPRoute",
        "GRPCRoute",
    }


@pytest.mark.skipif(not read(), reason="the published schemas are not here")
def test_statuses_are_what_an_api_server_takes() -> None:
    for case, kind, status in statuses():
        schema = read_once()[kind]
        for _, condition in conditions(kind, status):
            # Who writes a status knows the time.
            condition["lastTransitionTime"] = "2024-01-01T00:00:00Z"
            condition.setdefault("message", "")
        problems = [error.message for error in Draft202012Validator(schema).iter_errors(status)]
        assert problems == [], f"{case}: {kind}"


def read_once() -> dict[str, Any]:
    if not _SCHEMAS:
        for (group, kind), versions in read().items():
            if group == GROUP and "status" in versions[0].schema["properties"]:
                _SCHEMAS[kind] = versions[0].schema["properties"]["status"]
    return _SCHEMAS


_SCHEMAS: dict[str, Any] = {}


def test_reasons_are_the_apis_own_and_each_is_shown() -> None:
    seen: dict[str, dict[str, set[str]]] = {}
    for case, kind, status in statuses():
        for about, condition in conditions(kind, status):
            known = REASONS[about][condition["type"]]
            assert condition["reason"] in known, f"{case}: {condition}"
            seen.setdefault(about, {}).setdefault(condition["type"], set()).add(condition["reason"])
    missing = {
        (about, type_, reason)
        for about, types in REASONS.items()
        for type_, reasons in types.items()
        for reason in reasons - seen.get(about, {}).get(type_, set())
    }
    # Of one Gateway an API server takes no two listeners with one hostname.
    assert missing == {
        ("Listener", "Accepted", "HostnameConflict"),
        ("Listener", "Conflicted", "HostnameConflict"),
    }


def test_a_condition_that_does_not_hold_says_why() -> None:
    for case, kind, status in statuses():
        for _, condition in conditions(kind, status):
            bad = "True" if condition["type"] in {"Conflicted", "PartiallyInvalid"} else "False"
            if condition["status"] == bad:
                assert condition.get("message"), f"{case}: {condition}"


def test_every_reason_is_documented() -> None:
    page = Path(__file__).parents[4].joinpath("docs/gateway-api.md").read_text(encoding="utf-8")
    good = {"Accepted", "Programmed", "ResolvedRefs", "NoConflicts"}
    reasons = {one for types in REASONS.values() for every in types.values() for one in every}
    assert {one for one in reasons - good if f"`{one}`" not in page} == set()


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.parent.name)
def test_what_a_status_complains_about_is_a_finding_of_validation(file: Path) -> None:
    report = validate(read_paths([file.with_name("input.yaml")]))
    complained = set()
    for finding in report.findings:
        if finding.resource is not None and finding.severity != "info":
            ref = finding.resource
            complained.add(f"{ref.kind} {ref.namespace}/{ref.name}".replace(" /", " "))
    for key, status in json.loads(file.read_text()).items():
        bad = [
            one
            for _, one in conditions(key.split()[0], status)
            if (one["status"] == "False") is (one["type"] not in {"Conflicted", "PartiallyInvalid"})
        ]
        # A Gateway of a class with parameters: that is said of the class.
        if bad and "class" not in bad[0].get("message", ""):
            assert key in complained, bad
