use super::{RequestHead, parse};
use crate::length::{BodyLength, Version};
use crate::limits::Limits;

fn names<'b>(head: &'b RequestHead, bytes: &'b [u8]) -> Vec<&'b str> {
    head.fields(bytes).map(|(name, _)| name).collect()
}

#[test]
fn a_plain_request() {
    let bytes = b"GET /a?b=c HTTP/1.1\r\nHost: example.com:80\r\nAccept: */*\r\n\r\nNEXT";
    let mut head = RequestHead::new();
    assert_eq!(
        head.parse(bytes, &Limits::default()),
        Ok(Some(bytes.len() - 4))
    );
    assert_eq!(head.method(bytes), "GET");
    assert_eq!(head.target(bytes), "/a?b=c");
    assert_eq!(head.authority(bytes), "example.com:80");
    assert_eq!(head.version(), Version::Http11);
    assert_eq!(head.body(), BodyLength::Empty);
    assert!(head.keep_alive() && head.is_idempotent());
    assert!(!head.is_head() && !head.expects_continue() && !head.upgrades_to_websocket());
    assert_eq!(
        head.fields(bytes).collect::<Vec<_>>(),
        [("Accept", b"*/*".as_slice())]
    );
}

#[test]
fn every_prefix_needs_more() {
    let bytes = b"\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nX: y\r\n\r\n";
    let mut head = RequestHead::new();
    for end in 0..bytes.len() {
        assert_eq!(
            head.parse(&bytes[..end], &Limits::default()),
            Ok(None),
            "{end}"
        );
    }
    assert_eq!(head.parse(bytes, &Limits::default()), Ok(Some(bytes.len())));
    assert_eq!(head.method(bytes), "POST");
    assert_eq!(head.body(), BodyLength::Length(3));
}

#[test]
fn one_value_is_reused() {
    let mut head = RequestHead::new();
    let first = b"POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close, x\r\nX: 1\r\n\r\n";
    let second = b"HEAD /2 HTTP/1.1\r\nHost: b\r\nX: 2\r\n\r\n";
    head.parse(first, &Limits::default()).expect("valid");
    assert_eq!(head.field(first, "x").count(), 0);
    head.parse(second, &Limits::default()).expect("valid");
    assert_eq!(head.field(second, "x").collect::<Vec<_>>(), [b"2"]);
    assert_eq!(head.body(), BodyLength::Empty);
    assert!(head.keep_alive() && head.is_head());
}

#[test]
fn target_forms() {
    for (line, target, authority) in [
        ("GET / HTTP/1.1", "/", "h"),
        ("GET //a/../b;c?d?e HTTP/1.1", "//a/../b;c?d?e", "h"),
        ("GET /|^{}[]\"<>\\` HTTP/1.1", "/|^{}[]\"<>\\`", "h"),
        ("OPTIONS * HTTP/1.1", "*", "h"),
        ("GET http://other HTTP/1.1", "/", "other"),
        ("GET HTTP://other:81 HTTP/1.1", "/", "other:81"),
        ("GET https://other/a?b HTTP/1.1", "/a?b", "other"),
        ("GET http://other?b HTTP/1.1", "/?b", "other"),
        ("OPTIONS http://other HTTP/1.1", "*", "other"),
        ("OPTIONS http://other/ HTTP/1.1", "/", "other"),
        ("GET http://[::1]:8080/x HTTP/1.1", "/x", "[::1]:8080"),
    ] {
        let bytes = format!("{line}\r\nHost: h\r\n\r\n").into_bytes();
        let head = parse(&bytes);
        assert_eq!(head.target(&bytes), target, "{line}");
        assert_eq!(head.authority(&bytes), authority, "{line}");
    }
}

