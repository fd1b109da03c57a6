"""Files and folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pymesh.sources import files as module
from pymesh.sources import find_files, read_file, read_paths

TEXT = "apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}\n"


def names(*paths: Path) -> list[str]:
    parsed = read_paths(paths)
    assert parsed.findings == []
    return [resource.name for resource in parsed.resources]


def write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TEXT % path.name.replace(".", "-").lower())
    return path


def test_a_folder_is_read_in_order_with_all_below_it(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "c.json.yaml", "sub/d.yaml", "sub/a.yaml", "notes.txt",
                 ".hidden.yaml", ".git/e.yaml", "..data/f.yaml"):  # fmt: skip
        write(tmp_path / name)
    found = [str(path.relative_to(tmp_path)) for path in find_files(tmp_path)]
    assert found == ["a.yml", "b.yaml", "c.json.yaml", "sub/a.yaml", "sub/d.yaml"]
    assert names(tmp_path) == ["a-yml", "b-yaml", "c-json-yaml", "a-yaml", "d-yaml"]


def test_a_named_file_may_be_called_anything(tmp_path: Path) -> None:
    assert names(write(tmp_path / "resources.txt"), write(tmp_path / ".x")) == [
        "resources-txt",
        "-x",
    ]


def test_json(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"apiVersion": "v1", "kind": "Namespace",\t"metadata": {"name": "a"}}')
    assert names(path) == ["a"]


def test_the_file_is_named_as_the_user_named_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "mesh" / "a.yaml").write_text("- a\n")
    monkeypatch.chdir(tmp_path)
    assert [finding.file for finding in read_paths(["mesh"]).findings] == ["mesh/a.yaml"]


def test_links_to_files_are_followed_and_links_to_folders_are_not(tmp_path: Path) -> None:
    target = write(tmp_path / "elsewhere" / "a.yaml")
    folder = tmp_path / "mesh"
    folder.mkdir()
    (folder / "link.yaml").symlink_to(target)
    (folder / "loop").symlink_to(folder)
    assert [path.name for path in find_files(folder)] == ["link.yaml"]


def unreadable(path: Path) -> str:
    (finding,) = read_paths([path]).findings
    assert (finding.code, finding.severity) == ("unreadable-file", "error")
    assert finding.file == str(path)
    return finding.message


def test_what_is_not_there(tmp_path: Path) -> None:
    assert unreadable(tmp_path / "a.yaml") == "cannot be read: no such file or directory"
    (tmp_path / "b.yaml").symlink_to(tmp_path / "a.yaml")
    assert unreadable(tmp_path / "b.yaml") == "cannot be read: no such file or directory"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")
    assert unreadable(tmp_path / "a.yaml") == "cannot be read: it is not a regular file"
    assert read_paths([tmp_path]).resources == []


def test_a_device_is_not_read() -> None:
    assert "not a regular file" in unreadable(Path("/dev/zero"))


def test_a_file_of_a_folder_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").mkdir()
    assert list(find_files(tmp_path)) == []
    (finding,) = read_file(tmp_path / "a.yaml").findings
    assert finding.code == "unreadable-file"


def test_a_large_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # a hole, and a terabyte
    (finding,) = read_paths([path]).findings
    assert finding.code == "yaml-too-large"


def test_a_folder_with_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("a")
    (finding,) = read_paths([tmp_path]).findings
    assert (finding.code, finding.severity, finding.file) == ("no-files", "warning", str(tmp_path))


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FILES", 3)
    for number in range(4):
        write(tmp_path / f"{number}.yaml")
    (finding,) = read_paths([tmp_path]).findings
    assert (finding.code, finding.file) == ("yaml-too-large", str(tmp_path))


def test_folders_too_deep(tmp_path: Path) -> None:
    """Deeper than Python calls itself."""
    deep = tmp_path
    for _ in range(80):
        deep /= "d"
        deep.mkdir()
    write(deep / "a.yaml")
    (finding,) = read_paths([tmp_path]).findings
    assert (finding.code, finding.file) == ("yaml-too-large", str(tmp_path))


def test_a_file_with_too_many_findings_is_refused_without_reading_all(tmp_path: Path) -> None:
    text = (
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspek: {}\n"
    )
    (tmp_path / "a.yaml").write_text("---\n".join([text] * 5_000))
    parsed = read_paths([tmp_path])
    assert len(parsed.findings) < 2_100
    last = parsed.findings[-1]
    assert (last.code, last.severity) == ("more-findings", "error")
    assert not any(document.valid for document in parsed.documents)
