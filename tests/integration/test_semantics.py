"""What HTTP/1.1 asks of an intermediary (RFC 9110, RFC 9112)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from kit import behaviours, eventually
from kit.client import get
from kit.origin import refused_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit import Exchange, Message, Origin, Proxy


def seen(response: Message) -> dict[str, object]:
    """What the reflecting origin saw."""
    assert response.status == 200, response
    return dict(json.loads(response.body))


def fields(response: Message, name: str) -> list[str]:
    """The values of a field that reached the origin."""
    pairs = seen(response)["fields"]
    assert isinstance(pairs, list)
    return [value for other, value in pairs if other.lower() == name.lower()]


def test_requests_in_one_write_are_answered_in_order(echo: tuple[Proxy, Origin]) -> None:
    proxy, _ = echo
    with proxy.client() as client:
        wanted = [f"body {number}".encode() for number in range(50)]
        client.send(
            b"".join(
                b"POST /%d HTTP/1.1\r\nhost: test\r\ncontent-length: %d\r\n\r\n%s"
                % (number, len(body), body)
                for number, body in enumerate(wanted)
            )
        )
        assert [client.response().body for _ in wanted] == wanted


def test_a_request_one_byte_at_a_time_is_served(echo: tuple[Proxy, Origin]) -> None:
    proxy, _ = echo
    head = b"POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n"
    data = head + b"2;x\r\nhi\r\n0\r\na: b\r\n\r\n"
    with proxy.client() as client:
        for byte in data:
            client.send(bytes([byte]))
        assert client.response().body == b"hi"


def test_blank_lines_before_a_request_are_ignored(echo: tuple[Proxy, Origin]) -> None:
    proxy, _ = echo
    with proxy.client() as client:
        client.send("\r\n\r\nGET / HTTP/1.1\r\nhost: test\r\n\r\n")
        assert client.response().status == 200


def test_expect_is_answered_before_the_body_is_sent(
    proxy_to: Callable[..., tuple[Proxy, Origin]],
) -> None:
    proxy, _ = proxy_to(behaviours.echo)
    with proxy.client() as client:
        client.send(
            "POST / HTTP/1.1\r\nhost: test\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n"
        )
        assert client.response().status == 100
        client.send("hello")
        response = client.response()
        assert (response.status, response.body) == (200, b"hello")
        assert client.get("/again").status == 200


def test_expect_with_the_body_at_once_is_served(
    proxy_to: Callable[..., tuple[Proxy, Origin]],
) -> None:
    proxy, _ = proxy_to(behaviours.echo)
    with proxy.client() as client:
        client.send(
            "POST / HTTP/1.1\r\nhost: test\r\nexpect: 100-continue\r\n"
            "content-length: 5\r\n\r\nhello"
        )
        response = client.response()
        if response.status == 100:
            response = client.response()
        assert (response.status, response.body) == (200, b"hello")
        assert client.get("/again").status == 200


def test_a_final_answer_may_come_instead_of_continue(
    proxy_to: Callable[..., tuple[Proxy, Origin]],
) -> None:
    """The client must not be left waiting, nor its unsent body be waited for."""
    proxy, _ = proxy_to(behaviours.early(413))
    with proxy.client() as client:
        client.send(
            "POST / HTTP/1.1\r\nhost: test\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n"
        )
        response = client.response()
        if response.status == 100:
            response = client.response()
        assert response.status == 413


def test_interim_responses_do_not_confuse_the_final_one(
    proxy_to: Callable[..., tuple[Proxy, Origin]],
) -> None:
    hints = "HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n"
    final = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
    proxy, _ = proxy_to(behaviours.raw(hints * 2 + final))
    with proxy.client() as client:
        response = client.get("/")
        while response.status < 200:
            response = client.response()
        assert response.body == b"ok"
        response = client.get("/again")
        while response.status < 200:
            response = client.response()
        assert response.body == b"ok"


def test_head_has_the_length_and_no_content(
    proxy_to: Callable[..., tuple[Proxy, Origin]],
) -> None:
    proxy, _ = proxy_to(behaviours.raw("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n"))
    with proxy.client() as client:
        for _ in range(2):
            response = client.ask("HEAD", "/")
            assert response.value("content-length") == "1000"


@pytest.mark.parametrize("status", [204, 304])
def test_statuses_without_content_have_none(
    proxy_to: Callable[..., tuple[Proxy, Origin]], status: int
) -> None:
    proxy, _ = proxy_to(behaviours.raw(f"HTTP/1.1 {status} Nothing\r\netag: x\r\n\r\n"))
    with proxy.client() as client:
        for _ in range(2):
            response = client.get("/")
            assert response.status == status
            assert response.value("transfer-encoding") is None
            assert response.value("etag") == "x"


def test_an_http_1_0_client_gets_content_without_chunks_until_close(
    proxy_to: Callable[..., tuple[Proxy, Origin]],
) -> None:
    head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    proxy, _ = proxy_to(behaviours.raw(head + "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"))
    with proxy.client() as client:
        client.send("GET / HTTP/1.0\r\n\r\n")
        response = client.response()
        assert response.value("transfer-encoding") is None
        assert response.value("content-length") is None
        assert response.body == b"hello world"
        assert client.is_closed()


def test_an_http_1_0_client_may_keep_its_connection(echo: tuple[Proxy, Origin]) -> None:
    proxy, _ = echo
    with proxy.client() as client:
        for _ in range(2):
            client.send("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
            response = client.response()
            assert (response.value("connection") or "").lower() == "keep-alive"


def test_connection_close_is_honoured(echo: tuple[Proxy, Origin]) -> None:
    proxy, _ = echo
    with proxy.client() as client:
        assert client.get("/", "connection: close").closes
        assert client.is_closed()


def test_content_until_close_reaches_the_client_whole(
    proxy_to: Callable[..., tuple[Proxy, Origin]],
) -> None:
    proxy, _ = proxy_to(behaviours.raw("HTTP/1.1 200 OK\r\n\r\nuntil the end", after="close"))
    with proxy.client() as client:
        response = client.get("/")
        assert response.body == b"until the end"
        if response.chunked:  # then the connection can go on
            assert client.get("/again").body == b"until the end"


def test_an_http_1_0_origin_is_served_from(proxy_to: Callable[..., tuple[Proxy, Origin]]) -> None:
    proxy, _ = proxy_to(
        behaviours.raw("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", after="close")
    )
    with proxy.client() as client:
        for _ in range(2):
            assert client.get("/").body == b"ok"


def test_trailers_reach_the_other_side_without_those_that_frame_or_authorize(
    reflect: tuple[Proxy, Origin],
) -> None:
    proxy, _ = reflect
    with proxy.client() as client:
        client.send(
            "POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n"
            "5\r\nhello\r\n0\r\nx-sum: 1\r\ncontent-length: 5\r\nhost: other\r\n"
            "authorization: x\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        got = seen(client.response())
    assert [name.lower() for name, _ in got["trailers"]] == ["x-sum"]  # type: ignore[attr-defined]


def test_trailers_of_a_response_reach_the_client(
    proxy_to: Callable[..., tuple[Proxy, Origin]],
) -> None:
    proxy, _ = proxy_to(
        behaviours.raw(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-sum: 1\r\n\r\n"
        )
    )
    assert get(proxy.address).trailers == [("x-sum", "1")]


def test_chunk_extensions_are_dropped(proxy_to: Callable[..., tuple[Proxy, Origin]]) -> None:
    raw: list[bytes] = []

    def behave(exchange: Exchange) -> None:
        while not exchange.reader.buffer.endswith(b"0\r\n\r\n"):
            exchange.reader.fill()
        raw.append(exchange.reader.buffer)
        exchange.reader.buffer = b""
        exchange.send(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;secret=1\r\nok\r\n0;x\r\n\r\n"
        )

    proxy, _ = proxy_to(behave)
    with proxy.client() as client:
        client.send(
            "POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n"
            '5;secret="a b"\r\nhello\r\n0;last\r\n\r\n'
        )
        assert client.response_head().status == 200
        while not client.reader.buffer.endswith(b"0\r\n\r\n"):
            client.reader.fill()
        assert b"secret" not in client.reader.buffer
    assert b";" not in raw[0]
    assert b"hello" in raw[0]


def test_the_target_of_an_absolute_form_wins_over_host(reflect: tuple[Proxy, Origin]) -> None:
    proxy, _ = reflect
    with proxy.client() as client:
        client.send("GET http://one.test:8080/path?q=1 HTTP/1.1\r\nhost: two.test\r\n\r\n")
        response = client.response()
        assert seen(response)["start_line"] == "GET /path?q=1 HTTP/1.1"
        assert fields(response, "host") == ["one.test:8080"]
        client.send("OPTIONS http://one.test HTTP/1.1\r\nhost: one.test\r\n\r\n")
        start_line = seen(client.response())["start_line"]
        assert start_line in ("OPTIONS * HTTP/1.1", "OPTIONS / HTTP/1.1")


def test_options_of_the_server_itself(reflect: tuple[Proxy, Origin]) -> None:
    proxy, _ = reflect
    with proxy.client() as client:
        client.send("OPTIONS * HTTP/1.1\r\nhost: test\r\n\r\n")
        assert seen(client.response())["start_line"] == "OPTIONS * HTTP/1.1"


def test_fields_of_one_hop_stay_on_it(reflect: tuple[Proxy, Origin]) -> None:
    proxy, _ = reflect
    response = get(
        proxy.address,
        "/",
        "connection: keep-alive, x-private",
        "x-private: 1",
        "keep-alive: timeout=5",
        "proxy-connection: keep-alive",
        "te: trailers, deflate",
        "upgrade: h2c",
        "x-public: 2",
    )
    for name in ("x-private", "keep-alive", "proxy-connection", "upgrade"):
        assert fields(response, name) == [], name
    assert "deflate" not in "".join(fields(response, "te"))
    assert "x-private" not in "".join(fields(response, "connection"))
    assert fields(response, "x-public") == ["2"]


def test_fields_of_one_hop_do_not_reach_the_client(
    proxy_to: Callable[..., tuple[Proxy, Origin]],
) -> None:
    proxy, _ = proxy_to(
        behaviours.raw(
            "HTTP/1.1 200 OK\r\nconnection: keep-alive, x-private\r\nx-private: 1\r\n"
            "keep-alive: timeout=5\r\nproxy-connection: keep-alive\r\nupgrade: h2c\r\n"
            "x-public: 2\r\ncontent-length: 0\r\n\r\n"
        )
    )
    response = get(proxy.address)
    for name in ("x-private", "keep-alive", "proxy-connection", "upgrade"):
        assert response.values(name) == [], name
    assert response.value("x-public") == "2"


def test_end_to_end_fields_arrive_as_they_were_sent(reflect: tuple[Proxy, Origin]) -> None:
    proxy, _ = reflect
    response = get(
        proxy.address, "/", "X-Mixed-Case: Va\tlue", "cookie: a=1", "cookie: b=2", "x-high: \xe9",
        "x-empty:",
    )  # fmt: skip
    pairs = seen(response)["fields"]
    assert isinstance(pairs, list)
    assert ["X-Mixed-Case", "Va\tlue"] in pairs
    assert fields(response, "cookie") == ["a=1", "b=2"]
    assert fields(response, "x-high") == ["\xe9"]
    assert fields(response, "x-empty") == [""]


def test_the_client_is_named_to_the_origin(reflect: tuple[Proxy, Origin]) -> None:
    """Nobody in front is trusted: what a client claims about itself is not passed on as truth."""
    proxy, _ = reflect
    assert fields(get(proxy.address), "x-forwarded-for") == ["127.0.0.1"]
    claimed = fields(get(proxy.address, "/", "x-forwarded-for: 10.0.0.1"), "x-forwarded-for")
    assert claimed
    assert claimed[-1].split(",")[-1].strip() == "127.0.0.1"


def test_trusted_hops_keep_what_they_say(
    proxy_to: Callable[..., tuple[Proxy, Origin]],
) -> None:
    proxy, _ = proxy_to(behaviours.reflect, "--trusted-hops", "1")
    response = get(proxy.address, "/", "x-forwarded-for: 10.0.0.1, 10.0.0.2")
    assert (
        ",".join(fields(response, "x-forwarded-for"))
        .replace(" ", "")
        .endswith("10.0.0.2,127.0.0.1")
    )


def test_identity_claims_of_a_client_are_removed(reflect: tuple[Proxy, Origin]) -> None:
    proxy, _ = reflect
    response = get(
        proxy.address, "/", "x-forwarded-client-cert: URI=spiffe://x", "x-pymesh-user: root"
    )
    assert fields(response, "x-forwarded-client-cert") == []
    assert fields(response, "x-pymesh-user") == []


def test_every_request_has_an_id(reflect: tuple[Proxy, Origin]) -> None:
    proxy, _ = reflect
    ids = {fields(get(proxy.address), "x-request-id")[0] for _ in range(20)}
    assert len(ids) == 20
    for one in ids:
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one)


def test_upstream_connections_are_reused(proxy_to: Callable[..., tuple[Proxy, Origin]]) -> None:
    proxy, origin = proxy_to(behaviours.echo, "--workers", "1")
    for number in range(20):
        assert get(proxy.address, f"/{number}").status == 200
    assert origin.connections == 1


@pytest.mark.parametrize(
    ("raw_path", "forwarded"),
    [
        ("/a/../b", "/b"),
        ("/a/./b", "/a/b"),
        ("/a//b", "/a/b"),
        ("/%61", "/a"),
        ("/a%2Fb", "/a%2Fb"),
        ("/../../etc/passwd", "/etc/passwd"),
        ("/a?b=//c/../d%61", "/a?b=//c/../d%61"),
    ],
)
def test_the_origin_sees_the_path_that_was_judged(
    reflect: tuple[Proxy, Origin], raw_path: str, forwarded: str
) -> None:
    proxy, _ = reflect
    start_line = str(seen(get(proxy.address, raw_path))["start_line"])
    assert start_line.split(" ")[1].lower() == forwarded.lower()


def test_a_body_cut_short_by_the_client_is_not_a_complete_request(
    proxy_to: Callable[..., tuple[Proxy, Origin]],
) -> None:
    proxy, origin = proxy_to(behaviours.echo)
    with proxy.client() as client:
        client.send("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 50\r\n\r\nhello")
        eventually(lambda: origin.requests, "the head arrives")
        client.close()
    eventually(lambda: origin.open == 0, "the origin's connection is closed")
    assert not origin.requests[0].complete


def test_an_error_for_a_head_request_has_no_content(start_proxy: Callable[..., Proxy]) -> None:
    proxy = start_proxy("--to", f"127.0.0.1:{refused_port()}")
    with proxy.client() as client:
        for _ in range(2):
            assert client.ask("HEAD", "/").status == 502
        assert client.get("/").status == 502


def test_every_address_and_every_worker_serves(
    start_origin: Callable[..., Origin], start_proxy: Callable[..., Proxy]
) -> None:
    origin = start_origin()
    proxy = start_proxy(
        "--to", origin.to, "--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0", "--workers", "2"
    )
    assert len(proxy.listen) == 2
    assert len(set(proxy.listen)) == 2
    for address in proxy.listen:
        for _ in range(20):
            assert get(address).status == 200


def test_a_client_that_closes_its_sending_side_is_taken_as_gone_or_served(
    proxy_to: Callable[..., tuple[Proxy, Origin]],
) -> None:
    """A FIN behind a request is how most clients leave, so that the proxy may give up; what it may
    not do is send half an answer."""
    proxy, _ = proxy_to(behaviours.echo)
    for _ in range(20):
        with proxy.client() as client:
            client.send("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\nhello")
            client.finish()
            assert client.rest()[-5:] in (b"", b"hello")
