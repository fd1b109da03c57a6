"""Changes of files, in the ways in which files change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.integration
Services = Callable[..., str]
Start = Callable[..., Any]


def test_an_edit_is_the_next_revision(start: Start, folder: Path, services: Services) -> None:
    child = start(folder)
    assert child.next()["revision"] == 1
    (folder / "a.yaml").write_text(services("a", "b"))
    line = child.next()
    assert line["revision"] == 2
    assert len(line["documents"]["services"]) == 2


def test_an_editor_that_renames_and_replaces_is_followed(
    start: Start, folder: Path, services: Services
) -> None:
    file = folder / "a.yaml"
    child = start(file)
    assert child.hosts() == ["a"]
    for name in ("b", "c"):
        file.rename(folder / "a.yaml~")
        new = folder / ".a.yaml.swp"
        new.write_text(services(name))
        new.rename(file)
        assert child.hosts() == [name]


def test_a_new_file_and_a_new_folder_are_found(
    start: Start, folder: Path, services: Services
) -> None:
    child = start(folder)
    assert child.hosts() == ["a"]
    (folder / "b.yml").write_text(services("b"))
    assert child.hosts() == ["a", "b"]
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "c.yaml").write_text(services("c"))
    assert child.hosts() == ["a", "b", "c"]


def test_a_mounted_config_map_changes_at_once(
    start: Start, tmp_path: Path, services: Services
) -> None:
    mount = tmp_path / "mount"

    def version(name: str) -> str:
        (mount / f"..{name}").mkdir(parents=True)
        for file in ("one", "two"):
            (mount / f"..{name}" / f"{file}.yaml").write_text(services(f"{file}-{name}"))
        return f"..{name}"

    first = version("v1")
    (mount / "..data").symlink_to(first)
    for file in ("one.yaml", "two.yaml"):
        (mount / file).symlink_to(Path("..data", file))
    by_folder, by_file = start(mount), start(mount / "one.yaml")
    assert by_folder.hosts() == ["one-v1", "two-v1"]
    assert by_file.hosts() == ["one-v1"]
    (mount / "..data_tmp").symlink_to(version("v2"))
    (mount / "..data_tmp").rename(mount / "..data")
    assert by_folder.hosts() == ["one-v2", "two-v2"]
    assert by_file.hosts() == ["one-v2"]


def test_a_bad_edit_is_refused_and_what_was_there_stays(
    start: Start, folder: Path, services: Services
) -> None:
    child = start(folder)
    child.next()
    (folder / "a.yaml").write_text("apiVersion: v1\nkind: Service\nmetadata: {name: [a]}\n")
    line = child.next()
    assert line["revision"] == 2
    assert [one["path"] for one in line["refused"]] == ["metadata.name"]
    child.said("what was there before stays in force")
    (folder / "a.yaml").write_text(services("a"))
    line = child.next()
    assert line["revision"] == 3
    assert len(line["documents"]["services"]) == 1


def test_a_change_that_means_the_same_is_no_revision(
    start: Start, folder: Path, services: Services
) -> None:
    child = start(folder)
    child.next()
    (folder / "a.yaml").write_text("# a comment\n" + services("a"))
    (folder / "note.yaml").write_text("# nothing\n")
    (folder / "a.yaml").write_text(services("a", "b"))
    assert child.next()["revision"] == 2


def test_a_file_that_is_emptied_or_away_for_a_moment_is_no_empty_mesh(
    start: Start, folder: Path, services: Services
) -> None:
    child = start(folder)
    child.next()
    with (folder / "a.yaml").open("w") as file:
        # Empty by now; a thing like this is how many programs write a file.
        file.write(services("b"))
    assert child.hosts() == ["b"]
    (folder / "a.yaml").unlink()
    (folder / "a.yaml").write_text(services("c"))
    assert child.hosts() == ["c"]


def test_a_file_that_stays_away_is_gone(start: Start, folder: Path, services: Services) -> None:
    (folder / "b.yaml").write_text(services("b"))
    child = start(folder)
    assert child.hosts() == ["a", "b"]
    (folder / "b.yaml").unlink()
    assert child.hosts() == ["a"]


def test_a_path_that_goes_away_is_refused_and_found_again(
    start: Start, folder: Path, services: Services
) -> None:
    child = start(folder)
    child.next()
    away = folder.with_name("away")
    folder.rename(away)
    assert child.next()["refused"][0]["code"] == "unreadable-file"
    (away / "a.yaml").write_text(services("b"))
    away.rename(folder)
    assert child.hosts() == ["b"]
    (folder / "a.yaml").write_text(services("c"))
    assert child.hosts() == ["c"]
