"""The base of every resource: strict, frozen, named as in YAML, and marked where not acted on."""

from __future__ import annotations

import pickle
from typing import Annotated, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from pymesh.resources import (
    Duration,
    Finding,
    Ignored,
    Model,
    NotYet,
    Resource,
    ResourceKey,
    load,
    parse,
    register,
    registered,
)
from pymesh.resources._base import yaml_name
from pymesh.resources._document import Document, Source
from pymesh.resources._fields import fields_at, fields_of, marked
from pymesh.resources._reading import _marks
from pymesh.resources._schema import read_resource


class Inner(Model):
    """A part."""

    size: Annotated[int, Field(ge=1, le=9)] = 1
    mode: Annotated[str, NotYet("a turbo", ("TURBO",))] = "NORMAL"
    old: Annotated[str | None, Ignored("deprecated: use size")] = None


class Spec(Model):
    """What it is."""

    export_to: tuple[str, ...] = ()
    from_: str = ""
    either: int | str | None = None
    inner: Inner | None = None
    inners: tuple[Inner, ...] = ()
    by_name: dict[str, Inner] = Field(default_factory=dict)
    fault: Annotated[dict[str, Any] | None, NotYet("fault injection")] = None


class Thing(Resource):
    """A kind for these tests."""

    KIND: ClassVar[str] = "Thing"
    GROUP: ClassVar[str] = "test.example"
    VERSIONS: ClassVar[tuple[str, ...]] = ("v1",)

    spec: Spec = Spec()


class Guard(Thing):
    """One that grants access."""

    KIND: ClassVar[str] = "Guard"
    SECURITY: ClassVar[bool] = True


HEAD: dict[str, Any] = {"apiVersion": "test.example/v1", "kind": "Thing", "metadata": {"name": "a"}}


def document(tree: dict[str, Any]) -> Document:
    made = Document(Source("a.yaml", "{}"), 0, 0, tree)
    made.nulls = True
    return made


def read(spec: dict[str, Any], kind: type[Thing] = Thing, **metadata: Any) -> list[Finding]:
    tree = {**HEAD, "metadata": {"name": "a", **metadata}, "spec": spec}
    return list(read_resource(document(tree), kind))


def said(spec: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(one.code, one.path, one.message, one.hint) for one in read(spec)]


def test_names_are_those_of_yaml() -> None:
    assert fields_of(Spec)["exportTo"] == "export_to"
    assert fields_of(Spec)["from"] == "from_"
    assert yaml_name("h2_upgrade_policy") == "h2UpgradePolicy"
    thing = Thing.model_validate({**HEAD, "spec": {"exportTo": ["."], "from": "x"}})
    assert (thing.spec.export_to, thing.spec.from_) == ((".",), "x")


def test_python_names_are_not_those_of_yaml() -> None:
    assert said({"export_to": ["."]}) == [
        ("unknown-field", "spec.export_to", "there is no field export_to", "did you mean exportTo?")
    ]


def test_instances_are_frozen() -> None:
    thing = Thing.model_validate(HEAD)
    with pytest.raises(ValidationError):
        thing.metadata.name = "b"


def test_key_and_reference() -> None:
    thing = Thing.model_validate(HEAD)
    assert thing.key == ResourceKey("test.example", "Thing", "default", "a")
    assert str(thing.key) == "Thing default/a"
    assert (thing.ref.kind, thing.ref.namespace, thing.ref.name) == ("Thing", "default", "a")


