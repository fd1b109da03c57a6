from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pymesh.resources import Finding
from pymesh.translate.child import _protocol
from pymesh.translate.child._files import stamps
from pymesh.translate.child._reading import Reader
from pymesh.wire import parse as parse_documents

TEXTS = [
    "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}]}\n",
    "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 81}]}\n",
    "apiVersion: v1\nkind: Service\nmetadata: {name: b}\nspec: {ports: [{port: 80}]}\n",
    "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r}\n"
    "spec:\n  parentRefs: [{group: '', kind: Service, name: a}]\n"
    "  rules: [{backendRefs: [{name: b, port: 80}]}]\n",
    "kind: [",
    "",
]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["x.yaml", "y.yaml", "z.yaml"]), st.sampled_from([*TEXTS, None])),
        max_size=12,
    )
)
def test_following_files_gives_what_reading_them_afresh_gives(
    tmp_path: Path, edits: list[tuple[str, str | None]]
) -> None:
    for file in tmp_path.iterdir():
        file.unlink()
    kept = Reader()
    for name, text in edits:
        if text is None:
            (tmp_path / name).unlink(missing_ok=True)
        else:
            (tmp_path / name).write_text(text)
        files = stamps([tmp_path])
        followed, fresh = kept.read(files), Reader().read(files)
        assert followed.documents == fresh.documents
        assert list(followed.findings) == list(fresh.findings)


def test_a_failure_of_the_translation_refuses_and_the_next_try_is_a_fresh_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.yaml").write_text(TEXTS[0])
    reader = Reader()
    files = stamps([tmp_path])

    class Failing:
        def update(self, _: object) -> object:
            raise RuntimeError("no way")

    monkeypatch.setattr(reader, "_translator", Failing())
    outcome = reader.read(files)
    assert outcome.documents is None
    assert [one.code for one in outcome.errors] == ["internal-error"]
    assert "no way" in outcome.errors[0].message
    documents = reader.read(files).documents
    assert documents is not None
    assert [one.name for one in documents.services] == ["a"]


def test_a_file_name_that_is_no_text_can_be_told(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.yaml")
    Path(name).write_text("{")
    outcome = Reader().read(stamps([tmp_path]))
    line = _protocol.refused_line(1, outcome.errors)
    assert msgspec.json.decode(line)["refused"][0]["file"].endswith("\\udcff.yaml")


def test_the_line_of_documents_is_one_line_of_canonical_json(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(TEXTS[0])
    documents = Reader().read(stamps([tmp_path])).documents
    assert documents is not None
    line = _protocol.documents_line(7, documents)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert msgspec.json.decode(line)["revision"] == 7
    body = line.removeprefix(b'{"revision":7,"documents":').removesuffix(b"}\n")
    assert parse_documents(body) == documents


@pytest.mark.parametrize(
    "line",
    [b"", b"\n", b"{", b"[]", b'{"revision":1}', b'{"revision":"1","accepted":true}', b"\xff\n"],
)
def test_lines_that_are_no_answers(line: bytes) -> None:
    assert _protocol.answer(line) is None


def test_answers_may_say_more_than_is_known() -> None:
    said = _protocol.answer(b'{"revision":3,"accepted":false,"error":{"code":"x"},"since":1}\n')
    assert said == _protocol.Answer(3, accepted=False, error={"code": "x"})


def test_a_refusal_holds_findings_as_validate_prints_them() -> None:
    finding = Finding("some-code", "error", "it is wrong", file="a.yaml", line=3, column=4)
    (told,) = msgspec.json.decode(_protocol.refused_line(2, [finding]))["refused"]
    assert told == msgspec.to_builtins(finding)
