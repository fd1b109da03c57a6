"""The flattened dispatch does what `pm.hook.x()` does, for any set of plugins."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from typing import Any

import pluggy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pymesh import _core
from pymesh.hooks import Allow, Deny, allow, deny, hookimpl
from pymesh.hooks._checking import hooks_of
from pymesh.hooks._flattening import Named, register
from pymesh.hooks.manager import PluginManager

Trace = list[str]
ARGUMENTS = ("request", "peer", "route")


def plain(name: str, does: str, trace: Trace) -> Any:
    def act() -> object:
        trace.append(name)
        match does:
            case "deny":
                return deny(403, name)
            case "allow":
                return allow()
            case "raise":
                raise ValueError(name)
            case "stop":
                raise StopIteration(name)
        return None

    return act


def new_wrapper(name: str, does: str, trace: Trace) -> Any:
    def act() -> Generator[None, object, object]:
        trace.append(f"{name} before")
        if does == "raise before":
            raise ValueError(name)
        if does == "no yield":
            return None
        try:
            result = yield
        except BaseException as error:
            trace.append(f"{name} after {type(error).__name__}")
            if does == "swallow":
                return deny(403, name)
            if does == "translate":
                raise KeyError(name) from error
            raise
        trace.append(f"{name} after {result!r}")
        if does == "replace":
            return deny(403, name)
        if does == "erase":
            return None
        if does == "raise after":
            raise ValueError(name)
        return result

    return act


def old_wrapper(name: str, does: str, trace: Trace) -> Any:
    def act() -> Generator[None, Any, None]:
        trace.append(f"{name} before")
        if does == "raise before":
            raise ValueError(name)
        if does == "no yield":
            return
        outcome = yield
        trace.append(f"{name} after {type(outcome.exception).__name__}")
        if does in ("replace", "swallow"):
            outcome.force_result(deny(403, name))
        elif does == "erase":
            outcome.force_result(None)
        elif does == "translate":
            outcome.force_exception(KeyError(name))
        elif does == "raise after":
            raise ValueError(name)
        elif does == "second yield":
            yield

    return act


PLAIN = st.sampled_from(["nothing", "nothing", "deny", "allow", "raise", "stop"])
WRAPS = st.sampled_from(
    [
        *("pass", "pass", "replace", "erase", "swallow", "translate"),
        *("raise before", "raise after", "no yield"),
    ]
)
# pluggy leaves the outer wrappers out when a new-style wrapper yields twice; here they see it.
OLD_WRAPS = st.one_of(WRAPS, st.just("second yield"))
ORDER = st.sampled_from([{}, {"tryfirst": True}, {"trylast": True}])
PLUGIN = st.tuples(
    st.one_of(
        st.tuples(st.just("plain"), PLAIN),
        st.tuples(st.just("new"), WRAPS),
        st.tuples(st.just("old"), OLD_WRAPS),
    ),
    ORDER,
    st.lists(st.sampled_from(ARGUMENTS), unique=True),
    st.booleans(),
)


def make(hook: str, name: str, drawn: Any, trace: Trace) -> object:
    (kind, does), order, arguments, inline = drawn
    act = {"plain": plain, "new": new_wrapper, "old": old_wrapper}[kind](name, does, trace)
    if hook == "on_response":
        arguments = [argument for argument in arguments if argument == "request"]
    # Hooks take what they name, so the text of their definition has to differ.
    names = ", ".join(arguments)
    body = "return (yield from act())" if kind != "plain" else "return act()"
    space: dict[str, Any] = {"act": act}
    exec(f"def function({names}):\n    {body}\n", space)
    mark: Any = hookimpl(
        specname=hook,
        inline=inline,
        on_failure="deny" if hook == "authorize" else "skip",
        deadline=30,
        wrapper=kind == "new",
        hookwrapper=kind == "old",
        **order,
    )
    plugin = type(name, (), {})()
    plugin.function = mark(space["function"])
    return plugin


def in_pluggy(hook: str, plugins: list[object], **arguments: object) -> object:
    """What pluggy returns, or the type of what it raises."""
    named = [Named(f"p{n}", "x", hooks_of(one, f"p{n}", "x")) for n, one in enumerate(plugins)]
    if hook == "on_response":
        named.reverse()
    manager = register(named)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pluggy.PluggyTeardownRaisedWarning)
        try:
            return getattr(manager.hook, hook)(**arguments)
        except BaseException as error:  # noqa: BLE001 - it is compared
            return type(error)


def in_core(plugins: list[object], *, inline: bool, **call: Any) -> Any:
    manager = PluginManager()
    for number, plugin in enumerate(plugins):
        manager.register(plugin, f"p{number}")
    harness = _core.Harness(manager.table(), inline=inline)
    try:
        return harness.call(**call)
    finally:
        harness.close()


# Each example starts and ends threads.
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=st.lists(PLUGIN, min_size=1, max_size=6), inline=st.booleans())
def test_the_first_result_wins_as_in_pluggy(drawn: list[Any], inline: bool) -> None:
    traces: tuple[Trace, Trace] = ([], [])
    sets = [
        [make("authorize", f"p{n}", one, trace) for n, one in enumerate(drawn)] for trace in traces
    ]
    expected = in_pluggy("authorize", sets[0], request=1, peer=2, route=3)
    reply = in_core(sets[1], inline=inline)["reply"]
    assert traces[1] == traces[0]
    if expected is None or isinstance(expected, Allow):
        assert reply is None
    elif isinstance(expected, Deny):
        assert reply["reason"] == expected.reason
    else:
        assert isinstance(expected, type)
        assert reply["reason"] == "plugin_failed"


def test_a_second_yield_is_a_failure_that_outer_wrappers_see() -> None:
    trace: Trace = []

    class Inner:
        @hookimpl(wrapper=True)
        def authorize(self) -> Generator[None, object, object]:
            yield
            yield
            return None

    outer = make("authorize", "outer", (("new", "pass"), {"tryfirst": True}, [], False), trace)
    reply = in_core([outer, Inner()], inline=False)["reply"]
    assert reply["reason"] == "plugin_failed"
    assert trace == ["outer before", "outer after RuntimeError"]


QUIET = st.tuples(
    st.one_of(
        st.tuples(st.just("plain"), st.just("nothing")),
        st.tuples(st.just("new"), st.sampled_from(["pass", "erase"])),
        st.tuples(st.just("old"), st.just("pass")),
    ),
    ORDER,
    st.lists(st.just("request"), max_size=1),
    st.booleans(),
)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=st.lists(QUIET, min_size=1, max_size=6), inline=st.booleans())
def test_all_run_as_in_pluggy(drawn: list[Any], inline: bool) -> None:
    traces: tuple[Trace, Trace] = ([], [])
    sets = [
        [make("on_response", f"p{n}", one, trace) for n, one in enumerate(drawn)]
        for trace in traces
    ]
    in_pluggy("on_response", sets[0], request=1, response=2)
    in_core(sets[1], inline=inline, response=(200, []))
    assert traces[1] == traces[0]
