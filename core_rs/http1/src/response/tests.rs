//! What a client accepts, refuses and forwards.

use super::ResponseHead;
use crate::edits::Edits;
use crate::framing::{Connection, Framing};
use crate::length::BodyLength;
use crate::limits::Limits;

fn parse(bytes: &[u8], request_is_head: bool) -> ResponseHead {
    let mut head = ResponseHead::new();
    let length = head
        .parse(bytes, &Limits::default(), request_is_head)
        .expect("valid")
        .expect("complete");
    assert_eq!(length, bytes.len());
    head
}

#[test]
fn every_prefix_needs_more() {
    let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX: y\r\n\r\n";
    let mut head = ResponseHead::new();
    for end in 0..bytes.len() {
        assert_eq!(
            head.parse(&bytes[..end], &Limits::default(), false),
            Ok(None),
            "{end}"
        );
    }
    assert_eq!(
        head.parse(bytes, &Limits::default(), false),
        Ok(Some(bytes.len()))
    );
    assert_eq!(head.status(), 200);
    assert_eq!(
        head.fields(bytes).collect::<Vec<_>>(),
        [("X", b"y".as_slice())]
    );
    assert_eq!(head.field(bytes, "x").collect::<Vec<_>>(), [b"y"]);
}

#[test]
fn bodies_and_persistence() {
    use BodyLength::{Chunked, Empty, Length, UntilClose};
    let cases: [(&str, bool, BodyLength, bool); 22] = [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 3",
            false,
            Length(3),
            true,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 0",
            false,
            Length(0),
            true,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked",
            false,
            Chunked,
            true,
        ),
        ("HTTP/1.1 200 OK", false, UntilClose, false),
        ("HTTP/1.1 200", false, UntilClose, false),
        ("HTTP/1.1 200 ", false, UntilClose, false),
        (
            "HTTP/1.1 200 OK\r\nConnection: keep-alive",
            false,
            UntilClose,
            false,
        ),
        (
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3",
            false,
            Length(3),
            false,
        ),
        (
            "HTTP/1.0 200 OK\r\nContent-Length: 3",
            false,
            Length(3),
            false,
        ),
        (
            "HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive",
            false,
            Length(3),
            true,
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3", true, Empty, true),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked",
            true,
            Empty,
            true,
        ),
        ("HTTP/1.1 200 OK", true, Empty, true),
        ("HTTP/1.1 204 No Content", false, Empty, true),
        (
            "HTTP/1.1 204 No Content\r\nContent-Length: 0",
            false,
            Empty,
            true,
        ),
        (
            "HTTP/1.1 204 No Content\r\nContent-Length: 3",
            false,
            Empty,
            false,
        ),
        (
            "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked",
            false,
            Empty,
            false,
        ),
        (
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 3",
            false,
            Empty,
            true,
        ),
        ("HTTP/1.1 304 Not Modified", false, Empty, true),
        ("HTTP/1.1 100 Continue", false, Empty, true),
        (
            "HTTP/1.1 103 Early Hints\r\nContent-Length: 0",
            false,
            Empty,
            true,
        ),
        (
            "HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: websocket",
            false,
            Empty,
            true,
        ),
    ];
    for (text, request_is_head, body, keep_alive) in cases {
        let head = parse(format!("{text}\r\n\r\n").as_bytes(), request_is_head);
        assert_eq!(
            (head.body(), head.keep_alive()),
            (body, keep_alive),
            "{text}"
        );
        assert_eq!(
            head.is_interim(),
            (100..200).contains(&head.status()) && head.status() != 101
        );
        assert_eq!(head.switches_to_websocket(), head.status() == 101);
    }
}