@pytest.mark.parametrize(
    ("spec", "path", "message", "hint"),
    [
        ({"exportTo": "."}, "spec.exportTo", "must be a list, not a string",
         "put a dash before it"),
        ({"exportTo": [1]}, "spec.exportTo[0]", "must be a string, not a number",
         "put it in quotes"),
        ({"exportTo": [True]}, "spec.exportTo[0]", "must be a string, not a boolean",
         "put it in quotes"),
        ({"inner": {"size": "3"}}, "spec.inner.size", "must be an integer, not a string",
         "write 3 without quotes"),
        ({"inner": {"size": 1.5}}, "spec.inner.size", "must be an integer, not a number", ""),
        ({"inner": []}, "spec.inner", "must be a mapping, not a list", ""),
        ({"either": True}, "spec.either", "must be an integer or a string, not a boolean",
         "put it in quotes"),
        ({"byName": {"x": 1}}, "spec.byName.x", "must be a mapping, not a number", ""),
    ],
)  # fmt: skip
def test_types_are_strict(spec: dict[str, Any], path: str, message: str, hint: str) -> None:
    assert said(spec) == [("wrong-type", path, message, hint)]


@pytest.mark.parametrize(
    ("spec", "path", "message"),
    [
        ({"inner": {"size": 0}}, "spec.inner.size", "must be at least 1"),
        ({"inner": {"size": 10}}, "spec.inner.size", "must be at most 9"),
        ({"inners": [{}, {"size": 10}]}, "spec.inners[1].size", "must be at most 9"),
    ],
)
def test_bounds(spec: dict[str, Any], path: str, message: str) -> None:
    assert said(spec) == [("invalid-value", path, message, "")]


def test_everything_wrong_is_found_at_once() -> None:
    spec = {"exportTo": 1, "inner": {"sise": 1, "size": 99}, "inners": [{"size": "x"}], "zzz": 1}
    found = {(one.code, one.path) for one in read(spec, labls={})}
    assert found == {
        ("unknown-field", "metadata.labls"),
        ("wrong-type", "spec.exportTo"),
        ("unknown-field", "spec.inner.sise"),
        ("invalid-value", "spec.inner.size"),
        ("wrong-type", "spec.inners[0].size"),
        ("unknown-field", "spec.zzz"),
    }


def test_all_of_object_meta_is_accepted() -> None:
    metadata = {"uid": "x", "generation": 3, "resourceVersion": "9", "managedFields": [{"a": 1}],
                "ownerReferences": [], "finalizers": ["a"], "creationTimestamp": None}  # fmt: skip
    tree = {**HEAD, "metadata": {"name": "a", **metadata}}
    one = document(tree)
    assert list(read_resource(one, Thing)) == []
    assert one.resource is not None
    assert one.resource.metadata.generation == 3


def test_nulls_count_as_absent_but_in_lists() -> None:
    assert said({"exportTo": None, "byName": {"x": None}, "inner": {"size": None}}) == []
    assert [one[:2] for one in said({"exportTo": [None]})] == [("wrong-type", "spec.exportTo[0]")]
    assert [one[:2] for one in said({"exportTwo": None})] == [("unknown-field", "spec.exportTwo")]


def test_status_is_not_looked_at() -> None:
    tree = {**HEAD, "status": {"anything": [None, 1]}}
    assert list(read_resource(document(tree), Thing)) == []


def test_marks() -> None:
    spec = {"fault": {"a": 1}, "inners": [{"mode": "TURBO"}, {"mode": "NORMAL"}, {"mode": "OTHER"}],
            "byName": {"x": {"old": "y"}}}  # fmt: skip
    thing = Thing.model_validate({**HEAD, "spec": spec})
    assert [one.path for one in marked(thing)] == [
        ("spec", "inners", 0, "mode"),
        ("spec", "byName", "x", "old"),
        ("spec", "fault"),
    ]
    assert list(marked(Thing.model_validate(HEAD))) == []


@pytest.mark.parametrize(("kind", "severity"), [(Thing, "warning"), (Guard, "error")])
def test_a_field_not_acted_on_is_an_error_where_access_is_granted(
    kind: type[Thing], severity: str
) -> None:
    tree = {**HEAD, "spec": {"fault": {}, "inner": {"old": "x"}}}
    one = document(tree)
    assert list(read_resource(one, kind)) == []
    assert one.resource is not None
    found = [(finding.code, finding.severity) for finding in _marks(one, one.resource)]
    assert found == [("no-effect", "info"), ("not-acted-on", severity)]
    assert one.valid == (severity != "error")


