from __future__ import annotations

import pytest

from pymesh.cli.flags import parse_flags
from pymesh.cli.usage import usage
from pymesh.errors import PymeshError
from pymesh.settings import PROXY


def parse(*words: str) -> dict[str, list[str]]:
    return parse_flags(PROXY, words)


def test_forms() -> None:
    assert parse() == {}
    assert parse("--to", "h:1", "--to=h:2", "-p", "a.py", "--plugin", "b") == {
        "to": ["h:1", "h:2"],
        "plugin": ["a.py", "b"],
    }
    assert parse("--reload") == {"reload": ["true"]}
    assert parse("--reload=no") == {"reload": ["no"]}
    assert parse("--plugin-config", "a={}", "--access-log=-", "--access-log-format", "json") == {
        "plugin-config": ["a={}"],
        "access-log": ["-"],
        "access-log-format": ["json"],
    }
    assert parse("--access-log", "-") == {"access-log": ["-"]}
    assert parse("--plugin-config=a=b=c") == {"plugin-config": ["a=b=c"]}


@pytest.mark.parametrize(
    ("words", "code", "message", "hint"),
    [
        (["--lisen", "x"], "unknown-flag", "there is no flag --lisen", "did you mean --listen?"),
        (["--lisen=x"], "unknown-flag", "there is no flag --lisen", "did you mean --listen?"),
        (["-x"], "unknown-flag", "there is no flag -x", "see pymesh proxy run --help"),
        (["h:1"], "unknown-flag", "'h:1' is not a flag", "see pymesh proxy run --help"),
        (["--"], "unknown-flag", "there is no flag --", "see pymesh proxy run --help"),
        (["--to"], "bad-value", "--to needs a value", "write --to [NAME=]HOST:PORT[@WEIGHT]"),
        (["--lb", "--to", "h:1"], "bad-value", "--lb needs a value", "write --lb POLICY"),
        (["--lb", "random", "--lb=random"], "bad-value", "--lb is given twice", ""),
    ],
)
def test_mistakes(words: list[str], code: str, message: str, hint: str) -> None:
    with pytest.raises(PymeshError) as caught:
        parse(*words)
    error = caught.value
    assert (error.code, error.message, error.hint) == (code, message, hint)
    assert error.exit_code == 64


@pytest.mark.parametrize("width", [20, 80, 200])
def test_help_shows_every_setting_with_its_variable_and_default(width: int) -> None:
    text = " ".join(usage(PROXY, width).split())
    for setting in PROXY:
        assert f" {setting.flag} {setting.metavar}".rstrip() in text
        assert setting.env in text
        assert setting.help in text
        if setting.default is not None:
            assert f"[{setting.env}, default {setting.default}" in text
    assert max(len(line) for line in usage(PROXY, 80).splitlines()) <= 89
