"""Rules that no request reaches."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from networking import found, route, typed, virtual_service

from pymesh.resources.istio._shared import StringMatch
from pymesh.resources.istio.virtual_service import HTTPMatch, VirtualService
from pymesh.validate.istio_networking.unreachable import check_http_order

UNREACHABLE = {"route-unreachable"}
COVERED = {"match-covered"}
ORDERS: list[tuple[Any, Any, set[str]]] = [
    # the matches of two rules, and what is found
    ([], [{"uri": {"exact": "/a"}}], UNREACHABLE),
    ([], [], UNREACHABLE),
    ([{"uri": {"prefix": "/"}}], [], UNREACHABLE),
    ([{"uri": {"regex": ".*"}}], [], UNREACHABLE),
    ([{"name": "all", "ignoreUriCase": True}], [], UNREACHABLE),
    ([{"uri": {"exact": "/"}}], [], set()),
    ([{"uri": {"prefix": "/a"}}], [{"uri": {"prefix": "/ab"}}], UNREACHABLE),
    ([{"uri": {"prefix": "/a"}}], [{"uri": {"exact": "/a/b"}}], UNREACHABLE),
    ([{"uri": {"prefix": "/ab"}}], [{"uri": {"prefix": "/a"}}], set()),
    ([{"uri": {"prefix": "/a"}}], [{"uri": {"prefix": "/ab"}}, {"uri": {"exact": "/b"}}], COVERED),
    ([{"uri": {"exact": "/a"}}], [{"uri": {"exact": "/a"}, "name": "again"}], UNREACHABLE),
    ([{"uri": {"regex": "/a.*"}}], [{"uri": {"regex": "/a.*"}}], UNREACHABLE),
    ([{"uri": {"regex": "/a.*"}}], [{"uri": {"prefix": "/ab"}}], set()),
    ([{"uri": {"prefix": "/a"}}], [{"uri": {"regex": "/ab"}}], set()),
    ([{"uri": {"prefix": "/a"}, "port": 80}], [{"uri": {"prefix": "/a"}}], set()),
    ([{"uri": {"prefix": "/a"}, "headers": {"a": {}}}], [{"uri": {"prefix": "/a"}}], set()),
    (
        [{"uri": {"prefix": "/a"}, "headers": {"a": {"exact": "1"}, "b": {}}}],
        [{"uri": {"prefix": "/ab"}, "headers": {"b": {}, "a": {"exact": "1"}}}],
        UNREACHABLE,
    ),
    (
        [{"uri": {"prefix": "/a"}, "headers": {"a": {"exact": "1"}}}],
        [{"uri": {"prefix": "/a"}, "headers": {"a": {"prefix": "1"}}}],
        set(),
    ),
    ([{"uri": {"prefix": "/a"}, "ignoreUriCase": True}], [{"uri": {"prefix": "/a"}}], set()),
    ([{"gateways": ["mesh"]}], [], set()),
    ([{"uri": {"prefix": "/a"}, "method": {"exact": "GET"}}], [{"uri": {"prefix": "/a"}}], set()),
]


@pytest.mark.parametrize(("first", "second", "expected"), ORDERS)
def test_pairs_of_rules(first: Any, second: Any, expected: set[str]) -> None:
    assert found(virtual_service(route(match=first), route(match=second))) == expected


def test_every_rule_after_a_catch_all_is_told() -> None:
    tree = typed(virtual_service(route(), route(), route(name="named")))
    assert isinstance(tree, VirtualService)
    assert [(one.path, one.message) for one in check_http_order(tree)] == [
        (("spec", "http", 1), "rule http[0] takes every request before this one"),
        (("spec", "http", 2), "rule http[0] takes every request before this one"),
    ]


def test_tcp_rules() -> None:
    destinations = {"route": [{"destination": {"host": "pay"}}]}
    wide, narrow = destinations, {"match": [{"port": 1}], **destinations}
    assert "route-unreachable" in found(virtual_service(tcp=[wide, narrow]))
    assert "route-unreachable" not in found(virtual_service(tcp=[narrow, wide]))


WORDS = st.text(alphabet="ab", max_size=3).map("/{}".format)
URIS = (
    st.none() | st.fixed_dictionaries({"prefix": WORDS}) | st.fixed_dictionaries({"exact": WORDS})
)
METHODS = st.none() | st.just({"exact": "GET"})
MATCHES = st.fixed_dictionaries({"uri": URIS, "method": METHODS}).map(
    lambda match: {name: value for name, value in match.items() if value is not None}
)


def holds(match: HTTPMatch, path: str, method: str) -> bool:
    uri = match.uri or StringMatch(prefix="")
    fits = path == uri.exact if uri.exact is not None else path.startswith(uri.prefix or "")
    return fits and (match.method is None or match.method.exact == method)


@given(st.lists(st.lists(MATCHES, max_size=2), min_size=1, max_size=4), WORDS.map("{}b".format))
def test_no_request_gets_to_a_rule_that_is_told_to_be_unreachable(
    rules: list[list[Any]], path: str
) -> None:
    tree = typed(virtual_service(*(route(match=matches) for matches in rules)))
    assert isinstance(tree, VirtualService)
    told = {one.path[2] for one in check_http_order(tree) if one.code == "route-unreachable"}
    for method in ("GET", "PUT"):
        for one in (path, path[:-1], "/"):
            taker = next(
                (
                    index
                    for index, rule in enumerate(tree.spec.http)
                    if not rule.match or any(holds(match, one, method) for match in rule.match)
                ),
                None,
            )
            assert taker not in told
