"""From the words and flags of `pymesh why` to a request."""

from __future__ import annotations

import pytest

from pymesh.answers import Request, Source, To
from pymesh.cli.why import Asked, request_of
from pymesh.errors import PymeshError
from pymesh.wire import Documents

NOTHING = Documents()


def request(**asked: object) -> Request:
    return request_of(Asked(**{"to": "pay", **asked}), NOTHING)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "method", "path"),
    [
        ((), None, None),
        (("POST",), "POST", None),
        (("/charge",), None, "/charge"),
        (("POST", "/charge?x=1"), "POST", "/charge?x=1"),
        (("OPTIONS", "*"), "OPTIONS", "*"),
    ],
)
def test_method_and_path_may_be_left_out(
    words: tuple[str, ...], method: str | None, path: str | None
) -> None:
    made = request(words=words)
    assert (made.method, made.path) == (method, path)


def test_who_asks_may_be_nobody() -> None:
    assert request().source == Source()
    assert request(ip="10.0.0.1", remote_ip="10.0.0.2").source == Source(
        ip="10.0.0.1", remote_ip="10.0.0.2"
    )
    source = request(source="web.shop/x", ip="10.0.0.1").source
    assert (source.namespace, source.service_account, source.ip) == ("shop", "x", "10.0.0.1")


def test_headers_are_split_at_the_first_colon() -> None:
    made = request(headers=("x-a: 1", "x-b:http://a:80", "x-c:"))
    assert made.headers == (("x-a", "1"), ("x-b", "http://a:80"), ("x-c", ""))


def test_a_gateway_needs_no_host() -> None:
    assert request_of(Asked(gateway="shop/web"), NOTHING) == Request(gateway="shop/web")
    made = request(gateway="shop/web", protocol="tls", scheme="https", sni="a")
    assert (made.destination, made.protocol, made.scheme, made.sni) == (
        To(host="pay"), "tls", "https", "a",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"to": None}, "missing-setting"),
        ({"to": "pay:0"}, "bad-value"),
        ({"source": "web."}, "bad-value"),
        ({"words": ("GET", "/", "more")}, "bad-value"),
        ({"headers": ("none",)}, "bad-value"),
        ({"headers": (":path",)}, "bad-value"),
    ],
)
def test_what_makes_no_request(asked: dict[str, object], code: str) -> None:
    with pytest.raises(PymeshError) as raised:
        request(**asked)
    assert raised.value.code == code
