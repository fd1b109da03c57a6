"""Every code has a folder: a file that gives it where a comment says, and one that does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pymesh.resources import Finding
from pymesh.sources import read_paths
from pymesh.validate import codes, load_rules, validate

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*/cases/*"))
# Those that no text of a file could show; their tests are in test_running.py.
MADE = {"internal-error", "more-findings", "no-files", "unreadable-file", "yaml-too-large"}

load_rules()


def findings(path: Path) -> list[Finding]:
    return list(validate(read_paths([path])).findings)


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_bad_is_found_where_the_comment_says(folder: Path) -> None:
    lines = (folder / "bad.yaml").read_text(encoding="utf-8", errors="replace").split("\n")
    expected = {
        number
        for number, line in enumerate(lines, 1)
        if re.search(rf"# <- {re.escape(folder.name)}\s*$", line)
    }
    assert expected, "no comment says where"
    found = {one.line for one in findings(folder / "bad.yaml") if one.code == folder.name}
    assert found == expected


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_good_is_not(folder: Path) -> None:
    assert folder.name not in {one.code for one in findings(folder / "good.yaml")}


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_case_is_of_a_code(folder: Path) -> None:
    assert folder.name in codes()


@pytest.mark.parametrize("code", sorted(codes()))
def test_code_has_a_case(code: str) -> None:
    assert code in MADE or code in {folder.name for folder in CASES}


@pytest.mark.parametrize("code", sorted(codes()))
def test_code_is_well_formed(code: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)
    one = codes()[code]
    assert one.meaning.endswith((".", ")"))
    assert one.remedy.endswith((".", ")"))