#[test]
fn refused() {
    let cases: [(&[u8], &str); 35] = [
        (b"HTTP/1.1\r\n\r\n", "bad_status_line"),
        (b"HTTP/1.1 \r\n\r\n", "bad_status_line"),
        (b"HTTP/1.1 20\r\n\r\n", "bad_status_line"),
        (b"HTTP/1.1 2000\r\n\r\n", "bad_status_line"),
        (b"HTTP/1.1  200 OK\r\n\r\n", "bad_status_line"),
        (b"HTTP/1.1 +20 OK\r\n\r\n", "bad_status_line"),
        (b"HTTP/1.1 200\tOK\r\n\r\n", "bad_status_line"),
        (b"HTTP/1.1 200 O\0K\r\n\r\n", "bad_status_line"),
        (b"HTTP/1.1 200 O\rK\r\n\r\n", "bad_status_line"),
        (b"HTTP/1.1 099 OK\r\n\r\n", "bad_status"),
        (b"HTTP/1.1 600 OK\r\n\r\n", "bad_status"),
        (b"HTTP/1.2 200 OK\r\n\r\n", "unknown_version"),
        (b"HTTP/2.0 200 OK\r\n\r\n", "unknown_version"),
        (b"ICY 200 OK\r\n\r\n", "bad_status_line"),
        (b"\r\nHTTP/1.1 200 OK\r\n\r\n", "bad_status_line"),
        (b"http/1.1 200 OK\r\n\r\n", "bad_status_line"),
        (b"HTTP/1.1 200 OK\n\r\n", "bad_line_ending"),
        (b"HTTP/1.1 200 OK\r\nA: b\n\r\n", "bad_line_ending"),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n\n", "bad_line_ending"),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "bad_field_name"),
        (b"HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "bad_field_name"),
        (b"HTTP/1.1 200 OK\r\nA: \0\r\n\r\n", "bad_field_value"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", "duplicate_field"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n", "bad_content_length"),
        (b"HTTP/1.1 304 X\r\nContent-Length: 1, 1\r\n\r\n", "bad_content_length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "content_length_and_transfer_encoding"),
        (b"HTTP/1.1 204 X\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
            "content_length_and_transfer_encoding"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "unknown_transfer_coding"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", "bad_transfer_encoding"),
        (b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "transfer_encoding_in_http_1_0"),
        (b"HTTP/1.1 200 OK\r\nConnection: content-length\r\n\r\n", "connection_names_framing"),
        (b"HTTP/1.1 101 X\r\n\r\n", "unexpected_switch"),
        (b"HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", "unexpected_switch"),
        (b"HTTP/1.1 100 X\r\nContent-Length: 1\r\n\r\n", "interim_with_body"),
        (b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: upgrade\r\nTransfer-Encoding: chunked\r\n\r\n",
            "interim_with_body"),
    ];
    for (bytes, reason) in cases {
        let text = String::from_utf8_lossy(bytes);
        let mut head = ResponseHead::new();
        let error = head
            .parse(bytes, &Limits::default(), false)
            .expect_err(&text);
        assert_eq!(error.reason(), reason, "{text:?}");
        let first = (0..=bytes.len())
            .find_map(|end| head.parse(&bytes[..end], &Limits::default(), false).err());
        assert_eq!(first, Some(error), "in pieces: {text:?}");
    }
}

#[test]
fn sizes() {
    let limits = Limits::default();
    let long = "a".repeat(limits.head_bytes);
    let fields = "a: b\r\n".repeat(limits.fields + 1);
    for (text, reason) in [
        (format!("HTTP/1.1 200 {long}"), "head_too_large"),
        (format!("HTTP/1.1 200 OK\r\na: {long}"), "head_too_large"),
        (
            format!("HTTP/1.1 200 OK\r\n{fields}\r\n"),
            "too_many_fields",
        ),
    ] {
        let error = ResponseHead::new()
            .parse(text.as_bytes(), &limits, false)
            .expect_err("over");
        assert_eq!(error.reason(), reason);
    }
}

const PLAIN: Framing = Framing {
    body: BodyLength::Length(3),
    connection: Connection::KeepAlive,
    declared: None,
    head_request: false,
};

fn written(bytes: &[u8], status: u16, edits: &Edits, framing: Framing) -> String {
    let mut out = Vec::new();
    parse(bytes, framing.head_request).write(bytes, status, edits, framing, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

#[test]
fn the_head_as_it_leaves() {
    let bytes = b"HTTP/1.1 200 Fine \xe9\r\nServer: x\r\nkeep-alive: 5\r\nContent-Length: 3\r\nX_Y: z\r\nTrailer: t\r\n\r\n";
    let mut edits = Edits::new();
    edits.set("server", b"y").expect("valid");
    let head = "HTTP/1.1 200 Fine \u{fffd}\r\nX_Y: z\r\nserver: y\r\ncontent-length: 3\r\n";
    assert_eq!(written(bytes, 200, &edits, PLAIN), format!("{head}\r\n"));
    let close = Framing {
        connection: Connection::Close,
        ..PLAIN
    };
    assert_eq!(
        written(bytes, 200, &edits, close),
        format!("{head}connection: close\r\n\r\n")
    );
    let keep = Framing {
        connection: Connection::KeepAliveHttp10,
        ..PLAIN
    };
    assert_eq!(
        written(bytes, 200, &edits, keep),
        format!("{head}connection: keep-alive\r\n\r\n")
    );
    let chunked = Framing {
        body: BodyLength::Chunked,
        ..PLAIN
    };
    let bytes = b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\nTrailer: t\r\n\r\n";
    assert_eq!(
        written(bytes, 200, &Edits::new(), chunked),
        "HTTP/1.1 200 \r\nTrailer: t\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    let until_close = Framing {
        body: BodyLength::UntilClose,
        connection: Connection::Close,
        ..PLAIN
    };
    assert_eq!(
        written(bytes, 200, &Edits::new(), until_close),
        "HTTP/1.1 200 \r\nconnection: close\r\n\r\n"
    );
}

#[test]
fn a_switch_is_written_anew() {
    let bytes = b"HTTP/1.1 101 Go\r\nupgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: a\r\n\r\n";
    let framing = Framing {
        body: BodyLength::Empty,
        connection: Connection::Upgrade,
        ..PLAIN
    };
    assert_eq!(
        written(bytes, 101, &Edits::new(), framing),
        "HTTP/1.1 101 Go\r\nSec-WebSocket-Accept: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
    );
}

#[test]
fn a_changed_status_never_changes_where_the_response_ends() {
    let none = Edits::new();
    let body = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
    assert_eq!(
        written(body, 503, &none, PLAIN),
        "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 3\r\n\r\n"
    );
    for refused in [0, 100, 101, 199, 204, 304, 600, 1000] {
        assert!(!parse(body, false).accepts_status(refused), "{refused}");
        assert!(
            written(body, refused, &none, PLAIN).starts_with("HTTP/1.1 200 OK"),
            "{refused}"
        );
    }
    let empty = Framing {
        body: BodyLength::Empty,
        ..PLAIN
    };
    let no_content = b"HTTP/1.1 204 X\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(
        written(no_content, 204, &none, empty),
        "HTTP/1.1 204 X\r\n\r\n"
    );
    assert_eq!(
        written(no_content, 403, &none, empty),
        "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"
    );
    let zero = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let zero_length = Framing {
        body: BodyLength::Length(0),
        ..PLAIN
    };
    assert_eq!(
        written(zero, 204, &none, zero_length),
        "HTTP/1.1 204 No Content\r\n\r\n"
    );
    let interim = b"HTTP/1.1 103 X\r\n\r\n";
    assert_eq!(
        written(interim, 200, &none, empty),
        "HTTP/1.1 103 X\r\n\r\n"
    );
}
