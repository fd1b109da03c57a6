"""Files that change while hooks run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pymesh import _core
from pymesh.hooks.manager import PluginManager

Write = Callable[[str, str], str]

PLUGIN = """\
from pymesh.hooks import deny, hookimpl

class Plugin:
    @hookimpl(inline={inline})
    def authorize(self): return deny(403, "{word}")
    def close(self):
        with open(__file__ + ".closed", "a") as file:
            file.write("{word};")
"""


def text(word: str, *, inline: bool = True) -> str:
    return PLUGIN.format(word=word, inline=inline)


@contextmanager
def harness(path: str) -> Iterator[_core.Harness]:
    manager = PluginManager(reload=True)
    manager.load(path)
    made = _core.Harness(manager.table())
    try:
        yield made
    finally:
        made.close()


def reason(made: _core.Harness) -> str:
    reply = made.call()["reply"]
    assert reply is not None
    return reply["reason"]


def closed(path: str) -> str:
    file = Path(path + ".closed")
    return file.read_text() if file.exists() else ""


def until(condition: Callable[[], bool]) -> bool:
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up:
        if condition():
            return True
    return False


def test_a_changed_file_is_in_force_and_the_old_plugin_is_closed(write: Write) -> None:
    path = write("auth.py", text("one"))
    with harness(path) as made:
        assert reason(made) == "one"
        write("auth.py", text("two"))
        assert until(lambda: reason(made) == "two")
        assert until(lambda: closed(path) == "one;")
        assert 'pymesh_hook_reloads_total{result="ok"} 1' in made.metrics()
    assert closed(path) == "one;two;"


def test_counters_go_on_after_a_reload(write: Write, counted: Callable[..., int]) -> None:
    path = write("auth.py", text("one"))
    with harness(path) as made:
        made.call(repeat=5)
        write("auth.py", text("two", inline=False))
        assert until(lambda: reason(made) == "two")
        assert counted(made, outcome="denied", tier="inline") >= 5
        assert counted(made, outcome="denied", tier="dispatcher") >= 1


def test_a_broken_file_leaves_the_old_plugin(
    write: Write, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write("auth.py", text("one"))
    with harness(path) as made:
        write("auth.py", "def authorize(:\n")
        failed = 'pymesh_hook_reloads_total{result="failed"} 1'
        assert until(lambda: failed in made.metrics())
        assert reason(made) == "one"
        assert "SyntaxError" in capfd.readouterr().err
        write("auth.py", text("three"))
        assert until(lambda: reason(made) == "three")


def test_many_reloads_under_load_lose_no_call(write: Write) -> None:
    path = write("auth.py", text("w0"))
    with harness(path) as made:
        for number in range(1, 11):
            write("auth.py", text(f"w{number}", inline=number % 2 == 0))
            for _ in range(2000):
                outcome = made.call(repeat=20)
                assert outcome["reply"] is not None
                assert outcome["reply"]["reason"] != "plugin_failed"
                if outcome["reply"]["reason"] == f"w{number}":
                    break
            else:
                assert until(lambda: reason(made) == f"w{number}")  # noqa: B023
