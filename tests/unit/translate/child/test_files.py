from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from pymesh.sources.files import find_files
from pymesh.translate.child._files import Folder, folders, stamps


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "b.yaml",
        "a.json",
        "c.yml",
        "note.txt",
        ".hidden.yaml",
        "sub/z.yaml",
        ".git/x.yaml",
    ):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(name)
    return tmp_path


def test_files_are_those_that_are_read_in_the_same_order(tree: Path) -> None:
    assert list(stamps([tree])) == [str(file) for file in find_files(tree)]
    assert [Path(name).name for name in stamps([tree])] == ["a.json", "b.yaml", "c.yml", "z.yaml"]


def test_a_named_file_counts_whatever_it_is_called(tree: Path) -> None:
    assert stamps([tree / "note.txt"])[str(tree / "note.txt")] is not None


def test_every_way_to_write_a_file_changes_its_stamp(tree: Path) -> None:
    file = tree / "b.yaml"
    seen = [stamps([file])]
    os.utime(file, ns=(1, 1))
    seen.append(stamps([file]))
    other = tree / "other"
    other.write_text(file.read_text())
    os.utime(other, ns=(1, 1))
    other.rename(file)
    seen.append(stamps([file]))
    file.write_text("longer than before")
    seen.append(stamps([file]))
    assert all(one != two for one, two in itertools.pairwise(seen))
    assert stamps([file]) == seen[-1]


def test_what_is_not_there_or_no_file_has_no_stamp(tree: Path) -> None:
    os.mkfifo(tree / "pipe.yaml")
    (tree / "loop.yaml").symlink_to(tree / "loop.yaml")
    (tree / "broken.yaml").symlink_to(tree / "nowhere")
    found = stamps([tree, tree / "nowhere", tree / "loop.yaml"])
    assert found[str(tree / "pipe.yaml")] is None
    assert found[str(tree / "nowhere")] is None
    assert found[str(tree / "loop.yaml")] is None


def test_links_to_folders_lead_nowhere_in_a_circle(tree: Path) -> None:
    (tree / "sub" / "up").symlink_to(tree)
    assert len(stamps([tree])) == 4


def test_a_file_is_watched_through_its_folder_and_that_of_what_it_links_to(tree: Path) -> None:
    link = tree / "sub" / "link.yaml"
    link.symlink_to(tree / "b.yaml")
    assert folders([link]) == {
        Folder(str(tree / "sub"), recursive=False),
        Folder(str(tree), recursive=False),
    }
    assert Folder(str(tree), recursive=True) in folders([tree])
    assert folders([tree / "no" / "folder" / "x.yaml"]) == set()


def test_a_link_to_nowhere_is_there_and_cannot_be_read(tmp_path: Path) -> None:
    """What it should lead to may be a policy."""
    (tmp_path / "policy.yaml").symlink_to(tmp_path / "gone.yaml")
    assert stamps([tmp_path]) == {str(tmp_path / "policy.yaml"): None}
