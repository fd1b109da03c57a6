"""Texts made to make their reader slow, large or wrong."""

from __future__ import annotations

import time

import pytest

from pymesh.resources import Parsed, parse
from pymesh.resources._limits import FILE_BYTES

# CPU, several times what the slowest takes alone on a small machine.
SECONDS = 8.0


def read(text: str | bytes, file: str = "a.yaml") -> Parsed:
    began = time.thread_time()
    parsed = parse(text, file)
    assert time.thread_time() - began < SECONDS
    return parsed


def codes(text: str | bytes, file: str = "a.yaml") -> set[str]:
    return {finding.code for finding in read(text, file).findings}


def laughs(levels: int, each: int) -> str:
    items = [["lol"] * each, *([f"*a{level}"] * each for level in range(levels - 1))]
    return "\n".join(f"a{level}: &a{level} [{','.join(one)}]" for level, one in enumerate(items))


def test_a_billion_laughs() -> None:
    parsed = read(laughs(9, 10))
    assert [finding.code for finding in parsed.findings] == ["yaml-aliases"]
    assert parsed.resources == []


def test_laughs_by_merge_keys() -> None:
    lines = ["a0: &a0 {" + ",".join(f"k{number}: 1" for number in range(2000)) + "}"]
    lines += [f"a{level}: {{<<: *a0, own: 1}}" for level in range(1, 100)]
    assert codes("\n".join(lines)) == {"yaml-aliases"}


def test_quadratic_blow_up_by_one_anchor() -> None:
    assert codes("a: &a [" + "x," * 5000 + "]\nb: [" + "*a," * 5000 + "]") == {"yaml-aliases"}


@pytest.mark.parametrize(
    "text",
    ["a: &a\n  b: *a\n", "a: &a\n  <<: *a\n", "a: &a\n- *a\n", "&a\na: [[*a]]\n"],
)
def test_cycles(text: str) -> None:
    assert codes(text) == {"yaml-aliases"}


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{a: " * 100_000,
        "- " * 100_000,
        "? " * 100_000,
        "\n".join(" " * depth + "a:" for depth in range(3000)),
        "a: " + "[" * 70 + "]" * 70,
    ],
    ids=["flow lists", "flow mappings", "lists", "keys", "mappings", "just over"],
)
def test_deep_nesting(text: str) -> None:
    assert codes(text) <= {"yaml-too-deep", "yaml-syntax"}
    assert codes(text)


@pytest.mark.parametrize(
    "text",
    [
        b"a" * (FILE_BYTES + 1),
        b"- a\n" * (FILE_BYTES // 4),
        b"[" + b"a," * (FILE_BYTES // 2 - 1) + b"]",
        b"".join(b"k%d: 1\n" % number for number in range(800_000)),
        b"---\n" * (FILE_BYTES // 4),
        b"k: 1\n" * (FILE_BYTES // 5),
    ],
    ids=["bytes", "list", "flow list", "mapping", "documents", "duplicate keys"],
)
def test_ten_megabytes(text: bytes) -> None:
    assert codes(text) == {"yaml-too-large"}


def test_ten_megabytes_of_one_scalar_are_read() -> None:
    value = b"x" * (FILE_BYTES - 100)
    text = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: big}\ndata: {a: " + value + b"}\n"
    assert len(read(text).resources) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 1_000_000, "yaml-too-deep"),
        ("[" * 80 + "]" * 80, "yaml-too-deep"),
        ("[" + "1," * 4_000_000 + "1]", "yaml-too-large"),
        ('{"a": 1, "a": 2}', "yaml-duplicate-key"),
        ('{"a": NaN}', "yaml-value"),
        ('{"a": 1e999}', "yaml-value"),
        ('{"a": ' + "9" * 10_000 + "}", "yaml-value"),
        ('{"a": }', "yaml-syntax"),
        ('{"a": 1} {"b": 2}', "yaml-syntax"),
    ],
    ids=["deep", "over", "wide", "twice", "nan", "infinite", "huge", "syntax", "two"],
)
def test_json(text: str, code: str) -> None:
    assert codes(text, "a.json") - {"missing-field"} == {code}


