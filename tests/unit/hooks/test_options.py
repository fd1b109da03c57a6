from __future__ import annotations

from typing import Any

import pytest

from pymesh.hooks import hookimpl
from pymesh.hooks.options import DEADLINE_SECONDS, MARKER, parse_deadline


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("250us", 0.00025),
        ("50ms", 0.05),
        ("1.5s", 1.5),
        (" 2 s ", 2.0),
        ("3", 3.0),
        (0.1, 0.1),
        (1, 1),
    ],
)
def test_a_deadline_is_seconds_or_text_with_a_unit(text: str | float, seconds: float) -> None:
    assert parse_deadline(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "5m", "-1s", "61s", "0", 0, 61.0, float("nan")])
def test_a_deadline_that_cannot_be_is_refused(text: str | float) -> None:
    with pytest.raises(ValueError, match=r"duration|deadline"):
        parse_deadline(text)


@pytest.mark.parametrize("value", [None, True, [1]])
def test_a_deadline_of_another_type_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        parse_deadline(value)


def test_marking_without_parentheses_takes_the_defaults() -> None:
    @hookimpl
    def authorize() -> None: ...

    options = getattr(authorize, MARKER)
    assert options["inline"] is False
    assert options["deadline_seconds"] == DEADLINE_SECONDS
    assert options["on_failure"] is None
    assert options["tryfirst"] is False


def test_marking_keeps_pluggys_options_and_ours() -> None:
    @hookimpl(inline=True, deadline="5ms", on_failure="skip", trylast=True, specname="route")
    def chooser() -> None: ...

    options = getattr(chooser, MARKER)
    assert options["inline"] is True
    assert options["deadline_seconds"] == pytest.approx(0.005)
    assert options["on_failure"] == "skip"
    assert options["trylast"] is True
    assert options["specname"] == "route"


def test_an_unknown_failure_policy_is_refused() -> None:
    wrong: Any = "explode"
    with pytest.raises(ValueError, match="deny, allow, skip"):
        hookimpl(on_failure=wrong)
