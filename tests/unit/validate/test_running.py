"""The runner, and what it makes for people and for programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from pymesh.resources import Mesh, Resource, parse
from pymesh.resources.kubernetes import Namespace, Service
from pymesh.sources import read_paths
from pymesh.validate import (
    Code,
    Issue,
    _rules,
    check_mesh,
    check_resources,
    codes,
    mesh_rule,
    render,
    rule,
    to_json,
    to_text,
    validate,
)

GOOD = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports:\n  - port: 80\n"
SPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"
SCHEMA = json.loads((files("pymesh") / "schemas" / "validate.json").read_text())
CASES = sorted(Path(__file__).parent.glob("*/cases/*"))
CODE = Code("test-code", "warning", "It means.", "Do.")


@pytest.fixture(autouse=True)
def own_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules of one test are none of another."""
    validate(parse("", "a.yaml"))
    monkeypatch.setattr(_rules, "_rules", {kind: [*some] for kind, some in _rules._rules.items()})
    monkeypatch.setattr(_rules, "_mesh_rules", [*_rules._mesh_rules])
    monkeypatch.setattr(_rules, "_codes", codes())


def test_nothing_wrong() -> None:
    report = validate(parse(GOOD, "a.yaml"))
    assert list(report.findings) == []
    assert not report.failed
    assert not report.refused
    assert [resource.name for resource in report.resources] == ["web"]
    assert to_text(report) == "1 document: nothing to say"


def test_a_rule_is_asked_about_each_resource_of_its_kind() -> None:
    @rule(Namespace, codes=[CODE])
    def check(resource: Namespace) -> Iterator[Issue]:
        yield Issue("test-code", f"seen {resource.name}", ("metadata", "name"), "a hint")

    report = validate(parse(f"{SPACE}---\n{GOOD}---\n{SPACE.replace('a}', 'b}')}", "a.yaml"))
    assert [(one.message, one.line, one.column, one.severity) for one in report.findings] == [
        ("seen a", 3, 18, "warning"),
        ("seen b", 14, 18, "warning"),
    ]
    assert not report.failed
    assert len(report.resources) == 3


def test_an_error_makes_the_document_invalid() -> None:
    @rule(Namespace, codes=[CODE])
    def check(resource: Namespace) -> Iterator[Issue]:
        yield Issue("test-code", "bad", severity="error")

    report = validate(parse(f"{SPACE}---\n{GOOD}", "a.yaml"))
    assert [document.valid for document in report.documents] == [False, True]
    assert [resource.name for resource in report.resources] == ["web"]
    assert report.failed
    assert report.refused


def test_a_rule_of_the_mesh_sees_all_and_does_not_refuse() -> None:
    @mesh_rule(codes=[CODE])
    def check(mesh: Mesh) -> Iterator[Issue]:
        found: list[Resource] = [*mesh.of(Namespace), *mesh.of(Service)]
        for resource in found:
            yield Issue("test-code", resource.name, severity="error", resource=resource)

    parsed = parse(f"{SPACE}---\n{GOOD}", "a.yaml")
    report = validate(parsed)
    assert [one.message for one in report.findings] == ["a", "web"]
    assert report.failed
    assert not report.refused
    assert len(report.resources) == 2
    assert [one.message for one in check_mesh(parsed)] == ["a", "web"]
    assert check_resources(parsed) == []


def test_a_rule_that_fails_is_a_finding_and_the_others_are_asked() -> None:
    @rule(Namespace, codes=[CODE])
    def broken(resource: Namespace) -> Iterator[Issue]:
        yield Issue("test-code", "before")
        raise KeyError("oops")

    @rule(Namespace, codes=[CODE])
    def check(resource: Namespace) -> Iterator[Issue]:
        yield Issue("test-code", "after")

    @mesh_rule(codes=[CODE])
    def broken_mesh(mesh: Mesh) -> Iterator[Issue]:
        if mesh:
            raise ValueError
        yield Issue("test-code", "never")

    report = validate(parse(SPACE, "a.yaml"))
    assert {(one.code, one.message) for one in report.findings} == {
        ("test-code", "before"),
        ("test-code", "after"),
        ("internal-error", f"the check {__name__}.broken failed: KeyError: 'oops'"),
        ("internal-error", f"the check {__name__}.broken_mesh failed: ValueError: "),
    }
    assert report.failed


