from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pymesh.hooks import HookError, _loading
from pymesh.hooks.manager import PluginManager

if TYPE_CHECKING:
    from pathlib import Path

Write = Callable[[str, str], str]

FUNCTIONS = "def authorize(request):\n    return None\n"
CLASS = """\
from pymesh.hooks import hookimpl

class Closed:
    @hookimpl
    def authorize(self, request): ...
"""


def refused(target: str) -> HookError:
    with pytest.raises(HookError) as caught:
        PluginManager().load(target)
    assert caught.value.exit_code == 78
    return caught.value


def test_a_file_of_plain_functions_is_a_plugin(write: Write) -> None:
    loaded = PluginManager().load(write("auth.py", FUNCTIONS))
    assert loaded.name == "auth"
    assert [hook.name for hook in loaded.hooks] == ["authorize"]


def test_the_one_class_with_hooks_is_the_plugin(write: Write) -> None:
    assert type(PluginManager().load(write("auth.py", CLASS)).plugin).__name__ == "Closed"


def test_a_class_may_be_named(write: Write) -> None:
    path = write("auth.py", CLASS + CLASS.replace("Closed", "Open"))
    assert type(PluginManager().load(f"{path}:Open").plugin).__name__ == "Open"


def test_several_plugins_in_one_file_have_to_be_told_apart(write: Write) -> None:
    error = refused(write("auth.py", CLASS + FUNCTIONS))
    assert error.code == "plugin-failed"
    assert "Closed, its functions" in error.message
    assert error.hint == "say which one: auth.py:Closed"


def test_a_class_that_is_not_there_is_missing(write: Write) -> None:
    error = refused(write("auth.py", CLASS) + ":Close")
    assert (error.code, error.hint) == ("plugin-missing", "did you mean Closed?")


def test_a_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    error = refused(str(tmp_path / "none.py"))
    assert error.code == "plugin-missing"
    assert "No such file" in error.message


def test_a_file_without_hooks_is_refused(write: Write) -> None:
    assert "no hook" in refused(write("empty.py", "x = 1\n")).message


def test_an_import_that_raises_names_file_and_line(write: Write) -> None:
    path = write("broken.py", "import json\n\n1 / 0\n")
    error = refused(path)
    assert str(error.place) == f"{path}:3"
    assert "ZeroDivisionError" in error.message
    assert not [name for name in sys.modules if "plugin_broken" in name]


def test_a_syntax_error_names_file_line_and_column(write: Write) -> None:
    path = write("broken.py", "def authorize(:\n")
    assert str(refused(path).place) == f"{path}:1:15"


def test_a_plugin_that_exits_is_refused(write: Write) -> None:
    assert "SystemExit" in refused(write("exits.py", "raise SystemExit(3)\n")).message


def test_what_lies_beside_a_plugin_can_be_imported(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    write("beside_it.py", "WORD = 'x'\n")
    PluginManager().load(write("auth.py", "from beside_it import WORD\n" + FUNCTIONS))


def test_imported_names_are_no_hooks(write: Write) -> None:
    path = write("auth.py", "from pymesh.hooks.spec import authorize\n")
    assert "no hook" in refused(path).message


def test_a_module_is_found_by_its_dotted_name(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "somewhere").mkdir()
    (tmp_path / "somewhere" / "__init__.py").touch()
    (tmp_path / "somewhere" / "limits.py").write_text(CLASS)
    monkeypatch.syspath_prepend(str(tmp_path))
    loaded = PluginManager().load("somewhere.limits:Closed")
    assert loaded.name == "limits"


def test_a_module_that_imports_what_is_missing_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "needs_more.py").write_text("import no_such_thing\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    error = refused("needs_more")
    assert error.code == "plugin-failed"
    assert str(error.place).endswith("needs_more.py:1")


def test_an_unknown_name_lists_what_is_installed() -> None:
    error = refused("no-such-plugin-at-all")
    assert error.code == "plugin-missing"
    assert "installed" in error.hint


def test_an_installed_plugin_is_found_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint

    point = EntryPoint("my-auth", "pymesh.hooks.spec:authorize", _loading.GROUP)
    monkeypatch.setattr(_loading, "_entry_point", lambda name: point if name == "my-auth" else None)
    assert _loading.find("my-auth").name == "my-auth"


def test_two_plugins_of_one_name_are_refused(write: Write) -> None:
    path = write("auth.py", FUNCTIONS)
    manager = PluginManager()
    manager.load(path)
    with pytest.raises(HookError, match="two plugins auth"):
        manager.load(path)


def test_two_classes_of_one_file_are_told_apart_by_name(write: Write) -> None:
    path = write("auth.py", CLASS + CLASS.replace("Closed", "Open"))
    manager = PluginManager()
    names = [manager.load(f"{path}:{name}").name for name in ("Open", "Closed")]
    assert names == ["auth", "auth:Closed"]


def test_a_plugin_that_fails_its_check_is_refused(write: Write) -> None:
    path = write("auth.py", FUNCTIONS + "def check():\n    raise ValueError('no database')\n")
    error = refused(path)
    assert str(error.place) == f"{path}:4"
    assert "no database" in error.message