#[test]
fn http_1_0() {
    let bytes = b"GET / HTTP/1.0\r\n\r\n";
    let head = parse(bytes);
    assert_eq!(head.authority(bytes), "");
    assert_eq!(head.version(), Version::Http10);
    assert!(!head.keep_alive());
    assert!(parse(b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive());
    assert!(!parse(b"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n").keep_alive());
    // HTTP/1.0 knows neither expectations nor upgrades.
    let bytes = b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n";
    assert!(!parse(bytes).expects_continue());
    let bytes = b"GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
    assert!(!parse(bytes).upgrades_to_websocket());
}

#[test]
fn body_lengths() {
    for (field, body) in [
        ("X: y", BodyLength::Empty),
        ("Content-Length: 0", BodyLength::Length(0)),
        ("Content-Length: \t 007 \t", BodyLength::Length(7)),
        (
            "content-LENGTH:18446744073709551615",
            BodyLength::Length(u64::MAX),
        ),
        ("Transfer-Encoding: ChunkeD", BodyLength::Chunked),
    ] {
        let bytes = format!("PUT / HTTP/1.1\r\nHost: h\r\n{field}\r\n\r\n").into_bytes();
        assert_eq!(parse(&bytes).body(), body, "{field}");
    }
}

#[test]
fn persistence() {
    for (connection, keep_alive) in [
        ("close", false),
        ("keep-alive", true),
        ("Keep-Alive, CLOSE", false),
        (",, te ,", true),
        ("", true),
        ("x-close", true),
    ] {
        let bytes = format!("GET / HTTP/1.1\r\nHost: h\r\nConnection: {connection}\r\n\r\n");
        assert_eq!(
            parse(bytes.as_bytes()).keep_alive(),
            keep_alive,
            "{connection}"
        );
    }
}

#[test]
fn hop_by_hop_fields_end_here() {
    let bytes = b"GET / HTTP/1.1\r\nHost: h\r\nKeep-Alive: 5\r\nProxy-Connection: close\r\nTE: gzip\r\n\
        Upgrade: h2c\r\nHTTP2-Settings: x\r\nProxy-Authorization: x\r\nProxy-Authenticate: x\r\nTrailer: x\r\n\
        Connection: x-one, Upgrade\r\nX-One: 1\r\nx-ONE: 2\r\nX-Two: 3\r\nConnection: HTTP2-Settings, X-Three\r\n\
        X-Three: 4\r\nX-Threes: 5\r\nExpect: 100-continue\r\n\r\n";
    let head = parse(bytes);
    assert_eq!(names(&head, bytes), ["X-Two", "X-Threes"]);
    assert!(!head.upgrades_to_websocket());
    assert!(!head.expects_continue(), "nothing will follow");
}

#[test]
fn trailer_stays_with_a_chunked_body_only() {
    let bytes = b"PUT / HTTP/1.1\r\nHost: h\r\nTrailer: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(names(&parse(bytes), bytes), ["Trailer"]);
    let bytes = b"PUT / HTTP/1.1\r\nHost: h\r\nTrailer: x\r\nContent-Length: 1\r\n\r\n";
    assert!(names(&parse(bytes), bytes).is_empty());
}

#[test]
fn expectations() {
    let expects = |length: &str| {
        let bytes =
            format!("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\n{length}\r\n\r\n");
        parse(bytes.as_bytes()).expects_continue()
    };
    assert!(expects("Content-Length: 1") && expects("Transfer-Encoding: chunked"));
    assert!(!expects("Content-Length: 0") && !expects("A: b"));
}

#[test]
fn websocket() {
    let upgrades = |line: &str, fields: &str| {
        let bytes = format!("{line}\r\nHost: h\r\n{fields}\r\n\r\n").into_bytes();
        parse(&bytes).upgrades_to_websocket()
    };
    let get = "GET / HTTP/1.1";
    assert!(upgrades(get, "Connection: Upgrade\r\nUpgrade: WebSocket"));
    assert!(upgrades(
        get,
        "Connection: keep-alive, Upgrade\r\nUpgrade: h2c, websocket"
    ));
    assert!(upgrades(
        get,
        "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0"
    ));
    assert!(!upgrades(get, "Connection: Upgrade\r\nUpgrade: websockets"));
    assert!(!upgrades(get, "Connection: Upgrade\r\nUpgrade: h2c"));
    assert!(!upgrades(get, "Upgrade: websocket"));
    assert!(!upgrades(
        get,
        "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 1"
    ));
    assert!(!upgrades(
        get,
        "Connection: Upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked"
    ));
    assert!(!upgrades(
        "POST / HTTP/1.1",
        "Connection: Upgrade\r\nUpgrade: websocket"
    ));
}

#[test]
fn values_keep_their_bytes() {
    let bytes = b"GET / HTTP/1.1\r\nHost: h\r\nA: \xa0\x85 \xff\xa0 \r\nB:\r\nC: \t \r\nd:e  f\r\nA: 2\r\n\r\n";
    let head = parse(bytes);
    let values = |name: &'static str| head.field(bytes, name).collect::<Vec<_>>();
    assert_eq!(values("a"), [b"\xa0\x85 \xff\xa0".as_slice(), b"2"]);
    assert_eq!(values("B"), [b""]);
    assert_eq!(values("c"), [b""]);
    assert_eq!(values("D"), [b"e  f"]);
}

#[test]
fn methods_are_any_token() {
    let idempotent = |method: &str| {
        let bytes = format!("{method} / HTTP/1.1\r\nHost: h\r\n\r\n").into_bytes();
        let head = parse(&bytes);
        assert_eq!(head.method(&bytes), method);
        head.is_idempotent()
    };
    for method in ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"] {
        assert!(idempotent(method), "{method}");
    }
    for method in [
        "POST",
        "PATCH",
        "get",
        "!#$%&'*+-.^_`|~",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345",
    ] {
        assert!(!idempotent(method), "{method}");
    }
}

#[test]
fn the_most_that_is_allowed() {
    let limits = Limits::default();
    let target = "a".repeat(limits.target_bytes - 1);
    parse(format!("GET /{target} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes());
    let fields = "a: b\r\n".repeat(limits.fields - 1);
    parse(format!("GET / HTTP/1.1\r\nHost: h\r\n{fields}\r\n").as_bytes());
    let frame = "GET / HTTP/1.1\r\nHost: h\r\na: \r\n\r\n".len();
    let value = "v".repeat(limits.head_bytes - frame);
    parse(format!("GET / HTTP/1.1\r\nHost: h\r\na: {value}\r\n\r\n").as_bytes());
}
