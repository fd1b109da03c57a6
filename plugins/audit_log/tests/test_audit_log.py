from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeRecord
from hypothesis import given
from hypothesis import strategies as st

from pymesh.plugins.audit_log import AuditLog, Config
from pymesh.plugins.audit_log.file import RotatingFile
from pymesh.plugins.audit_log.plugin import LONGEST_FIELD, line


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(text) for text in path.read_text("ascii").splitlines()]


def test_one_line_for_each_request(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    log = AuditLog(Config(path=str(path)))
    log.telemetry([FakeRecord(path=f"/{number}") for number in range(3)])
    log.telemetry([FakeRecord(path="/3", status=401, reason="bad token", plugin="header-auth")])
    log.close()
    found = lines(path)
    assert [one["path"] for one in found] == ["/0", "/1", "/2", "/3"]
    assert found[0] == {
        "time": "1970-01-01T00:00:01.250Z",
        "id": "00000000-0000-4000-8000-000000000000",
        "client": "192.0.2.1",
        "address": "192.0.2.1:40000",
        "identity": None,
        "method": "GET",
        "authority": "web",
        "path": "/0",
        "status": 200,
        "flags": "-",
        "reason": "",
        "plugin": None,
        "route": "default/upstream",
        "service": "default/v1",
        "endpoint": "127.0.0.1:9000",
        "attempts": 1,
        "duration_ms": 1.5,
        "upstream_ms": 1.0,
        "request_bytes": 80,
        "response_bytes": 160,
    }
    assert (found[3]["status"], found[3]["reason"], found[3]["plugin"]) == (
        401, "bad token", "header-auth",
    )  # fmt: skip


def test_the_file_is_private_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    for _ in range(2):
        log = AuditLog(Config(path=str(path)))
        log.telemetry([FakeRecord()])
        log.close()
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(lines(path)) == 2


@given(st.text(st.characters(max_codepoint=255)))
def test_no_request_can_end_a_line_or_speak_to_a_terminal(text: str) -> None:
    written = line(FakeRecord(path=text, authority=text, method=text, id=text))
    assert written.endswith("\n")
    assert all(" " <= mark <= "~" for mark in written[:-1])
    shown = text if len(text) <= LONGEST_FIELD else text[:LONGEST_FIELD] + "..."
    assert json.loads(written)["path"] == shown


def test_long_fields_are_cut() -> None:
    written = json.loads(line(FakeRecord(path="/" + "a" * 8000)))
    assert written["path"] == "/" + "a" * (LONGEST_FIELD - 1) + "..."


def test_the_file_is_put_aside_when_it_is_full(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    file = RotatingFile(str(path), max_bytes=20, keep=2)
    for number in range(7):
        file.append(b"line %d\n" % number)  # 7 bytes: two fit
    file.close()
    assert path.read_bytes() == b"line 6\n"
    assert (tmp_path / "audit.log.1").read_bytes() == b"line 4\nline 5\n"
    assert (tmp_path / "audit.log.2").read_bytes() == b"line 2\nline 3\n"
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "audit.log", "audit.log.1", "audit.log.2",
    ]  # fmt: skip


def test_a_batch_larger_than_the_limit_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    file = RotatingFile(str(path), max_bytes=10, keep=1)
    file.append(b"x" * 99 + b"\n")
    file.append(b"y\n")
    file.close()
    assert path.read_bytes() == b"y\n"
    assert len((tmp_path / "audit.log.1").read_bytes()) == 100


def test_size_counts_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.write_bytes(b"old line\n")
    file = RotatingFile(str(path), max_bytes=10, keep=1)
    file.append(b"new\n")
    file.close()
    assert (tmp_path / "audit.log.1").read_bytes() == b"old line\n"


@pytest.mark.parametrize("how", ["moved", "removed"])
def test_follows_another_rotation(tmp_path: Path, how: str) -> None:
    path = tmp_path / "audit.log"
    file = RotatingFile(str(path), max_bytes=0, keep=1)
    file.append(b"one\n")
    if how == "moved":
        path.rename(tmp_path / "aside")
    else:
        path.unlink()
    file.append(b"two\n")
    file.close()
    assert path.read_bytes() == b"two\n"


def test_a_torn_line_is_ended_before_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "audit.log"
    file = RotatingFile(str(path), max_bytes=0, keep=1)
    write = os.write
    room = [4, 0]

    def full_disk(descriptor: int, data: bytes) -> int:
        if not (space := room.pop(0)):
            raise OSError(28, "No space left on device")
        return write(descriptor, data[:space])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full_disk)
        with pytest.raises(OSError, match="No space"):
            file.append(b"line 1\n")
    file.append(b"line 2\n")
    file.close()
    assert path.read_bytes() == b"line\nline 2\n"


def test_a_link_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="audit.log"):
        AuditLog(Config(path=str(path)))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such file"):
        AuditLog(Config(path=str(tmp_path / "none" / "audit.log")))


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": ""},
        {"path": 1},
        {"path": "a", "max_bytes": -1},
        {"path": "a", "max_bytes": 1.5},
        {"path": "a", "keep": 0},
        {"path": "a", "keep": True},
    ],
)
def test_bad_configuration(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must"):
        Config(**wrong)
