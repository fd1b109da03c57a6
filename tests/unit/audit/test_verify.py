from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymesh.audit import verify
from pymesh.cli.audit import verify_log
from pymesh.errors import PymeshError

if TYPE_CHECKING:
    from pathlib import Path


def sealed(entries: list[str], sequence: int = 1, previous: str = "0" * 64) -> list[str]:
    """Lines as the proxy writes them."""
    lines = []
    for entry in entries:
        line = f'{{"sequence":{sequence},"previous":"{previous}",{entry}'
        previous = hashlib.sha256(line.encode()).hexdigest()
        lines.append(f'{line},"hash":"{previous}"}}')
        sequence += 1
    return lines


def hash_of(line: str) -> str:
    """The hash of a sealed line."""
    return str(json.loads(line)["hash"])


def write(path: Path, lines: list[str]) -> Path:
    """A log of these lines."""
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def broken(path: Path) -> PymeshError:
    """The refusal of a log."""
    with pytest.raises(PymeshError) as caught:
        verify(str(path))
    assert caught.value.code == "broken-audit-log"
    assert caught.value.exit_code == 65
    return caught.value


ENTRIES = [f'"decision":"deny","path":"/{number}"' for number in range(5)]


def test_a_chain_that_holds(tmp_path: Path) -> None:
    found = verify(str(write(tmp_path / "audit.log", sealed(ENTRIES))))
    assert (found.entries, found.first, found.last) == (5, 1, 5)


def test_an_empty_log_holds(tmp_path: Path) -> None:
    assert verify(str(write(tmp_path / "audit.log", []))).entries == 0


@given(st.data())
def test_no_line_can_be_changed_left_out_or_moved(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    lines = sealed(ENTRIES)
    place = data.draw(st.integers(1, 3))
    match data.draw(st.sampled_from(["change", "remove", "swap", "add", "reseal"])):
        case "change":
            lines[place] = lines[place].replace('"path":"/', '"path":"/x')
        case "remove":
            del lines[place]
        case "swap":
            lines[place], lines[place + 1] = lines[place + 1], lines[place]
        case "add":
            lines.insert(place, "anything")
        case "reseal":
            # Whoever changes a line and its hash must change every line behind it.
            (lines[place],) = sealed(['"decision":"allow"'], place + 1, "0" * 64)
    error = broken(write(tmp_path_factory.mktemp("audit") / "audit.log", lines))
    assert error.place is not None
    assert error.place.line in (place + 1, place + 2)


def test_files_put_aside_come_first(tmp_path: Path) -> None:
    lines = sealed(ENTRIES)
    write(tmp_path / "audit.log.2", lines[:2])
    write(tmp_path / "audit.log.1", lines[2:4])
    log = write(tmp_path / "audit.log", lines[4:])
    assert verify(str(log)).entries == 5
    (tmp_path / "audit.log.2").unlink()
    found = verify(str(log))
    assert (found.first, found.last, len(found.files)) == (3, 5, 2)
    write(tmp_path / "audit.log.1", lines[2:3])
    assert "entry 4 should stand here, not 5" in str(broken(log))


def test_a_cut_line_is_forgiven_where_the_log_says_so(tmp_path: Path) -> None:
    lines = sealed(ENTRIES[:2])
    told = sealed(['"event":"torn_line"', ENTRIES[2]], 2, hash_of(lines[0]))
    log = tmp_path / "audit.log"
    found = verify(str(write(log, [lines[0], lines[1][:50], *told])))
    assert (found.entries, found.torn) == (3, 1)
    silent = sealed([ENTRIES[2]], 2, hash_of(lines[0]))
    error = broken(write(log, [lines[0], lines[1][:50], *silent]))
    assert error.place is not None
    assert error.place.line == 2


def test_entries_that_were_lost_are_counted(tmp_path: Path) -> None:
    lines = sealed([ENTRIES[0], '"event":"entries_lost","count":7', ENTRIES[1]])
    assert verify(str(write(tmp_path / "audit.log", lines))).lost == 7


def test_a_log_that_begins_in_the_middle_of_nothing_is_broken(tmp_path: Path) -> None:
    broken(write(tmp_path / "audit.log", sealed(ENTRIES, 7)))


def test_a_missing_log_is_named(tmp_path: Path) -> None:
    with pytest.raises(PymeshError, match="no such file") as caught:
        verify(str(tmp_path / "audit.log"))
    assert caught.value.code == "missing-file"


def test_what_is_said_of_a_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = write(tmp_path / "audit.log", sealed(ENTRIES))
    verify_log(str(log), "table")
    assert capsys.readouterr().out == f"{log}: the chain holds: 5 entries (1 to 5) in 1 file\n"
    verify_log(str(log), "json")
    assert json.loads(capsys.readouterr().out)["last"] == 5


def test_a_sealed_line_that_is_no_entry_is_broken(tmp_path: Path) -> None:
    for entry in ('"a":nothing', '"a":' + "[" * 100_000, '"count":' + "1" * 5_000):
        assert "no entry" in str(broken(write(tmp_path / "audit.log", sealed([entry]))))
