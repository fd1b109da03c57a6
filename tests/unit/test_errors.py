from __future__ import annotations

import io
from pathlib import Path

import pytest

from pymesh import errors
from pymesh.errors import CODES, Place, PymeshError, did_you_mean, render, report


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_every_exit_code_is_one_of_the_documented() -> None:
    documented = {
        value for name, value in vars(errors).items() if name.startswith("EXIT_") and value
    }
    assert documented == {1, 64, 65, 69, 77, 78, 79}
    assert {code for code, _ in CODES.values()} <= documented


def test_an_unknown_code_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        PymeshError("no-such-code", "x")


def test_exit_code_may_be_decided_elsewhere() -> None:
    error = PymeshError("tls-handshake", "x", exit_code=69)
    assert error.exit_code == 69
    assert render(error) == "pymesh: x [tls-handshake]"


def test_one_line_without_a_place() -> None:
    error = PymeshError("unknown-flag", "there is no flag --x", hint="see --help")
    assert render(error) == "pymesh: there is no flag --x; see --help [unknown-flag]"
    assert str(error) == "there is no flag --x"


def test_caret_stands_under_its_column() -> None:
    place = Place("auth.py", 12, 5, "\tdef authorize(self, requst):")
    error = PymeshError("plugin-failed", "unknown argument", place=place, hint="did you mean x?")
    assert render(error).split("\n") == [
        "auth.py:12:5: unknown argument [plugin-failed]",
        "   12 | \tdef authorize(self, requst):",
        "      | \t   ^",
        "      = did you mean x?",
    ]
    assert str(error) == "auth.py:12:5: unknown argument"


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (Place("a"), "a"),
        (Place("a", 3), "a:3"),
        (Place("a", 3, 7), "a:3:7"),
        (Place("a", 0, 7), "a"),
    ],
)
def test_place(place: Place, shown: str) -> None:
    assert str(place) == shown


def test_place_reads_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"one\ntwo \xff\nthree\n")
    assert Place.in_file(str(path), 2, 1).text == "two \ufffd"
    assert Place.in_file(str(path), 9).text == ""
    assert Place.in_file(str(tmp_path / "none"), 1).text == ""


def test_did_you_mean() -> None:
    assert did_you_mean("--lisen", ["--listen", "--to"]) == "did you mean --listen?"
    assert did_you_mean("--zzz", ["--listen", "--to"]) == ""


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_colour_only_on_a_terminal_that_wants_it(
    monkeypatch: pytest.MonkeyPatch, no_color: str, coloured: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    error = PymeshError("bad-value", "x")
    terminal, pipe = Terminal(), io.StringIO()
    assert report(error, terminal) == 64
    assert report(error, pipe) == 64
    assert ("\x1b[" in terminal.getvalue()) is coloured
    assert "\x1b[" not in pipe.getvalue()
