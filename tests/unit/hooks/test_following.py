"""Plugins of resources, and what becomes of them when the resources change."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pymesh.hooks import HookError
from pymesh.hooks.manager import PluginManager

Write = Callable[[str, str], str]

PLUGIN = """
from pymesh.hooks import hookimpl

class Plugin:
    def __init__(self, config):
        self.log = config["log"]

    @hookimpl
    def authorize(self, request): ...

    def close(self):
        with open(self.log, "a") as log:
            log.write("closed ")
"""


@pytest.fixture
def closed(tmp_path: Any) -> Callable[[], int]:
    """How many plugins have been closed."""
    log = tmp_path / "log"
    log.touch()
    return lambda: log.read_text().count("closed")


@pytest.fixture
def plugin(write: Write, tmp_path: Any) -> Callable[..., dict[str, Any]]:
    """Makes the document of a plugin."""
    source = write("filed.py", PLUGIN)

    def make(name: str, **more: Any) -> dict[str, Any]:
        config = {"log": str(tmp_path / "log"), **more.pop("config", {})}
        return {"name": name, "source": source, "config": config, **more}

    return make


def names(manager: PluginManager) -> list[str]:
    """The plugins in the order in which their hooks are called."""
    return [step.plugin for step in manager.table().authorize]


def test_those_of_resources_come_before_the_others_and_in_their_order(
    plugin: Callable[..., Any], write: Write
) -> None:
    manager = PluginManager()
    manager.load(write("own.py", "def authorize(request): ...\n"))
    manager.load_resources([plugin("a"), plugin("b")])
    assert names(manager) == ["a", "b", "own"]
    manager.follow(json.dumps([plugin("c"), plugin("b"), plugin("a")]))
    assert names(manager) == ["c", "b", "a", "own"]


def test_what_has_not_changed_stays_and_the_rest_is_closed_when_it_has_retired(
    plugin: Callable[..., Any], closed: Callable[[], int]
) -> None:
    manager = PluginManager()
    manager.load_resources([plugin("a"), plugin("b")])
    before = {one.name: one.plugin for one in manager.plugins}
    table = manager.follow(json.dumps([plugin("a"), plugin("b", config={"more": 1})]))
    after = {one.name: one.plugin for one in manager.plugins}
    assert after["a"] is before["a"]
    assert after["b"] is not before["b"]
    assert closed() == 0  # calls may still use it
    for end in table.retired:
        end()
    assert closed() == 1


@pytest.mark.parametrize("wrong", ["missing", "twin", "provider"])
def test_new_ones_that_cannot_be_used_leave_everything_as_it_was(
    wrong: str, plugin: Callable[..., Any], closed: Callable[[], int], write: Write
) -> None:
    manager = PluginManager()
    manager.load(write("own.py", "def on_request(request): ...\n"))
    manager.load_resources([plugin("a")])
    before = manager.plugins
    refused = {
        "missing": (plugin("c") | {"source": "no_such.py"}, "no_such.py"),
        "twin": (plugin("own"), "there are two plugins own"),
        "provider": (
            {"name": "c", "source": write("none.py", "def on_request(request): ...\n"),
             "provider": "asked"},
            "no authorize hook",
        ),
    }  # fmt: skip
    document, message = refused[wrong]
    # The last is made first.
    with pytest.raises(HookError, match=message):
        manager.follow(json.dumps([document, plugin("b"), plugin("a")]))
    assert manager.plugins == before
    assert names(manager) == ["a"]
    assert closed() == (2 if wrong == "twin" else 1)  # those that were made for nothing


def test_two_of_one_name_are_refused_from_the_start(plugin: Callable[..., Any]) -> None:
    with pytest.raises(HookError, match="there are two plugins a"):
        PluginManager().load_resources([plugin("a"), plugin("a")])
