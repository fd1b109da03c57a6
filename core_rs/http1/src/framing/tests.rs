use super::{Connection, framing};
use crate::length::BodyLength;
use crate::limits::Limits;
use crate::request::RequestHead;
use crate::response::ResponseHead;

fn decide(
    request: &str,
    response: &str,
    keep_alive: bool,
) -> (BodyLength, Connection, Option<u64>) {
    let (mut head, mut answer) = (RequestHead::new(), ResponseHead::new());
    head.parse(format!("{request}\r\n\r\n").as_bytes(), &Limits::default())
        .expect("valid")
        .expect("complete");
    answer
        .parse(
            format!("{response}\r\n\r\n").as_bytes(),
            &Limits::default(),
            head.is_head(),
        )
        .expect("valid")
        .expect("complete");
    let framing = framing(&head, &answer, keep_alive);
    assert_eq!(framing.head_request, head.is_head());
    let open = matches!(
        framing.connection,
        Connection::KeepAlive | Connection::KeepAliveHttp10
    );
    assert_eq!(framing.keep_alive(), open);
    (framing.body, framing.connection, framing.declared)
}

#[test]
fn table() {
    use BodyLength::{Chunked, Empty, Length, UntilClose};
    use Connection::{Close, KeepAlive, KeepAliveHttp10, Upgrade};
    let new = "GET / HTTP/1.1\r\nHost: h";
    let head = "HEAD / HTTP/1.1\r\nHost: h";
    let closing = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close";
    let old = "GET / HTTP/1.0";
    let old_open = "GET / HTTP/1.0\r\nConnection: keep-alive";
    let socket = "GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket";
    let length = "HTTP/1.1 200 OK\r\nContent-Length: 3";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked";
    let until_close = "HTTP/1.0 200 OK";
    let switch = "HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket";
    for (request, response, keep_alive, expected) in [
        (new, length, true, (Length(3), KeepAlive, None)),
        (new, length, false, (Length(3), Close, None)),
        (closing, length, true, (Length(3), Close, None)),
        (new, chunked, true, (Chunked, KeepAlive, None)),
        (new, until_close, true, (Chunked, KeepAlive, None)),
        (old, length, true, (Length(3), Close, None)),
        (old_open, length, true, (Length(3), KeepAliveHttp10, None)),
        (old_open, chunked, true, (UntilClose, Close, None)),
        (old_open, until_close, true, (UntilClose, Close, None)),
        (head, length, true, (Empty, KeepAlive, Some(3))),
        (head, chunked, true, (Empty, KeepAlive, None)),
        (
            new,
            "HTTP/1.1 304 X\r\nContent-Length: 9",
            true,
            (Empty, KeepAlive, Some(9)),
        ),
        (
            new,
            "HTTP/1.1 204 X\r\nContent-Length: 9",
            true,
            (Empty, KeepAlive, None),
        ),
        (closing, "HTTP/1.1 103 X", false, (Empty, KeepAlive, None)),
        (socket, switch, true, (Empty, Upgrade, None)),
        (new, switch, true, (Empty, KeepAlive, None)),
        (socket, length, true, (Length(3), KeepAlive, None)),
    ] {
        assert_eq!(
            decide(request, response, keep_alive),
            expected,
            "{request:?} {response:?}"
        );
    }
}
