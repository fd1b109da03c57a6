"""Bytes that two parsers could read differently are refused and never forwarded (RFC 9112)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from kit.client import Client, get

if TYPE_CHECKING:
    from kit import Origin, Proxy

SMUGGLED = "GET /smuggled HTTP/1.1\r\nhost: test\r\n\r\n"
POST = "POST /a HTTP/1.1\r\nhost: test\r\n"
GET = "GET /a HTTP/1.1\r\nhost: test\r\n"

HEADS: dict[str, tuple[str, set[int]]] = {
    # two lengths
    "content-length, then chunked": (
        POST + "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
    "chunked, then content-length": (
        POST + "transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n", {400}),
    "chunked and content-length 0": (
        POST + "transfer-encoding: chunked\r\ncontent-length: 0\r\n\r\n0\r\n\r\n", {400}),
    # transfer-encoding
    "xchunked": (POST + "transfer-encoding: xchunked\r\n\r\n", {400, 501}),
    "chunked with an empty element": (POST + "transfer-encoding: ,chunked\r\n\r\n", {400, 501}),
    "chunked twice in a list": (POST + "transfer-encoding: chunked, chunked\r\n\r\n", {400, 501}),
    "chunked twice": (POST + "transfer-encoding: chunked\r\n" * 2 + "\r\n", {400}),
    "chunked, then identity": (
        POST + "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n", {400, 501}),
    "identity": (POST + "transfer-encoding: identity\r\n\r\n", {400, 501}),
    "gzip, chunked": (POST + "transfer-encoding: gzip, chunked\r\n\r\n", {400, 501}),
    "chunked not last": (POST + "transfer-encoding: chunked, gzip\r\n\r\n", {400, 501}),
    "chunked with a parameter": (POST + "transfer-encoding: chunked;q=1\r\n\r\n", {400, 501}),
    "chunked in quotes": (POST + 'transfer-encoding: "chunked"\r\n\r\n', {400, 501}),
    "empty transfer-encoding": (POST + "transfer-encoding:\r\n\r\n", {400, 501}),
    "transfer-encoding after a vertical tab": (
        POST + "transfer-encoding:\x0bchunked\r\n\r\n", {400, 501}),
    "transfer-encoding after a form feed": (
        POST + "transfer-encoding:\x0cchunked\r\n\r\n", {400, 501}),
    "transfer-encoding with NUL": (POST + "transfer-encoding: chunked\x00\r\n\r\n", {400}),
    "transfer-encoding after 0xa0": (POST + "transfer-encoding: \xa0chunked\r\n\r\n", {400, 501}),
    "transfer-encoding before a space": (POST + "transfer-encoding : chunked\r\n\r\n", {400}),
    "transfer_encoding": (POST + "transfer_encoding: chunked\r\n\r\n", {400}),
    "folded transfer-encoding": (POST + "transfer-encoding:\r\n chunked\r\n\r\n", {400}),
    "chunked in HTTP/1.0": (
        "POST /a HTTP/1.0\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
    # content-length
    **{
        f"content-length {value!r}": (POST + f"content-length: {value}\r\n\r\nhello", {400})
        for value in (
            "+5", "-5", "0x5", "5_0", "", "5 5", "5,5", "5, 5", "5;", "5.0", "1e1", "five", "5\x00",
            "99999999999999999999", "18446744073709551621", "\xb2",
        )
    },
    "content-length twice, differing": (
        POST + "content-length: 5\r\ncontent-length: 6\r\n\r\nhello!", {400}),
    "content-length twice, alike": (
        POST + "content-length: 5\r\ncontent-length: 5\r\n\r\nhello", {400}),
    "content-length before a space": (POST + "content-length : 5\r\n\r\nhello", {400}),
    # line ends and control bytes
    "only line feeds": ("GET /a HTTP/1.1\nhost: test\n\n", {400}),
    "a line feed after the request line": ("GET /a HTTP/1.1\nhost: test\r\n\r\n", {400}),
    "a line feed after a field": (GET + "x: y\ncontent-length: 5\r\n\r\n", {400}),
    "a line feed before the body": (GET + "x: y\r\n\n", {400}),
    "a carriage return in a value": (GET + "x: y\rcontent-length: 5\r\n\r\n", {400}),
    "a carriage return in a name": (GET + "x\ry: z\r\n\r\n", {400}),
    "NUL in a value": (GET + "x: y\x00z\r\n\r\n", {400}),
    "NUL in a name": (GET + "x\x00y: z\r\n\r\n", {400}),
    "a control byte in a value": (GET + "x: y\x01z\r\n\r\n", {400}),
    "DEL in a value": (GET + "x: y\x7fz\r\n\r\n", {400}),
    # names
    "a folded line": (GET + "x: y\r\n z\r\n\r\n", {400}),
    "a line folded with a tab": (GET + "x: y\r\n\tz\r\n\r\n", {400}),
    "a space before the first field": ("GET /a HTTP/1.1\r\n host: test\r\n\r\n", {400}),
    "a space before the colon": (GET + "x : y\r\n\r\n", {400}),
    "a tab before the colon": (GET + "x\t: y\r\n\r\n", {400}),
    "an empty name": (GET + ": y\r\n\r\n", {400}),
    "no colon": (GET + "xy\r\n\r\n", {400}),
    "a space in a name": (GET + "x y: z\r\n\r\n", {400}),
    "a byte above 127 in a name": (GET + "x\xe9: y\r\n\r\n", {400}),
    "a slash in a name": (GET + "x/y: z\r\n\r\n", {400}),
    "an underscore in a name": (GET + "x_y: z\r\n\r\n", {400}),
    # host
    "no host": ("GET /a HTTP/1.1\r\nx: y\r\n\r\n", {400}),
    "two hosts": (GET + "host: other\r\n\r\n", {400}),
    "two hosts, alike": (GET + "host: test\r\n\r\n", {400}),
    "a space in the host": ("GET /a HTTP/1.1\r\nhost: a b\r\n\r\n", {400}),
    "a path in the host": ("GET /a HTTP/1.1\r\nhost: a/b\r\n\r\n", {400}),
    "a user in the host": ("GET /a HTTP/1.1\r\nhost: user@a\r\n\r\n", {400}),
    "a bad port in the host": ("GET /a HTTP/1.1\r\nhost: a:b\r\n\r\n", {400}),
    "authorization twice": (GET + "authorization: a\r\nauthorization: b\r\n\r\n", {400}),
    # the request line
    "HTTP/0.9": ("GET /a\r\n\r\n", {400}),
    "two spaces before the target": ("GET  /a HTTP/1.1\r\nhost: test\r\n\r\n", {400}),
    "two spaces after the target": ("GET /a  HTTP/1.1\r\nhost: test\r\n\r\n", {400}),
    "a space after the version": ("GET /a HTTP/1.1 \r\nhost: test\r\n\r\n", {400}),
    "a tab as separator": ("GET\t/a HTTP/1.1\r\nhost: test\r\n\r\n", {400}),
    "a space before the method": (" GET /a HTTP/1.1\r\nhost: test\r\n\r\n", {400}),
    "a space in the target": ("GET /a b HTTP/1.1\r\nhost: test\r\n\r\n", {400}),
    "no method": ("/a HTTP/1.1\r\nhost: test\r\n\r\n", {400}),
    "a method that is no token": ("G@T /a HTTP/1.1\r\nhost: test\r\n\r\n", {400}),
    "a target without a slash": ("GET a HTTP/1.1\r\nhost: test\r\n\r\n", {400}),
    "a fragment": ("GET /a#b HTTP/1.1\r\nhost: test\r\n\r\n", {400}),
    "NUL in the target": ("GET /a\x00b HTTP/1.1\r\nhost: test\r\n\r\n", {400}),
    "an encoded NUL in the path": ("GET /a%00b HTTP/1.1\r\nhost: test\r\n\r\n", {400}),
    "a broken escape in the path": ("GET /a%zz HTTP/1.1\r\nhost: test\r\n\r\n", {400}),
    "a byte above 127 in the target": ("GET /\xe9 HTTP/1.1\r\nhost: test\r\n\r\n", {400}),
    "a lower-case protocol": ("GET /a http/1.1\r\nhost: test\r\n\r\n", {400, 505}),
    "HTTP/2.0": ("GET /a HTTP/2.0\r\nhost: test\r\n\r\n", {400, 505}),
    "HTTP/1.10": ("GET /a HTTP/1.10\r\nhost: test\r\n\r\n", {400, 505}),
    "the preface of HTTP/2": ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505}),
    "TLS": ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", {400}),
    # methods and expectations
    "CONNECT": ("CONNECT test:443 HTTP/1.1\r\nhost: test:443\r\n\r\n", {400, 405, 501}),
    "an unknown expectation": (GET + "expect: the unexpected\r\n\r\n", {417}),
    # connection
    "connection names host": (GET + "connection: host\r\n\r\n", {400}),
    "connection names content-length": (
        POST + "connection: content-length\r\ncontent-length: 5\r\n\r\nhello", {400}),
    "connection names transfer-encoding": (
        POST + "connection: transfer-encoding\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        {400}),
}  # fmt: skip

CHUNKED = POST + "transfer-encoding: chunked\r\n\r\n"

BODIES: dict[str, str] = {
    "a sign": CHUNKED + "+5\r\nhello\r\n0\r\n\r\n",
    "a minus": CHUNKED + "-5\r\nhello\r\n0\r\n\r\n",
    "0x": CHUNKED + "0x5\r\nhello\r\n0\r\n\r\n",
    "no digit": CHUNKED + "\r\nhello\r\n0\r\n\r\n",
    "no hexadecimal digit": CHUNKED + "g\r\nhello\r\n0\r\n\r\n",
    "an underscore": CHUNKED + "0_5\r\nhello\r\n0\r\n\r\n",
    "a space before the size": CHUNKED + " 5\r\nhello\r\n0\r\n\r\n",
    "a size above 64 bits": CHUNKED + "10000000000000005\r\nhello\r\n0\r\n\r\n",
    "a line feed after the size": CHUNKED + "5\nhello\r\n0\r\n\r\n",
    "a carriage return after the size": CHUNKED + "5\rhello\r\n0\r\n\r\n",
    "data longer than its size": CHUNKED + "4\r\nhello\r\n0\r\n\r\n",
    "a line feed after the data": CHUNKED + "5\r\nhello\n0\r\n\r\n",
    "other bytes after the data": CHUNKED + "5\r\nhelloXX0\r\n\r\n",
    "a line feed in an extension": CHUNKED + "5;a\n\r\nhello\r\n0\r\n\r\n",
    "a carriage return in an extension": CHUNKED + "5;a\rb\r\nhello\r\n0\r\n\r\n",
    "NUL in an extension": CHUNKED + "5;a=\x00\r\nhello\r\n0\r\n\r\n",
    "a long extension": CHUNKED + f"5;a={'b' * 1000}\r\nhello\r\n0\r\n\r\n",
    "many extensions": CHUNKED + f"1;a={'b' * 200}\r\nx\r\n" * 100 + "0\r\n\r\n",
    "a line feed in a trailer": CHUNKED + "5\r\nhello\r\n0\r\na: b\n\r\n",
    "a trailer without a colon": CHUNKED + "5\r\nhello\r\n0\r\nab\r\n\r\n",
    "a space before a trailer's colon": CHUNKED + "5\r\nhello\r\n0\r\na : b\r\n\r\n",
    "a line feed at the end": CHUNKED + "5\r\nhello\r\n0\r\n\n",
    "too many trailers": CHUNKED + "0\r\n" + "a: b\r\n" * 200 + "\r\n",
    "too large trailers": CHUNKED + "0\r\n" + f"a: {'b' * 1000}\r\n" * 20 + "\r\n",
}  # fmt: skip


@pytest.mark.parametrize("case", HEADS)
def test_a_head_in_doubt_is_refused_and_not_forwarded(
    echo: tuple[Proxy, Origin], case: str
) -> None:
    proxy, origin = echo
    before = len(origin.requests)
    data, statuses = HEADS[case]
    with proxy.client() as client:
        client.send(data + SMUGGLED)
        response = client.response()
        assert response.status in statuses, response
        assert response.closes, response
        assert response.error, response
        assert client.is_closed()
    assert get(proxy.address, "/after").status == 200
    assert origin.targets[before:] == ["/after"]


@pytest.mark.parametrize("case", BODIES)
def test_a_body_in_doubt_never_becomes_a_complete_request(
    echo: tuple[Proxy, Origin], case: str
) -> None:
    proxy, origin = echo
    before = len(origin.requests)
    with proxy.client() as client:
        client.send(BODIES[case] + SMUGGLED)
        response = client.response()
        assert response.status == 400, response
        assert response.closes, response
        assert response.error, response
        assert client.is_closed()
    assert get(proxy.address, "/after").status == 200
    seen = origin.requests[before:]
    assert "/smuggled" not in [request.target for request in seen]
    assert not [request for request in seen if request.target == "/a" and request.complete]


def test_each_split_of_a_refused_head_is_refused(echo: tuple[Proxy, Origin]) -> None:
    """What arrives in pieces is judged as if it had arrived at once."""
    proxy, origin = echo
    before = len(origin.requests)
    data, _ = HEADS["content-length, then chunked"]
    for at in range(1, len(data), 7):
        with Client(proxy.address) as client:
            client.send(data[:at])
            client.send(data[at:] + SMUGGLED)
            assert client.response().status == 400
            assert client.is_closed()
    assert len(origin.requests) == before


def test_bytes_behind_a_request_with_a_body_are_the_next_request(
    echo: tuple[Proxy, Origin],
) -> None:
    """The counterpart of smuggling: what is behind a body is a request, and is served as one."""
    proxy, origin = echo
    before = len(origin.requests)
    with proxy.client() as client:
        client.send(POST + "content-length: 5\r\n\r\nhello" + SMUGGLED)
        assert client.response().body == b"hello"
        assert client.response().status == 200
    assert origin.targets[before:] == ["/a", "/smuggled"]


def test_a_get_with_a_body_does_not_leave_it_for_the_next_request(
    echo: tuple[Proxy, Origin],
) -> None:
    proxy, origin = echo
    before = len(origin.requests)
    with proxy.client() as client:
        hidden = SMUGGLED.encode()
        assert client.ask("GET", "/a", body=hidden).body == hidden
        assert client.get("/b").status == 200
    assert origin.targets[before:] == ["/a", "/b"]
