"""Where a field is in a file, by its path."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymesh.resources import Document, parse
from pymesh.resources._document import Path, path_text

TEXT = """\
# A comment
apiVersion: v1
kind: ConfigMap
metadata: {name: a,
  labels: {b: c}}
data:
  text: |
    one
    two
  list: &list
    - first: 1
      second: [x, y]
    -   third
  again: *list
  "quoted key": 'v'
"""


def document(text: str, file: str = "a.yaml", number: int = 0) -> Document:
    return parse(text, file).documents[number]


@pytest.mark.parametrize(
    ("path", "line", "column", "key_column"),
    [
        ((), 2, 1, 1),
        (("kind",), 3, 7, 1),
        (("metadata",), 4, 1, 1),
        (("metadata", "name"), 4, 18, 12),
        (("metadata", "labels", "b"), 5, 15, 12),
        (("metadata", "missing"), 4, 1, 1),
        (("data", "text"), 7, 9, 3),
        (("data", "list"), 10, 3, 3),
        (("data", "list", 0), 11, 7, 7),
        (("data", "list", 0, "second"), 12, 7, 7),
        (("data", "list", 0, "second", 1), 12, 19, 19),
        (("data", "list", 1), 13, 9, 9),
        (("data", "list", 9), 10, 3, 3),
        (("data", "again", 1), 13, 9, 9),
        (("data", "quoted key"), 15, 17, 3),
        (("data", "text", "below", 3), 7, 9, 3),
    ],
)
def test_place(path: Path, line: int, column: int, key_column: int) -> None:
    place = document(TEXT).place(path)
    assert (place.path, place.line, place.column) == ("a.yaml", line, column)
    assert place.text == TEXT.split("\n")[line - 1]
    key = document(TEXT).place(path, key=True)
    assert (key.line, key.column) == (line, key_column)


def test_place_in_a_later_document() -> None:
    text = f"# first\n---\n{TEXT}---\n\n{TEXT}"
    place = document(text, number=1).place(("data", "list", 1))
    assert (place.line, place.text) == (2 + 15 + 2 + 13, "    -   third")


def test_place_with_carriage_returns() -> None:
    place = document(TEXT.replace("\n", "\r\n")).place(("data", "list", 1))
    assert (place.line, place.column, place.text) == (13, 9, "    -   third")


def test_place_in_a_list_of_resources() -> None:
    text = (
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Namespace\n"
        "  metadata: {name: a}\n- apiVersion: v1\n  kind: Namespace\n  metadata: {nam: b}\n"
    )
    parsed = parse(text, "a.yaml")
    assert [(one.index, one.valid) for one in parsed.documents] == [(0, True), (0, False)]
    (finding,) = parsed.findings
    assert (finding.line, finding.column, finding.path) == (9, 3, "metadata.name")


def test_merged_fields_are_where_they_are_written() -> None:
    text = "base: &base\n  a: 1\nkind: x\nother:\n  <<: *base\n  b: 2\n"
    assert document(text).place(("other", "a")).line == 2


def test_place_in_json_with_what_yaml_does_not_allow() -> None:
    text = '{\n\t"kind": "Service", "apiVersion": "v1",\n\t"a\\ud83d\\ude00": {"b": 1}}'
    place = document(text, "a.json").place(("a\U0001f600", "b"))
    assert place.line in {1, 3}
    place = document(text, "a.json").place(("kind",))
    assert (place.line, place.column) == (2, 10)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("spec", "http", 0, "route", 1, "weight"), "spec.http[0].route[1].weight"),
        (("metadata", "labels", "app.kubernetes.io/name"),
         'metadata.labels["app.kubernetes.io/name"]'),
        ((), ""),
        ((0, "a"), "[0].a"),
        (("a-b", "c_d"), "a-b.c_d"),
    ],
)  # fmt: skip
def test_path_text(path: Path, text: str) -> None:
    assert path_text(path) == text


TREES = st.recursive(
    st.integers(0, 9),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(st.sampled_from("abc"), inner, min_size=1)
    ),
    max_leaves=12,
)


def leaves(tree: object, path: Path = ()) -> list[tuple[Path, object]]:
    if isinstance(tree, dict):
        return [leaf for key, value in tree.items() for leaf in leaves(value, (*path, key))]
    if isinstance(tree, list):
        return [leaf for key, value in enumerate(tree) for leaf in leaves(value, (*path, key))]
    return [(path, tree)]


@given(st.dictionaries(st.sampled_from("abc"), TREES, min_size=1), st.sampled_from([None, 1]))
def test_every_leaf_is_found(tree: dict[str, object], indent: int | None) -> None:
    text = json.dumps(tree, indent=indent)
    one = document(text)
    for path, value in leaves(tree):
        place = one.place(path)
        assert place.text[place.column - 1] == str(value)