@pytest.mark.parametrize("number", ["9" * 100_000, "-9223372036854775809", "18446744073709551616"])
def test_huge_integers(number: str) -> None:
    text = f"apiVersion: v1\nkind: Service\nmetadata: {{name: a}}\nspec: {{clusterIP: {number}}}"
    parsed = read(text)
    assert [(one.code, one.line) for one in parsed.findings] == [("yaml-value", 4)]
    assert len(parsed.findings[0].message) < 120


@pytest.mark.parametrize("number", ["0x" + "f" * 100, "0b" + "1" * 100, "0" + "7" * 100, "1e400"])
def test_huge_numbers_in_other_notations(number: str) -> None:
    assert "yaml-value" in codes(f"a: {number}")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (b"a: b\nc: \xff\n", 2, 4),
        (b"a: \xed\xa0\x80\n", 1, 4),
        ("a: b".encode("utf-16"), 1, 1),
        (b"a: b\n\nc: d\0\n", 3, 5),
        (b"a: \x1b[31m\n", 1, 4),
        ("a: \u2028\ufffe".encode(), 1, 5),
    ],
    ids=["utf-8", "surrogate", "utf-16", "nul", "escape", "noncharacter"],
)
def test_not_text(text: bytes, line: int, column: int) -> None:
    (finding,) = read(text).findings
    assert (finding.code, finding.line, finding.column) == ("yaml-encoding", line, column)


def test_a_byte_order_mark_is_none_of_the_text() -> None:
    text = "\ufeffapiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"
    assert len(read(text.encode()).resources) == 1


def test_tabs() -> None:
    (finding,) = read("a:\n\tb: 1\n").findings
    assert (finding.code, finding.line, finding.hint) == ("yaml-syntax", 2, "indent with spaces")


@pytest.mark.parametrize("text", ["hello", "1", "- a", "- - a\n  - b\n- - c", "[[1], [2]]", "''"])
def test_documents_that_are_no_mappings(text: str) -> None:
    assert codes(text) == {"not-a-resource"}


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n---\n# nothing\n---\n", "~"])
def test_empty_documents_are_none(text: str) -> None:
    parsed = read(text)
    assert parsed.findings == []
    assert parsed.documents == []


@pytest.mark.parametrize(
    "text",
    ["? [a]\n: b\n", "a: !!python/object:os.system x\n", "a: !!binary eA==\n", "a: !!int x\n",
     "a: .inf\n", "a: .nan\n", "a: {<<: 1}\n"],
)  # fmt: skip
def test_values_that_are_not_of_json(text: str) -> None:
    assert "yaml-value" in codes(text)


def test_many_findings_are_cut() -> None:
    text = "apiVersion: mesh.istio.io/v1alpha1\nkind: MeshConfig\nmetadata: {name: a}\nspec:\n"
    text += "".join(f"  k{number}: 1\n" for number in range(50_000))
    parsed = read(text)
    assert len(parsed.findings) == 101
    assert parsed.findings[-1].code == "more-findings"


def test_one_bad_document_leaves_the_others() -> None:
    good = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"
    parsed = read(f"{good}---\na: [\n---\n{good.replace('a}', 'b}')}")
    assert [resource.name for resource in parsed.resources] == ["a", "b"]
    assert [(one.code, one.line) for one in parsed.findings] == [("yaml-syntax", 5)]
    assert [document.valid for document in parsed.documents] == [True, False, True]
    assert [document.index for document in parsed.documents] == [0, 1, 2]


def test_a_marker_inside_of_a_block_scalar_is_text_only_where_yaml_says_so() -> None:
    text = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: |\n    ---\n    b\n"
        "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n"
    )
    assert [resource.name for resource in read(text).resources] == ["a", "b"]


def test_directives_are_accepted() -> None:
    text = "%YAML 1.1\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n"
    parsed = read(text)
    assert [resource.name for resource in parsed.resources] == ["b"]