def test_one_rule_says_no_more_than_a_hundred_things_about_a_resource() -> None:
    @rule(Namespace, codes=[CODE])
    def check(resource: Namespace) -> Iterator[Issue]:
        while True:
            yield Issue("test-code", "again")

    @mesh_rule(codes=[CODE])
    def check_mesh_(mesh: Mesh) -> Iterator[Issue]:
        for _ in range(1000):
            yield Issue("test-code", "again", resource=mesh.of(Namespace)[0])

    assert len(validate(parse(SPACE, "a.yaml")).findings) == 200


def test_two_meanings_of_a_code_are_refused() -> None:
    mesh_rule(codes=[CODE])(lambda _: iter(()))
    with pytest.raises(ValueError, match="two meanings for test-code"):
        mesh_rule(codes=[CODE._replace(severity="error")])


def test_findings_are_in_the_order_of_the_files(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.yaml").write_text("- a\n---\nkind: 1\n---\n- b\n")
    report = validate(read_paths([tmp_path / "b.yaml", tmp_path / "a.yaml"]))
    assert [(Path(one.file).stem, one.line) for one in report.findings] == [
        ("b", 1), ("b", 3), ("b", 5), ("a", 1), ("a", 3), ("a", 5),
    ]  # fmt: skip


def test_a_duplicate_names_the_place_of_the_first() -> None:
    report = validate(parse(f"{GOOD}---\n{GOOD.replace('80', '81')}", "a.yaml"))
    (finding,) = report.findings
    assert finding.message == "there is another Service web at a.yaml:3:18"
    assert finding.line == 10


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_json_is_of_its_schema(folder: Path) -> None:
    report = json.loads(to_json(validate(read_paths([folder / "bad.yaml"]))))
    jsonschema.validate(report, SCHEMA)
    assert report["findings"]
    assert report["documents"]


def test_schema_is_strict() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    report = json.loads(to_json(validate(parse("- a", "a.yaml"))))
    report["findings"][0]["extra"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report, SCHEMA)


def test_json(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(GOOD.replace("80", '"80"'))
    assert json.loads(to_json(validate(read_paths([path])))) == {
        "documents": [
            {"file": str(path), "index": 0, "kind": "Service", "namespace": "default",
             "name": "web", "valid": False}
        ],
        "findings": [
            {"code": "wrong-type", "severity": "error",
             "message": "must be an integer, not a string", "hint": "write 80 without quotes",
             "resource": {"kind": "Service", "namespace": "default", "name": "web"},
             "path": "spec.ports[0].port", "file": str(path), "line": 6, "column": 11}
        ],
    }  # fmt: skip


def test_text(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(GOOD.replace("80", '"80"'))
    report = validate(read_paths([path]))
    assert to_text(report) == (
        f"{path}:6:11: error: must be an integer, not a string (spec.ports[0].port) [wrong-type]\n"
        '    6 |   - port: "80"\n'
        "      |           ^\n"
        "      = write 80 without quotes\n"
        "1 document: 1 error"
    )
    coloured = to_text(report, colour=True)
    assert "\x1b[31merror: must be" in coloured
    assert render(report.findings[0]) == to_text(report).rpartition("\n")[0]


def test_text_opens_no_file_for_a_finding_about_it_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    os.mkfifo(path)
    report = validate(read_paths([path]))
    assert to_text(report).startswith(f"{path}: error: ")
    assert [finding.line for finding in report.findings] == [0]


def test_text_of_a_file_whose_name_is_no_text(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.yaml"))
    path.write_text(GOOD.replace("80", '"80"'))
    text = to_text(validate(read_paths([path])))
    assert "/\\udcff.yaml:6:11: error" in text.encode().decode()


def test_text_moves_no_cursor(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text('apiVersion: v1\nkind: "Ser\\e[31mvice\\u202e"\n# \u202e\n')
    text = to_text(validate(read_paths([path])))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "Ser\\x1b[31mvice\\u202e" in text


def test_text_cuts_long_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    ports = ",".join('{"port": 80}' for _ in range(10_000))
    path.write_text(
        '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": ['
        + ports
        + ',{"port": "x"}]}}'
    )
    lines = to_text(validate(read_paths([path]))).split("\n")
    assert max(map(len, lines)) < 200
    assert lines[1][lines[2].index("^")] == '"'
    assert lines[1][lines[2].index("^") + 1] == "x"


@pytest.mark.parametrize("namespaces", [1, 20])
def test_work_grows_with_the_size_of_a_mesh_and_not_with_its_square(namespaces: int) -> None:
    """All in one namespace is where a loop over everything else would show."""
    script = Path(__file__).parents[2] / "support" / "counting.py"

    def calls(count: int) -> int:
        command = [sys.executable, str(script), str(count), str(namespaces)]
        return int(subprocess.run(command, capture_output=True, check=True).stdout)

    assert calls(200) < 2.5 * calls(100)
