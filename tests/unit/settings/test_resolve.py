from __future__ import annotations

from pathlib import Path

import pytest

from pymesh.errors import PymeshError
from pymesh.settings import GROUPS, PROXY, Setting, resolve, values
from pymesh.settings.file import File, read_file

TABLE = (
    Setting("process", "workers", values.integer(0, 9), "2", "N", "threads", path="workers"),
    Setting("traffic", "to", values.target, None, "TARGET", "where to", many=True),
    Setting("plugins", "plugin-config", values.pair, None, "N=V", "configuration", many=True),
    Setting("plugins", "reload", values.switch, "false", "", "reload"),
    Setting("observe", "admin-token", values.text, None, "TOKEN", "token", secret=True),
)


def config(tmp_path: Path, text: str) -> File:
    path = tmp_path / "pymesh.toml"
    path.write_text(text, encoding="utf-8")
    return read_file(TABLE, str(path))


def test_flag_then_variable_then_file_then_default(tmp_path: Path) -> None:
    flags = {"workers": ["3"]}
    variables = {"PYMESH_WORKERS": "4"}
    file = config(tmp_path, "workers = 5\n")
    for given, expected, origin in (
        ((flags, variables, file), 3, "--workers"),
        (({}, variables, file), 4, "PYMESH_WORKERS"),
        (({}, {}, file), 5, f"{file.path}:1:1"),
        (({}, {}, None), 2, "default"),
        (({}, {"PYMESH_WORKERS": ""}, None), 2, "default"),
    ):
        settings = resolve(TABLE, *given)
        assert (settings["workers"], settings.origin["workers"]) == (expected, origin)


def test_what_is_not_given_is_none_or_empty() -> None:
    settings = resolve(TABLE, {}, {})
    assert settings["admin-token"] is None
    assert settings["to"] == []
    assert settings["reload"] is False


def test_commas_separate_in_a_variable_but_not_in_json() -> None:
    settings = resolve(
        TABLE,
        {},
        {"PYMESH_TO": "a=h:1, b=h:2,", "PYMESH_PLUGIN_CONFIG": 'x={"a": 1, "b": 2}'},
    )
    assert [str(one) for one in settings["to"]] == ["a=h:1@1", "b=h:2@1"]
    assert settings["plugin-config"] == [("x", '{"a": 1, "b": 2}')]
    several = resolve(TABLE, {}, {"PYMESH_PLUGIN_CONFIG": "x=a.toml,y=b.json"})
    assert several["plugin-config"] == [("x", "a.toml"), ("y", "b.json")]


def test_file_values_are_read_like_flags(tmp_path: Path) -> None:
    file = config(
        tmp_path,
        'to = ["a=h:1", "h:2@3"]\nreload = true\n\n'
        '[plugin-config]\nb = "b.toml"\n\n[plugin-config.a]\ntokens = ["x"]\nrate = 1.5\n',
    )
    settings = resolve(TABLE, {}, {}, file)
    assert [str(one) for one in settings["to"]] == ["a=h:1@1", "upstream=h:2@3"]
    assert settings["reload"] is True
    assert settings["plugin-config"] == [("b", "b.toml"), ("a", '{"tokens": ["x"], "rate": 1.5}')]


@pytest.mark.parametrize(
    ("flags", "variables", "message"),
    [
        ({"workers": ["x"]}, {}, "--workers must be a whole number from 0 to 9, not 'x'"),
        (
            {},
            {"PYMESH_WORKERS": "10"},
            "PYMESH_WORKERS must be a whole number from 0 to 9, not '10'",
        ),
    ],
)
def test_bad_value_names_its_source(
    flags: dict[str, list[str]], variables: dict[str, str], message: str
) -> None:
    with pytest.raises(PymeshError) as caught:
        resolve(TABLE, flags, variables)
    assert (caught.value.code, caught.value.message) == ("bad-value", message)


def test_a_secret_is_not_repeated() -> None:
    table = (Setting("observe", "admin-token", values.secret, None, "T", "t", secret=True),)
    with pytest.raises(PymeshError) as caught:
        resolve(table, {"admin-token": ["hunter2 "]}, {})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("\nworkers = 'x'\n", ":2:1", "'workers' must be a whole number from 0 to 9, not 'x'"),
        ("workres = 1\n", ":1:1", "there is no setting 'workres'"),
        ("workers = [1]\n", ":1:1", "'workers' must be one value, not a list"),
        ("workers = 1979-05-27\n", ":1:1", "'workers' must be text, a number, or true or false"),
        ("to = [['a']]\n", ":1:1", "'to' must be text, a number, or true or false"),
        ("a = 1\nb = = 2\n", ":2:5", "invalid value"),
        ("  [plugin-confg.a]\n", ":1:4", "there is no setting 'plugin-confg'"),
        ('"worker" = 1\n', ":1:2", "there is no setting 'worker'"),
        ("config = 'x'\n", ":1:1", "there is no setting 'config'"),
    ],
)
def test_bad_file_names_its_place(tmp_path: Path, text: str, place: str, message: str) -> None:
    with pytest.raises(PymeshError) as caught:
        resolve(TABLE, {}, {}, config(tmp_path, text))
    error = caught.value
    assert (error.code, error.exit_code, error.message) == ("bad-config", 78, message)
    assert str(error.place) == f"{tmp_path}/pymesh.toml{place}"
    assert error.place is not None
    assert error.place.text == text.splitlines()[error.place.line - 1]


def test_file_hint(tmp_path: Path) -> None:
    with pytest.raises(PymeshError) as caught:
        config(tmp_path, "workres = 1\n")
    assert caught.value.hint == "did you mean workers?"


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(PymeshError, match="no such file") as caught:
        read_file(TABLE, str(tmp_path / "none.toml"))
    assert caught.value.code == "missing-file"
    path = tmp_path / "latin1.toml"
    path.write_bytes(b"a = '\xe4'\n")
    with pytest.raises(PymeshError, match="UTF-8") as caught:
        read_file(TABLE, str(path))
    assert caught.value.code == "bad-config"


def test_the_table_is_sound() -> None:
    names = [setting.name for setting in PROXY]
    assert len(names) == len(set(names))
    paths = [setting.path for setting in PROXY if setting.path]
    assert len(paths) == len(set(paths))
    for setting in PROXY:
        assert setting.group in GROUPS
        if setting.default is not None:
            assert resolve((setting,), {}, {}).origin == {setting.name: "default"}
        assert not setting.help.endswith(".")
        # Only a switch does without a value, and it can be left out.
        assert setting.metavar or setting.default == "false"
        if setting.path.endswith("_ms"):
            assert setting.parse in (values.duration, values.needed_duration)


def test_defaults_are_those_of_the_core() -> None:
    """They are declared twice, here and in Rust, and must say the same."""
    settings = resolve(PROXY, {}, {})
    assert settings["listen"] == ["127.0.0.1:8080"]
    assert settings["request-head-timeout"] == 10_000
    assert settings["drain-timeout"] == 30_000
    assert settings["max-head-size"] == 16_384
    assert settings["path-normalization"] == "merge_slashes"
