from __future__ import annotations

from pathlib import Path

import pytest

from pymesh.dataplane.plugin_config import read_plugin_config
from pymesh.dataplane.plugins import load_plugins, plugin_name
from pymesh.errors import PymeshError, render
from pymesh.settings import PROXY, Resolved, resolve

PLUGIN = """\
from pymesh.hooks import deny, hookimpl

CLOSED = []

class Auth:
    def __init__(self, config):
        self.token = config.token

    @hookimpl(inline=True)
    def authorize(self, request):
        return deny(401, "no")

    def close(self):
        CLOSED.append(self.token)
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    path = tmp_path / "auth.py"
    path.write_text(PLUGIN)
    return path


def settings(plugins: list[object], configs: list[str]) -> Resolved:
    flags = {"to": ["127.0.0.1:1"], "plugin": [str(one) for one in plugins],
             "plugin-config": configs}  # fmt: skip
    return resolve(PROXY, {name: value for name, value in flags.items() if value}, {})


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("auth.py", "auth"),
        ("./a/auth.py:Auth", "auth"),
        ("/a.b/c.d.py", "c.d"),
        ("package.module", "module"),
        ("package.module:Auth", "module"),
        ("header-auth", "header-auth"),
        ("header-auth:HeaderAuth", "header-auth"),
    ],
)
def test_plugin_name(target: str, name: str) -> None:
    assert plugin_name(target) == name


@pytest.mark.parametrize("target", ["auth.py", "auth.py:Auth"])
def test_a_file_with_its_configuration(plugin: Path, target: str) -> None:
    manager = load_plugins(settings([plugin.parent / target], ['auth={"token": "sesame"}']))
    (loaded,) = manager.plugins
    assert loaded.name == plugin_name(target)
    assert loaded.plugin.token == "sesame"  # type: ignore[attr-defined]
    assert [step.hook for step in manager.table().steps] == ["authorize"]


def test_the_names_agree_with_the_manager(plugin: Path) -> None:
    configs = ['auth={"token": "x"}', 'ab_split={"weights": {"v1": 1}}']
    manager = load_plugins(settings([plugin, "pymesh.plugins.ab_split:AbSplit"], configs))
    assert [one.name for one in manager.plugins] == ["auth", "ab_split"]


def test_two_of_one_file_are_told_apart_by_their_class(tmp_path: Path) -> None:
    path = tmp_path / "two.py"
    path.write_text(
        PLUGIN.replace("class Auth", "class One") + PLUGIN.replace("class Auth", "class Two")
    )
    one, two = f"{path}:One", f"{path}:Two"
    manager = load_plugins(settings([one, two], ['two={"token": "1"}', f'{two}={{"token": "2"}}']))
    assert [loaded.plugin.token for loaded in manager.plugins] == ["1", "2"]  # type: ignore[attr-defined]


def test_configuration_of_an_unused_plugin_is_refused(plugin: Path) -> None:
    with pytest.raises(PymeshError) as caught:
        load_plugins(settings([plugin], ['auth={"token": "x"}', "auht={}"]))
    assert caught.value.code == "bad-plugin-config"
    assert "'auht'" in caught.value.message
    assert caught.value.hint == "did you mean auth?"


def test_what_was_loaded_is_closed_when_another_fails(plugin: Path) -> None:
    with pytest.raises(PymeshError) as caught:
        load_plugins(settings([plugin, "/none/other.py"], ['auth={"token": "x"}']))
    assert (caught.value.code, caught.value.exit_code) == ("plugin-missing", 78)


def test_configured_twice(plugin: Path) -> None:
    with pytest.raises(PymeshError, match="configured twice"):
        load_plugins(settings([plugin], ["auth={}", "auth={}"]))


@pytest.mark.parametrize("name", ["a.json", "a.toml"])
def test_configuration_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text('{"token": "x"}' if name == "a.json" else 'token = "x"\n')
    config = read_plugin_config("auth", str(path))
    assert (config.values, config.place) == ({"token": "x"}, str(path))


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("a.json", '{\n "token": x}', "a.json:2:11"),
        ("a.json", "{\n", "a.json:2:1"),
        ("a.json", "", "a.json:1:1"),
        ("a.json", "[1]", "a.json"),
        ("a.toml", "token = \n", "a.toml:1:9"),
        ("a.toml", b"a = '\xe4'", "a.toml"),
    ],
)
def test_bad_configuration_file(tmp_path: Path, name: str, text: str | bytes, place: str) -> None:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(PymeshError) as caught:
        read_plugin_config("auth", str(path))
    assert (caught.value.code, caught.value.exit_code) == ("bad-plugin-config", 78)
    assert str(caught.value.place) == f"{tmp_path}/{place}"


def test_missing_configuration_file(tmp_path: Path) -> None:
    with pytest.raises(PymeshError, match="no such file") as caught:
        read_plugin_config("auth", str(tmp_path / "none.toml"))
    assert (caught.value.code, caught.value.exit_code) == ("missing-file", 78)


def test_a_secret_on_the_command_line_is_not_repeated() -> None:
    with pytest.raises(PymeshError) as caught:
        read_plugin_config("auth", '{"token": "hunter2"')
    assert "hunter2" not in render(caught.value)
    assert str(caught.value.place) == "--plugin-config auth:1:20"
