"""Resources that are wrong in any way are told so: no check falls over, each place is there."""

from __future__ import annotations

import copy
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymesh.resources import parse
from pymesh.sources import read_paths
from pymesh.validate import to_json, validate

Path_ = tuple[str | int, ...]
FILES = sorted(Path(__file__).parent.glob("*/cases/*/*.yaml"))
SCHEMA = json.loads((files("pymesh") / "schemas" / "validate.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def trees() -> dict[str, list[dict[str, Any]]]:
    """The resources of every case, by their kind."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in FILES:
        for document in read_paths([path]).documents:
            if document.resource is not None and document.outer is None:
                found.setdefault(type(document.resource).__name__, []).append(document.tree)
    return found


TREES = trees()
ODD: st.SearchStrategy[Any] = st.sampled_from([
    "", "*", "*.", ".", "~", "/", "-", "a/b", "*/*", "a.b", "*.example.org", "10.0.0.1/33", "::1",
    "10.0.0.1", "0s", "-1s", "1h", "1ns", "[", "(a", "a{1000}{1000}", "{*}", "{**}/x", "a" * 300,
    "a\n", "\x00", "é", "😀", "http://a", "spiffe://a", "istio-system", "mesh", "GET", "80",
    0, -1, 1, 80, 65536, 2**31, 2**63, 0.5, True, False, None, [], {}, [""], [None], {"": ""},
    {"a": None}, [[]], [{}], {"exact": "a"}, {"regex": "["}, {"prefix": ""},
])  # fmt: skip


def places(tree: Any, path: Path_ = ()) -> list[Path_]:
    """The paths of every value."""
    steps: list[tuple[Any, Any]] = []
    if isinstance(tree, dict):
        steps = list(tree.items())
    elif isinstance(tree, list):
        steps = list(enumerate(tree))
    return [path, *(one for step, value in steps for one in places(value, (*path, step)))]


def inside(value: Any, path: Path_) -> Any:
    """The value at a path."""
    for step in path:
        value = value[step]
    return value


@st.composite
def changed(draw: st.DrawFn, kind: str) -> list[dict[str, Any]]:
    """Some resources of a kind with a few values changed."""
    made = copy.deepcopy(draw(st.lists(st.sampled_from(TREES[kind]), min_size=1, max_size=3)))
    for _ in range(draw(st.integers(0, 4))):
        tree = draw(st.sampled_from(made))
        path = draw(st.sampled_from(places(tree)))
        if len(path) < 2:
            continue
        parent: Any = inside(tree, path[:-1])
        match draw(st.sampled_from(["odd", "odd", "take out", "repeat", "other"])):
            case "take out":
                del parent[path[-1]]
            case "repeat" if isinstance(parent, list):
                parent.append(copy.deepcopy(inside(tree, path)))
            case "other":
                other = draw(st.sampled_from(places(tree)))
                parent[path[-1]] = copy.deepcopy(inside(tree, other))
            case _:
                parent[path[-1]] = copy.deepcopy(draw(ODD))
    return made


@pytest.mark.parametrize("kind", sorted(TREES))
@settings(max_examples=150)
@given(data=st.data())
def test_no_check_falls_over(kind: str, data: st.DataObject) -> None:
    made = data.draw(changed(kind))
    text = "\n---\n".join(json.dumps(tree, indent=1, ensure_ascii=True) for tree in made)
    report = validate(parse(text, "a.yaml"))
    lines = text.split("\n")
    for finding in report.findings:
        assert finding.code != "internal-error", finding.message
        assert finding.message
        assert "\n" not in finding.message
        assert 1 <= finding.line <= len(lines)
        assert 1 <= finding.column <= len(lines[finding.line - 1]) + 1
    VALIDATOR.validate(json.loads(to_json(report)))
    assert report.failed == any(not document.valid for document in report.documents)


def test_every_kind_is_among_them() -> None:
    assert {
        "AuthorizationPolicy", "DestinationRule", "EndpointSlice", "HTTPRoute", "GRPCRoute",
        "MeshConfigResource", "PeerAuthentication", "Plugin", "ReferenceGrant", "Service",
        "ServiceEntry", "VirtualService", "WorkloadEntry", "Gateway", "GatewayClass",
    } <= set(TREES)  # fmt: skip


TEXTS = [path.read_bytes() for path in FILES]


@settings(max_examples=400)
@given(
    st.sampled_from(TEXTS),
    st.lists(
        st.tuples(st.integers(0, 2000), st.integers(0, 40), st.binary(max_size=4)), max_size=4
    ),
    st.sampled_from(["a.yaml", "a.json"]),
)
def test_no_text_is_too_much(text: bytes, changes: list[tuple[int, int, bytes]], file: str) -> None:
    for start, length, new in changes:
        text = text[:start] + new + text[start + length :]
    report = validate(parse(text, file))
    assert "internal-error" not in {finding.code for finding in report.findings}
    assert all(finding.line >= 1 and finding.column >= 1 for finding in report.findings)
    VALIDATOR.validate(json.loads(to_json(report)))


@given(st.binary(max_size=200))
def test_no_bytes_are_too_much(data: bytes) -> None:
    report = validate(parse(data, "a.yaml"))
    assert report.failed or not report.resources
