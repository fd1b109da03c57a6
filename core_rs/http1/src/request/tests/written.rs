use super::parse;
use crate::edits::Edits;

fn written(bytes: &[u8], edits: &Edits) -> String {
    let head = parse(bytes);
    let mut out = Vec::new();
    head.write(
        bytes,
        head.target(bytes),
        head.authority(bytes),
        edits,
        &mut out,
    );
    String::from_utf8_lossy(&out).into_owned()
}

#[test]
fn fields_travel_raw_and_framing_is_ours() {
    let bytes = b"\r\nPOST /a HTTP/1.0\r\nX-One:  1 \t\r\nHOST: h:1\r\nX-Two: 2\r\nContent-Length: 007\r\nX-Three:3\r\n\r\n";
    assert_eq!(
        written(bytes, &Edits::new()),
        "POST /a HTTP/1.1\r\nhost: h:1\r\nX-One:  1 \t\r\nX-Two: 2\r\nX-Three:3\r\ncontent-length: 7\r\n\r\n"
    );
}

#[test]
fn nothing_but_the_line_and_host() {
    assert_eq!(
        written(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", &Edits::new()),
        "GET / HTTP/1.1\r\nhost: h\r\n\r\n"
    );
    assert_eq!(
        written(b"GET / HTTP/1.0\r\n\r\n", &Edits::new()),
        "GET / HTTP/1.1\r\nhost: \r\n\r\n"
    );
}

#[test]
fn absolute_targets_become_origin_form_and_rewrite_host() {
    assert_eq!(
        written(
            b"GET http://other?q HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n",
            &Edits::new()
        ),
        "GET /?q HTTP/1.1\r\nhost: other\r\nA: b\r\n\r\n"
    );
}

#[test]
fn chunked_with_trailer_and_te() {
    let bytes = b"POST / HTTP/1.1\r\nHost: h\r\nTE: trailers\r\nConnection: TE\r\nTrailer: x\r\n\
        Transfer-Encoding: Chunked\r\nExpect: 100-continue\r\n\r\n";
    assert_eq!(
        written(bytes, &Edits::new()),
        "POST / HTTP/1.1\r\nhost: h\r\nTrailer: x\r\ntransfer-encoding: chunked\r\n\
         te: trailers\r\nconnection: te\r\n\r\n"
    );
}

#[test]
fn websocket_is_the_only_upgrade() {
    let bytes = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, keep-alive\r\nUpgrade: h2c, websocket\r\n\
        Sec-WebSocket-Key: k\r\n\r\n";
    assert_eq!(
        written(bytes, &Edits::new()),
        "GET / HTTP/1.1\r\nhost: h\r\nSec-WebSocket-Key: k\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
    );
    let bytes =
        b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\
        HTTP2-Settings: s\r\n\r\n";
    assert_eq!(
        written(bytes, &Edits::new()),
        "GET / HTTP/1.1\r\nhost: h\r\n\r\n"
    );
    let bytes = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, TE\r\nUpgrade: websocket\r\nTE: trailers\r\n\r\n";
    assert_eq!(
        written(bytes, &Edits::new()),
        "GET / HTTP/1.1\r\nhost: h\r\nte: trailers\r\nconnection: te, upgrade\r\nupgrade: websocket\r\n\r\n"
    );
}

#[test]
fn edits_are_applied() {
    let bytes = b"GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\nX-Forwarded-For: evil\r\nC: 3\r\na: 4\r\nD: 5\r\n\r\n";
    let mut edits = Edits::new();
    edits.set("x-forwarded-for", b"10.0.0.1").expect("valid");
    edits.remove("a").expect("valid");
    edits.add("c", b"6").expect("valid");
    assert_eq!(
        written(bytes, &edits),
        "GET / HTTP/1.1\r\nhost: h\r\nB: 2\r\nC: 3\r\nD: 5\r\nx-forwarded-for: 10.0.0.1\r\nc: 6\r\n\r\n"
    );
}

#[test]
fn a_field_set_by_us_survives_a_connection_option() {
    let bytes = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: x-forwarded-for\r\nX-Forwarded-For: evil\r\n\r\n";
    let mut edits = Edits::new();
    edits.set("x-forwarded-for", b"10.0.0.1").expect("valid");
    assert_eq!(
        written(bytes, &edits),
        "GET / HTTP/1.1\r\nhost: h\r\nx-forwarded-for: 10.0.0.1\r\n\r\n"
    );
}

#[test]
fn no_caller_can_split_the_head() {
    let bytes = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    let mut out = Vec::new();
    parse(bytes).write(
        bytes,
        "/a b\r\nX: y\u{e9}#",
        "evil\r\nX: y",
        &Edits::new(),
        &mut out,
    );
    assert_eq!(
        String::from_utf8_lossy(&out),
        "GET /a%20b%0D%0AX:%20y%C3%A9%23 HTTP/1.1\r\nhost: h\r\n\r\n"
    );
}

#[test]
fn other_bytes_than_those_parsed_cannot_panic() {
    let head = parse(b"POST /path HTTP/1.1\r\nHost: h\r\nA: b\r\nContent-Length: 3\r\n\r\n");
    for other in [b"".as_slice(), b"GET", &[0xff; 64]] {
        let _ = (
            head.method(other),
            head.target(other),
            head.authority(other),
            head.fields(other).count(),
        );
        head.write(other, "/", "", &Edits::new(), &mut Vec::new());
    }
}
