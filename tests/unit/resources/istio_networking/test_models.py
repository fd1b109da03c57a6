"""The typed forms of Istio's kinds of traffic."""

from __future__ import annotations

import json
from typing import Any

import pytest
from networking import resource, route, typed, virtual_service

from pymesh.resources import Duration, Model, parse
from pymesh.resources.istio._scalars import VERSIONS
from pymesh.resources.istio._shared import IstioModel, StringMatch
from pymesh.resources.istio.destination_rule import DestinationRule
from pymesh.resources.istio.gateway import Gateway
from pymesh.resources.istio.service_entry import ServiceEntry
from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.resources.istio.workload_entry import WorkloadEntry

KINDS = (VirtualService, DestinationRule, Gateway, ServiceEntry, WorkloadEntry)
MINIMAL = {
    "VirtualService": {},
    "DestinationRule": {"host": "pay"},
    "Gateway": {},
    "ServiceEntry": {"hosts": ["pay.example"]},
    "WorkloadEntry": {},
}


def problems(tree: Any) -> set[tuple[str, str]]:
    parsed = parse(json.dumps(tree), "object.json")
    return {(one.code, one.path) for one in parsed.findings if one.severity == "error"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_version_is_read(kind: type, version: str) -> None:
    tree = resource(kind.__name__, MINIMAL[kind.__name__])
    tree["apiVersion"] = f"networking.istio.io/{version}"
    assert type(typed(tree)) is kind


@pytest.mark.parametrize("kind", ["VirtualService", "Gateway"])
def test_a_spec_may_be_missing_where_the_schema_says_so(kind: str) -> None:
    tree = resource(kind, {})
    del tree["spec"]
    assert problems(tree) == set()


def test_names_are_those_of_yaml_in_snake_case() -> None:
    tree = virtual_service(
        route(
            corsPolicy={"allowOrigins": [{"exact": "a"}], "maxAge": "24h"},
            headers={"request": {"set": {"a": "b"}, "remove": ["c"]}},
            timeout="1.5s",
        ),
        exportTo=["."],
    )
    spec = typed(tree).spec  # type: ignore[attr-defined]
    (rule,) = spec.http
    assert spec.export_to == (".",)
    assert rule.cors_policy.allow_origins[0].value == "a"
    assert rule.headers.request.remove == ("c",)
    assert rule.timeout.milliseconds == 1500
    assert isinstance(rule.timeout, Duration)


def test_the_attributes_name_is_no_name_in_yaml() -> None:
    tree = virtual_service(route(), export_to=["."])
    assert problems(tree) == {("unknown-field", "spec.export_to")}


def test_both_spellings_of_the_share_of_mirrors() -> None:
    (rule,) = typed(virtual_service(route(mirrorPercent=1, mirror_percent=2))).spec.http  # type: ignore[attr-defined]
    assert (rule.mirror_percent, rule.mirror_percent_snake) == (1, 2)


@pytest.mark.parametrize(
    ("tree", "type_", "value"),
    [
        ({}, "present", ""),
        ({"exact": ""}, "exact", ""),
        ({"prefix": "a"}, "prefix", "a"),
        ({"regex": ".*"}, "regex", ".*"),
    ],
)
def test_string_matches(tree: dict[str, str], type_: str, value: str) -> None:
    match = StringMatch.model_validate(tree)
    assert (match.type, match.value) == (type_, value)


def test_a_field_is_there_when_it_was_written() -> None:
    match = StringMatch.model_validate({"exact": "", "prefix": None})
    assert match.has("exact")
    assert not match.has("prefix")
    assert not match.has("regex")


def test_numbers_have_their_bits() -> None:
    def weight(*, value: Any) -> dict[str, Any]:
        return virtual_service({"route": [{"destination": {"host": "pay"}, "weight": value}]})

    path = "spec.http[0].route[0].weight"
    assert problems(weight(value=2**31 - 1)) == set()
    assert problems(weight(value=2**31)) == {("invalid-value", path)}
    assert problems(weight(value="1")) == {("wrong-type", path)}
    assert problems(weight(value=True)) == {("wrong-type", path)}


@pytest.mark.parametrize("text", ["0s", "0.5ms", "-1s", "1", "1d", "", "1s "])
def test_durations_that_are_none(text: str) -> None:
    assert problems(virtual_service(route(timeout=text))) == {
        ("invalid-value", "spec.http[0].timeout")
    }


@pytest.mark.parametrize("text", ["1ms", "1h3m2.5s", ".001s", "+1s", "1000us"])
def test_durations(text: str) -> None:
    assert problems(virtual_service(route(timeout=text))) == set()


def test_base64_is_looked_at() -> None:
    def body(text: str) -> dict[str, Any]:
        return virtual_service({"directResponse": {"status": 200, "body": {"bytes": text}}})

    assert problems(body("YWI=")) == set()
    assert problems(body("YWI")) == {("invalid-value", "spec.http[0].directResponse.body.bytes")}


def descendants(model: type[Model]) -> set[type[Model]]:
    return {model}.union(*(descendants(one) for one in model.__subclasses__()))


def test_choices_are_among_fields() -> None:
    for model in descendants(IstioModel):
        assert issubclass(model, IstioModel)
        for group in model.ONE_OF:
            assert set(group) <= model.model_fields.keys()
            for name in group:
                field = model.model_fields[name]
                assert not field.is_required()
                assert not field.get_default(call_default_factory=True)


def test_parts_are_frozen_and_documented() -> None:
    for model in descendants(IstioModel):
        assert model.model_config.get("frozen")
        assert model.__doc__
        for name in model.model_fields:
            assert f"{name}:" in model.__doc__, (model, name)
