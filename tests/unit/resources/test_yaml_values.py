"""What plain scalars mean, as Kubernetes reads YAML."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymesh.resources._scalars import plain
from pymesh.resources._yaml import Constructor, Refused, compose


def value(text: str) -> Any:
    (composed,) = compose(text)
    constructor = Constructor(composed.nodes)
    made = constructor.value(composed.root)
    assert constructor.problems == []
    return made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1), ("-1", -1), ("+1", 1), ("0", 0), ("0x1F", 31), ("0b11", 3), ("0o17", 15),
        ("017", 15), ("1_000", 1000), ("1.5", 1.5), (".5", 0.5), ("1e3", 1000), ("1.0", 1),
        ("1.5e1", 15), ("089", 89), ("9223372036854775807", 2**63 - 1),
        ("y", True), ("Yes", True), ("ON", True), ("true", True), ("n", False), ("off", False),
        ("~", None), ("null", None), ("NULL", None),
        ("yES", "yES"), ("12:30", "12:30"), ("1.2.3", "1.2.3"), ("2024-01-01", "2024-01-01"),
        ("-", "-"), ("+", "+"), (".", "."), ("0x", "0x"), ("0b2", "0b2"), ("v1", "v1"),
        ("1a", "1a"), ("_1", "_1"), ("=", "="), ("10.0.0.1", "10.0.0.1"),
    ],
)  # fmt: skip
def test_plain(text: str, expected: object) -> None:
    made = plain(text)
    assert made == expected
    assert type(made) is type(expected)


def test_quotes_make_text() -> None:
    assert value('["1", \'on\', "~", !!str 1]') == ["1", "on", "~", "1"]


def test_tags() -> None:
    assert value("[!!int 1, !!float 1, !!bool on, !!null ~, !!map {a: 1}, !!seq [1]]") == [
        1, 1.0, True, None, {"a": 1}, [1],
    ]  # fmt: skip


def test_keys_stay_as_they_are_written() -> None:
    assert value("{on: 1, 80: 2, 'a b': 3, ~: 4}") == {"on": 1, "80": 2, "a b": 3, "~": 4}


def test_merge_keys_give_way_to_what_is_written() -> None:
    text = "base: &base {a: 1, b: 1}\nmore: &more {b: 2, c: 2}\n"
    text += "one: {<<: *base, b: 3}\ntwo: {<<: [*base, *more], d: 4}\nthree: {'<<': 1}\n"
    made = value(text)
    assert made["one"] == {"a": 1, "b": 3}
    assert made["two"] == {"a": 1, "b": 1, "c": 2, "d": 4}
    assert made["three"] == {"<<": 1}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=30,
)


@given(JSON.filter(lambda tree: isinstance(tree, (dict, list))))
def test_json_is_read_as_json(tree: object) -> None:
    # A key of `<<` would be one of YAML's only if it were not quoted.
    assert value(json.dumps(tree, ensure_ascii=True).replace("\\ud", "\\\\ud")) == json.loads(
        json.dumps(tree, ensure_ascii=True).replace("\\ud", "\\\\ud")
    )


@given(st.text(alphabet="ab:-[]{},&*!|>'\"#%@`? \n\t<0", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        for composed in compose(text):
            Constructor(composed.nodes).value(composed.root)
    except Refused as refused:
        assert refused.problem.line >= 0
        assert refused.problem.message
