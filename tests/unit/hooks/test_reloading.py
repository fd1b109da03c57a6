from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any

import pytest

from pymesh.hooks import HookError
from pymesh.hooks.manager import PluginManager

Write = Callable[[str, str], str]

PLUGIN = """\
from pymesh.hooks import hookimpl

closed = []

class Auth:
    def __init__(self, config): self.number = {number}; self.config = config
    @hookimpl
    def authorize(self): ...
    def check(self): {check}
    def close(self): closed.append(self.number); {close}
"""


def text(number: int, check: str = "pass", close: str = "pass") -> str:
    return PLUGIN.format(number=number, check=check, close=close)


def number(manager: PluginManager) -> int:
    plugin: Any = manager.plugins[0].plugin
    return int(plugin.number)


def test_a_changed_file_is_loaded_beside_the_old_one(write: Write) -> None:
    path = write("auth.py", text(1))
    manager = PluginManager(reload=True)
    old: Any = manager.load(path, {"a": 1}).plugin
    assert [file[0] for file in manager.table().watched] == [path]
    write("auth.py", text(2))
    table = manager.reload([path])
    assert table is not None
    assert number(manager) == 2
    new: Any = manager.plugins[0].plugin
    assert new.config.a == 1
    assert [file[0] for file in table.watched] == [path]
    closed = sys.modules[type(old).__module__].closed
    assert closed == []
    for end in table.retired:
        end()
    assert closed == [1]


def test_an_edit_within_a_second_and_of_the_same_size_is_seen(write: Write) -> None:
    path = write("auth.py", text(1))
    manager = PluginManager(reload=True)
    manager.load(path)
    for expected in range(2, 6):
        write("auth.py", text(expected))
        assert manager.reload([path]) is not None
        assert number(manager) == expected


def test_modules_of_retired_plugins_are_forgotten(write: Write) -> None:
    path = write("auth.py", text(1))
    manager = PluginManager(reload=True)
    old = manager.load(path).plugin
    for expected in (2, 3):
        write("auth.py", text(expected))
        table = manager.reload([path])
        assert table is not None
        for end in table.retired:
            end()
    first = type(old).__module__
    assert first in sys.modules
    assert f"{first}@2" not in sys.modules
    assert f"{first}@3" in sys.modules
    manager.close()
    assert f"{first}@3" not in sys.modules


@pytest.mark.parametrize(
    "broken, said",
    [
        ("def authorize(:\n", "SyntaxError"),
        (text(2, check="raise ValueError('not now')"), "not now"),
        ("import json\ndef inner(): return 1 / 0\ninner()\n", "ZeroDivisionError"),
        ("def authorize(reqest): ...\n", "no argument reqest"),
        ("x = 1\n", "no hook"),
    ],
)
def test_a_failing_reload_keeps_the_old_plugin_and_says_why(
    write: Write, broken: str, said: str
) -> None:
    path = write("auth.py", text(1))
    stream = io.StringIO()
    manager = PluginManager(reload=True, stream=stream)
    manager.load(path)
    write("auth.py", broken)
    assert manager.reload([path]) is None
    assert number(manager) == 1
    assert said in stream.getvalue()
    # From the plugin's first frame on: nothing of ours, nothing of the import system.
    assert "_loading.py" not in stream.getvalue()
    assert "importlib" not in stream.getvalue()


def test_a_traceback_begins_in_the_plugin(write: Write) -> None:
    path = write("auth.py", text(1))
    stream = io.StringIO()
    manager = PluginManager(reload=True, stream=stream)
    manager.load(path)
    write("auth.py", "def inner():\n    return 1 / 0\ninner()\n")
    manager.reload([path])
    lines = stream.getvalue().splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert f'"{path}", line 3' in lines[1]


def test_plugins_that_have_not_changed_stay(write: Write) -> None:
    manager = PluginManager(reload=True)
    first = write("one.py", text(1))
    manager.load(first)
    kept = manager.load(write("two.py", text(7))).plugin
    write("one.py", text(2))
    manager.reload([first])
    assert [loaded.name for loaded in manager.plugins] == ["one", "two"]
    assert manager.plugins[1].plugin is kept


def test_a_module_is_reloaded_from_its_file_with_its_package(
    write: Write, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "some_package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "word.py").write_text("WORD = 5\n")
    plugin = package / "auth.py"
    plugin.write_text(text(1))
    monkeypatch.syspath_prepend(str(tmp_path))
    manager = PluginManager(reload=True)
    manager.load("some_package.auth")
    plugin.write_text("from .word import WORD\n" + text(2).replace("= 2", "= WORD"))
    assert manager.reload([str(plugin)]) is not None
    assert number(manager) == 5


def test_without_reload_nothing_is_watched(write: Write) -> None:
    manager = PluginManager()
    manager.load(write("auth.py", text(1)))
    assert manager.table().watched == ()


def test_closing_goes_on_when_one_plugin_raises(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    manager = PluginManager()
    first: Any = manager.load(write("one.py", text(1))).plugin
    manager.load(write("two.py", text(2, close="raise OSError('gone')")))
    manager.close()
    assert sys.modules[type(first).__module__].closed == [1]
    assert "gone" in capsys.readouterr().err


def test_a_refused_plugin_leaves_the_others_as_they_were(write: Write) -> None:
    manager = PluginManager()
    manager.load(write("one.py", text(1)))
    with pytest.raises(HookError):
        manager.load(write("two.py", "x = 1\n"))
    assert [loaded.name for loaded in manager.plugins] == ["one"]