def test_fields_at_a_path() -> None:
    assert fields_at(Thing, ("spec", "inners", 3)) == {"size", "mode", "old"}
    assert fields_at(Thing, ("spec", "byName", "x")) == {"size", "mode", "old"}
    assert fields_at(Thing, ("spec", "byName")) is None
    assert fields_at(Thing, ("spec", "nothing")) == set()


def test_two_classes_of_one_kind_are_refused() -> None:
    class Namespace(Resource):
        KIND: ClassVar[str] = "Namespace"
        GROUP: ClassVar[str] = ""
        VERSIONS: ClassVar[tuple[str, ...]] = ("v1",)

    load()
    with pytest.raises(ValueError, match="two classes"):
        register(Namespace)


def test_every_kind_says_what_it_is() -> None:
    for (group, kind), cls in load().items():
        assert (group, kind) == (cls.GROUP, cls.KIND)
        assert cls.VERSIONS
        assert cls.__doc__
    assert load() == registered()


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [("0", 0), ("0s", 0), ("1h3m2.5s", 3_782_500_000_000), ("250ms", 250_000_000), ("1us", 1000),
     ("1µs", 1000), ("1.5ns", 1), ("-1.5s", -1_500_000_000), ("+1m", 60_000_000_000),
     (".5s", 500_000_000), ("1.s", 1_000_000_000), (".s", None),
     ("1", None), ("", None), ("s", None), ("1 s", None), ("1d", None), ("5s1", None),
     ("\u0661s", None),
     ("9" * 19 + "h", None), ("1h" * 33, None)],
)  # fmt: skip
def test_durations(text: str, nanoseconds: int | None) -> None:
    if nanoseconds is None:
        with pytest.raises(ValueError, match="duration"):
            Duration(text)
    else:
        assert Duration(text).nanoseconds == nanoseconds


@given(st.integers(0, 2**33), st.sampled_from(["ns", "us", "ms", "s"]))
def test_durations_keep_their_text(number: int, unit: str) -> None:
    duration = Duration(f"{number}{unit}")
    assert duration == f"{number}{unit}"
    copy = pickle.loads(pickle.dumps(duration))
    assert (copy, copy.nanoseconds) == (duration, duration.nanoseconds)
    assert duration.milliseconds == duration.nanoseconds // 1_000_000
    assert Duration(f"-{duration}").milliseconds == -duration.milliseconds


@pytest.mark.parametrize(
    ("head", "code", "severity"),
    [
        ("apiVersion: apps/v1\nkind: Deployment", "unknown-kind", "info"),
        ("apiVersion: v1\nkind: Secret", "unknown-kind", "info"),
        ("apiVersion: example.org/v1\nkind: Service", "unknown-kind", "info"),
        ("apiVersion: v1\nkind: Servic", "misspelled-kind", "error"),
        ("apiVersion: networking.istio.io/v1\nkind: VirtualServices", "misspelled-kind", "error"),
        ("apiVersion: networking.istio.com/v1\nkind: VirtualService", "misspelled-kind", "error"),
        ("apiVersion: networking.istio.io/v2\nkind: VirtualService", "unknown-version", "error"),
        ("apiVersion: networking.istio.io\nkind: VirtualService", "unknown-kind", "info"),
        ("apiVersion: /v1\nkind: Service", "unknown-version", "error"),
        ("apiVersion: networking.istio.io/v1\nkind: Sidecar", "unsupported-kind", "warning"),
        ("apiVersion: security.istio.io/v1\nkind: RequestAuthentication", "unsupported-kind",
         "error"),
        ("apiVersion: 1\nkind: Service", "wrong-type", "error"),
        ("kind: Service", "missing-field", "error"),
        ("apiVersion: v1", "missing-field", "error"),
    ],
)  # fmt: skip
def test_kinds(head: str, code: str, severity: str) -> None:
    (finding,) = parse(f"{head}\nmetadata: {{name: a}}\n", "a.yaml").findings
    assert (finding.code, finding.severity) == (code, severity)
