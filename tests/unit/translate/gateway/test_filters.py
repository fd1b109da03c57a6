from __future__ import annotations

import re

import pytest

from pymesh.resources.gateway._filters import HeaderModifier
from pymesh.resources.gateway._http_filters import CORS, HTTPRouteFilter
from pymesh.translate.gateway._filters import Filters, filters
from pymesh.translate.gateway._headers import edits
from pymesh.validate.translation.texts import PROXYS_OWN
from pymesh.wire import StringMatch


def one(type_: str, field: str, value: object, port: int | None = 8080) -> Filters:
    document = {"type": type_, field: value}
    return filters([HTTPRouteFilter.model_validate(document)], port)


@pytest.mark.parametrize(
    ("listener", "given", "port"),
    [
        # The filter's own port, or that of its scheme, or the listener's; no default is written.
        (8080, {}, 8080),
        (80, {}, 0),
        (443, {}, 443),
        (8080, {"scheme": "https"}, 0),
        (8080, {"scheme": "http"}, 0),
        (8080, {"port": 9000}, 9000),
        (8080, {"port": 80}, 0),
        (8080, {"scheme": "http", "port": 443}, 443),
        (8080, {"scheme": "https", "port": 80}, 80),
        (8080, {"scheme": "https", "port": 443}, 0),
        (None, {}, None),
        (None, {"scheme": "https"}, 0),
    ],
)
def test_the_port_of_a_redirect(listener: int | None, given: dict[str, object], port: int) -> None:
    redirect = one("RequestRedirect", "requestRedirect", given, listener).redirect
    assert redirect is not None
    assert redirect.port == port


@pytest.mark.parametrize(
    ("written", "origin", "allowed"),
    [
        ("https://a.example", "https://a.example", True),
        ("https://a.example:443", "https://a.example", True),
        ("https://a.example", "http://a.example", False),
        ("http://a.example:8080", "http://a.example:8080", True),
        ("http://a.example:8080", "http://a.example", False),
        ("https://*.example", "https://a.b.example", True),
        ("https://*.example", "https://a.b.example:443", True),
        ("https://*.example", "https://a.example:8443", False),
        ("https://*.example", "https://example", False),
        ("https://*.example", "https://axexample", False),
        ("https://*.example", "https://evil.com/.example", False),
        ("http://*", "http://anybody", True),
        ("http://*", "https://anybody", False),
        ("http://*:8080", "http://a.example:8080", True),
        ("*", "https://anybody", True),
    ],
)
def test_origins(written: str, origin: str, allowed: bool) -> None:
    cors = filters([HTTPRouteFilter(type="CORS", cors=CORS(allow_origins=(written,)))], 80).cors
    assert cors is not None
    (match,) = cors.allow_origins
    assert holds(match, origin) is allowed


def holds(match: StringMatch, origin: str) -> bool:
    """What the proxy decides: `*` is everybody, an expression is about the whole text."""
    if match.type == "regex":
        return re.fullmatch(match.value, origin) is not None
    assert match.type == "exact"
    return match.value in {"*", origin}


@pytest.mark.parametrize("name", sorted(PROXYS_OWN))
def test_fields_that_frame_the_message_are_never_edited(name: str) -> None:
    modifier = HeaderModifier.model_validate(
        {
            "set": [{"name": name.title(), "value": "x"}, {"name": "X-Kept", "value": "y"}],
            "remove": [name],
        }
    )
    found, notes = edits(modifier)
    assert [field.name for field in found.set] == ["X-Kept"]
    assert found.remove == ()
    assert any(name in note.lower() for note in notes)


def test_of_several_fields_with_one_name_the_first_counts() -> None:
    modifier = HeaderModifier.model_validate(
        {"set": [{"name": "X-A", "value": "1"}, {"name": "x-a", "value": "2"}]}
    )
    found, _ = edits(modifier)
    assert [(field.name, field.value) for field in found.set] == [("X-A", "1")]


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b", "a\x7fb"])
def test_no_value_of_a_field_can_end_its_line(value: str) -> None:
    found, notes = edits(HeaderModifier.model_validate({"set": [{"name": "X-A", "value": value}]}))
    assert found.set == ()
    assert notes


@pytest.mark.parametrize(
    ("path", "usable"),
    [
        ("/a/b", True),
        ("a", True),
        ("", True),
        ("/a%2Fb", True),
        ("/..a/...", True),
        ("/a/../b", False),
        ("/a/.", False),
        ("/%2e%2E/b", False),
        ("/a b", False),
        ("/a#b", False),
        ("/a%zz", False),
        ("/a\nb", False),
        ("/é", False),
    ],
)
def test_paths_that_a_filter_may_write(path: str, usable: bool) -> None:
    modifier = {"type": "ReplaceFullPath", "replaceFullPath": path}
    for found in (
        one("URLRewrite", "urlRewrite", {"path": modifier}),
        one("RequestRedirect", "requestRedirect", {"path": modifier}),
    ):
        assert (found.unusable == ()) is usable


def test_a_redirect_may_write_a_query_and_a_rewrite_may_not() -> None:
    modifier = {"type": "ReplaceFullPath", "replaceFullPath": "/a?b=c"}
    assert one("RequestRedirect", "requestRedirect", {"path": modifier}).unusable == ()
    assert one("URLRewrite", "urlRewrite", {"path": modifier}).unusable != ()


def test_edits_that_no_header_has_room_for() -> None:
    fields = [{"name": f"X-{number}", "value": "v" * 4096} for number in range(3)]
    found = one("RequestHeaderModifier", "requestHeaderModifier", {"set": fields})
    assert found.unusable != ()


@pytest.mark.parametrize(
    ("host", "usable"),
    [("a.example", True), ("a.example:8080", True), ("a b", False), ("[", False)],
)
def test_the_host_field_is_a_rewrite(host: str, usable: bool) -> None:
    found = one(
        "RequestHeaderModifier", "requestHeaderModifier", {"set": [{"name": "Host", "value": host}]}
    )
    assert found.request.set == ()
    assert found.rewrite is not None
    assert found.rewrite.authority == host
    assert (found.unusable == ()) is usable
