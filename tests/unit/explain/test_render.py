"""An answer as a person reads it."""

from __future__ import annotations

import msgspec
import pytest

from pymesh.answers import Answer, Authorization, Destination, Node, Route
from pymesh.explain import headline, render, visible

ANSWER = Answer(
    id=None,
    outcome="forward",
    status=None,
    location=None,
    route=Route("VirtualService", "shop", "pay", 0),
    destinations=(
        Destination("shop", "pay", "pay.shop", 80, "v1", 90),
        Destination("shop", "pay", "pay.shop", 80, "v2", 10),
        Destination("shop", "old", "old.shop", 80, "", 0),
    ),
    request=None,
    authorization=None,
    timeout=None,
    retries=None,
    mirrors=(),
    tree=(
        Node("host", "pay.shop", "matched", "", (Node("route", "r", "not_matched", "no", ()),)),
        Node("peer_authentication", "", "deny", "STRICT", ()),
    ),
)
DENIAL = Authorization("deny", "shop/pay", 1, (), "deny_rule_matched")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "forward to pay.shop:80 subset v1 (90), pay.shop:80 subset v2 (10) "
             "by VirtualService shop/pay rule 0"),
        ({"outcome": "denied", "status": 403, "authorization": DENIAL},
         "denied 403 by policy shop/pay rule 1 (deny_rule_matched)"),
        ({"outcome": "redirect", "status": 301, "location": "http://a/"},
         "redirect 301 to http://a/ by VirtualService shop/pay rule 0"),
        ({"outcome": "not_found", "status": 404, "route": None}, "not found 404"),
        ({"outcome": "bad_request", "route": None, "error": "why"}, "bad request (why)"),
    ],
)  # fmt: skip
def test_the_headline_says_what_becomes_of_it(changes: dict[str, object], expected: str) -> None:
    assert headline(msgspec.structs.replace(ANSWER, **changes)) == expected


def test_the_steps_are_a_tree() -> None:
    assert render(ANSWER).splitlines()[1:] == [
        "",
        "├─ host pay.shop: matched",
        "│  └─ route r: not matched, no",
        "└─ peer authentication: deny, STRICT",
    ]
    assert len(render(msgspec.structs.replace(ANSWER, tree=())).splitlines()) == 1


def test_colours_are_escapes_around_the_results() -> None:
    coloured = render(ANSWER, colour=True)
    assert "\x1b[31mdeny\x1b[0m" in coloured
    assert "\x1b[32mmatched\x1b[0m" in coloured
    assert "\x1b[" not in render(ANSWER)


def test_what_came_with_a_question_reaches_no_terminal_as_a_control_sequence() -> None:
    assert visible("/a\x1b[31m\r\n") == "/a\\u001b[31m\\u000d\\u000a"
    assert visible("/ä") == "/ä"
