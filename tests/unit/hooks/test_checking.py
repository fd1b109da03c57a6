from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pymesh.hooks import HookError, hookimpl
from pymesh.hooks.manager import PluginManager
from pymesh.hooks.options import MARKER, default_options

Write = Callable[[str, str], str]
IMPORT = "from pymesh.hooks import hookimpl\n"


@pytest.mark.parametrize(
    "text, line, message, hint",
    [
        ("def authorize(requst): ...\n", 1, "no argument requst", "did you mean request?"),
        ("def authorize(request, x=1): ...\n", 1, "no argument x", "request, peer, route"),
        ("def authorize(*args): ...\n", 1, "not named", "request, peer, route"),
        ("def authorize(*, request): ...\n", 1, "by keyword", "request, peer, route"),
        ("async def authorize(request): ...\n", 1, "async def", "plain def"),
        ("def authorize(request):\n    yield\n", 1, "no wrapper", "wrapper=True"),
        (IMPORT + "@hookimpl\ndef autorize(request): ...\n", 3, "no hook autorize", "authorize?"),
        (IMPORT + "@hookimpl(wrapper=True)\ndef route(): ...\n", 3, "does not yield", "yield once"),
        (
            IMPORT + "@hookimpl(wrapper=True, hookwrapper=True)\ndef route():\n    yield\n",
            3,
            "both wrapper and hookwrapper",
            "wrapper",
        ),
        (
            IMPORT + '@hookimpl(on_failure="deny")\ndef on_response(response): ...\n',
            3,
            "cannot deny",
            "skip",
        ),
        (
            IMPORT
            + "class A:\n    @hookimpl\n    def route(self): ...\n    def authorize(self): ...\n",
            5,
            "not marked",
            "@hookimpl",
        ),
    ],
)
def test_a_hook_that_could_not_be_called_is_refused_with_its_line(
    write: Write, text: str, line: int, message: str, hint: str
) -> None:
    path = write("plugin.py", text)
    with pytest.raises(HookError) as caught:
        PluginManager().load(path)
    assert caught.value.code == "plugin-failed"
    assert str(caught.value.place) == f"{path}:{line}"
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_an_optional_hook_that_does_not_exist_is_left_out(write: Write) -> None:
    text = IMPORT + "@hookimpl(optionalhook=True)\ndef later(): ...\ndef route(): ...\n"
    loaded = PluginManager().load(write("plugin.py", text))
    assert [hook.name for hook in loaded.hooks] == ["route"]


def test_arguments_are_opt_in_and_bound_by_position() -> None:
    class Plugin:
        @hookimpl
        def authorize(self, route: Any, request: Any = None) -> None: ...

        @hookimpl
        @staticmethod
        def route(peer: Any) -> None: ...

        @hookimpl
        @classmethod
        def on_request(cls) -> None: ...

    manager = PluginManager()
    manager.register(Plugin())
    table = manager.table()
    assert table.authorize[0].arguments == ("route", "request")
    assert table.route[0].arguments == ("peer",)
    assert table.on_request[0].arguments == ()


def test_defaults_follow_the_hook() -> None:
    class Plugin:
        @hookimpl
        def authorize(self) -> None: ...
        @hookimpl
        def route(self) -> None: ...
        @hookimpl
        def on_request(self) -> None: ...
        @hookimpl
        def on_response(self) -> None: ...
        @hookimpl(inline=True)
        def telemetry(self) -> None: ...

    manager = PluginManager()
    manager.register(Plugin())
    steps = {step.hook: step for step in manager.table().steps}
    policies = {hook: step.on_failure for hook, step in steps.items()}
    assert policies == {
        "authorize": "deny",
        "route": "deny",
        "on_request": "deny",
        "on_response": "skip",
        "telemetry": "skip",
    }
    assert not steps["telemetry"].inline
    assert steps["telemetry"].deadline_seconds == 1.0
    assert steps["route"].deadline_seconds == 0.05
    assert steps["route"].place.startswith(__file__)


class Compiled:
    """Like a compiled function: callable, with a code object, and no Python function."""

    def __init__(self, function: Any) -> None:
        self.__code__ = function.__code__
        self.__defaults__ = function.__defaults__
        self.__name__ = function.__name__
        self.__qualname__ = function.__name__
        self._function = function
        setattr(self, MARKER, default_options())

    def __get__(self, instance: object, owner: object) -> Any:
        return self

    def __call__(self, *arguments: object) -> object:
        return self._function(*arguments)


def test_functions_that_are_not_pythons_own_are_hooks_too() -> None:
    def authorize(request: Any, peer: Any) -> None: ...

    class Plugin:
        pass

    setattr(Plugin, "authorize", Compiled(authorize))  # noqa: B010
    manager = PluginManager()
    manager.register(Plugin())
    assert manager.table().authorize[0].arguments == ("request", "peer")
