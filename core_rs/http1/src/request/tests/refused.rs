use super::{RequestHead, parse, refusal};
use crate::limits::Limits;

/// Each of `cases` is refused with its status and reason, in whatever pieces it comes.
fn refused(cases: &[(&[u8], u16, &str)]) {
    for &(bytes, status, reason) in cases {
        let text = String::from_utf8_lossy(bytes);
        let error = refusal(bytes).unwrap_or_else(|| panic!("accepted: {text:?}"));
        assert_eq!(
            (error.status(), error.reason()),
            (status, reason),
            "{text:?}"
        );
        let mut head = RequestHead::new();
        let mut pieces = (0..=bytes.len()).map(|end| head.parse(&bytes[..end], &Limits::default()));
        assert_eq!(
            pieces.find_map(Result::err),
            Some(error),
            "in pieces: {text:?}"
        );
    }
}

/// As [`refused`], for field lines behind a valid request line and host.
fn refused_fields(cases: &[(&[u8], u16, &str)]) {
    for &(fields, status, reason) in cases {
        let bytes = [
            b"POST / HTTP/1.1\r\nHost: h\r\n".as_slice(),
            fields,
            b"\r\n\r\n",
        ]
        .concat();
        refused(&[(&bytes, status, reason)]);
    }
}

#[test]
fn request_lines() {
    refused(&[
        (b"GET /\r\nHost: h\r\n\r\n", 400, "bad_request_line"),
        (b"GET\r\n\r\n", 400, "bad_request_line"),
        (
            b" GET / HTTP/1.1\r\nHost: h\r\n\r\n",
            400,
            "bad_request_line",
        ),
        (
            b"GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
            400,
            "bad_request_line",
        ),
        (
            b"GET /  HTTP/1.1\r\nHost: h\r\n\r\n",
            400,
            "bad_request_line",
        ),
        (
            b"GET / HTTP/1.1 \r\nHost: h\r\n\r\n",
            400,
            "bad_request_line",
        ),
        (
            b"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
            400,
            "bad_request_line",
        ),
        (b"GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_method"),
        (
            b"GET /\tHTTP/1.1\r\nHost: h\r\n\r\n",
            400,
            "bad_request_line",
        ),
        (b"GE:T / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_method"),
        (
            b"G\xc3\x89T / HTTP/1.1\r\nHost: h\r\n\r\n",
            400,
            "bad_method",
        ),
        (
            b"GET / http/1.1\r\nHost: h\r\n\r\n",
            400,
            "bad_request_line",
        ),
        (
            b"GET / HTTP/1.10\r\nHost: h\r\n\r\n",
            400,
            "bad_request_line",
        ),
        (b"GET / HTTP/11\r\nHost: h\r\n\r\n", 400, "bad_request_line"),
        (
            b"GET / HTTP/1,1\r\nHost: h\r\n\r\n",
            400,
            "bad_request_line",
        ),
        (
            b"GET / RTSP/1.0\r\nHost: h\r\n\r\n",
            400,
            "bad_request_line",
        ),
        (b"GET / HTTP/0.9\r\nHost: h\r\n\r\n", 505, "unknown_version"),
        (b"GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505, "unknown_version"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "unknown_version"),
        (b"\x16\x03\x01\x02\x00", 400, "bad_request_line"),
        (b"\0", 400, "bad_request_line"),
        (
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456 / HTTP/1.1\r\nHost: h\r\n\r\n",
            501,
            "method_too_long",
        ),
        (
            b"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n",
            501,
            "connect_not_offered",
        ),
    ]);
}

#[test]
fn line_endings() {
    refused(&[
        (
            b"\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
            400,
            "bad_request_line",
        ),
        (
            b"\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
            400,
            "bad_request_line",
        ),
        (
            b"\rGET / HTTP/1.1\r\nHost: h\r\n\r\n",
            400,
            "bad_request_line",
        ),
        (b"GET / HTTP/1.1\nHost: h\r\n\r\n", 400, "bad_line_ending"),
        (
            b"GET / HTTP/1.1\r\r\nHost: h\r\n\r\n",
            400,
            "bad_request_line",
        ),
        (b"GET / HTTP/1.1\r\nHost: h\n\r\n", 400, "bad_line_ending"),
        (
            b"GET / HTTP/1.1\r\nHost: h\nA: b\r\n\r\n",
            400,
            "bad_line_ending",
        ),
        (
            b"GET / HTTP/1.1\r\nHost: h\r\nA:\nB: c\r\n\r\n",
            400,
            "bad_line_ending",
        ),
        (
            b"GET / HTTP/1.1\r\nHost: h\r\nA: b \n\r\n",
            400,
            "bad_line_ending",
        ),
        (b"GET / HTTP/1.1\r\nHost: h\r\n\n", 400, "bad_line_ending"),
        (
            b"GET / HTTP/1.1\r\n\nHost: h\r\n\r\n",
            400,
            "bad_line_ending",
        ),
        (b"GET / HTTP/1.1\r\nHost: h\r\n\rX", 400, "bad_line_ending"),
        (
            b"GET / HTTP/1.1\r\nHost: h\rA: b\r\n\r\n",
            400,
            "bad_field_value",
        ),
        (
            b"GET / HTTP/1.1\r\nHost: h\r\nA: b\r\r\n\r\n",
            400,
            "bad_field_value",
        ),
        (b"GET /a\rb HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"),
    ]);
}

#[test]
fn targets() {
    refused(&[
        (b"GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"),
        (b"OPTIONS ** HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"),
        (b"GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"),
        (b"GET ?a HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"),
        (b"GET h:80 HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"),
        (b"GET /#a HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"),
        (b"GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"),
        (b"GET /\x7f HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"),
        (
            b"GET /\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n",
            400,
            "bad_target",
        ),
        (
            b"GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n",
            400,
            "bad_target",
        ),
        (
            b"GET http:/h/ HTTP/1.1\r\nHost: h\r\n\r\n",
            400,
            "bad_target",
        ),
        (b"GET http:// HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_host"),
        (
            b"GET http:///a HTTP/1.1\r\nHost: h\r\n\r\n",
            400,
            "bad_host",
        ),
        (
            b"GET http://u@h/ HTTP/1.1\r\nHost: h\r\n\r\n",
            400,
            "bad_host",
        ),
        (
            b"GET http://h\\a/ HTTP/1.1\r\nHost: h\r\n\r\n",
            400,
            "bad_host",
        ),
    ]);
}

#[test]
fn hosts() {
    refused(&[
        (b"GET / HTTP/1.1\r\n\r\n", 400, "missing_host"),
        (b"GET http://h/ HTTP/1.1\r\n\r\n", 400, "missing_host"),
        (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, "bad_host"),
        (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "bad_host"),
        (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "bad_host"),
        (b"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400, "bad_host"),
        (b"GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400, "bad_host"),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
            400,
            "duplicate_field",
        ),
        (
            b"GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n",
            400,
            "duplicate_field",
        ),
        (
            b"GET http://h/ HTTP/1.1\r\nHost: a?b\r\n\r\n",
            400,
            "bad_host",
        ),
        (b"GET / HTTP/1.0\r\nHost: \xff\r\n\r\n", 400, "bad_host"),
    ]);
}

#[test]
fn field_lines() {
    refused_fields(&[
        (b" A: b", 400, "bad_field_name"),
        (b"A: b\r\n c", 400, "bad_field_name"),
        (b"A: b\r\n\tc", 400, "bad_field_name"),
        (b"A:\r\n b", 400, "bad_field_name"),
        (b"A : b", 400, "bad_field_name"),
        (b"A\t: b", 400, "bad_field_name"),
        (b": b", 400, "bad_field_name"),
        (b"A", 400, "bad_field_name"),
        (b"A b: c", 400, "bad_field_name"),
        (b"A(: b", 400, "bad_field_name"),
        (b"A\0: b", 400, "bad_field_name"),
        (b"A\x80: b", 400, "bad_field_name"),
        (b"A_B: c", 400, "underscore_in_field_name"),
        (b"Content_Length: 1", 400, "underscore_in_field_name"),
        (b"A: b\0", 400, "bad_field_value"),
        (b"A: \x0b", 400, "bad_field_value"),
        (b"A: b\x7f", 400, "bad_field_value"),
        (
            b"Authorization: a\r\nauthorization: a",
            400,
            "duplicate_field",
        ),
        (
            b"x-forwarded-client-cert: a\r\nX-Forwarded-Client-Cert: b",
            400,
            "duplicate_field",
        ),
        (b"Expect: 200-ok", 417, "unknown_expectation"),
        (b"Expect:", 417, "unknown_expectation"),
        (
            b"Expect: 100-continue\r\nExpect: 100-continue",
            417,
            "unknown_expectation",
        ),
    ]);
}

#[test]
fn lengths() {
    for value in [
        "",
        "+1",
        "-1",
        "0x1",
        "1_0",
        "1,1",
        "1, 1",
        "1 1",
        "1.0",
        "1e1",
        "\u{661}",
        "abc",
        "\"1\"",
        "1;",
        "18446744073709551616",
        "99999999999999999999999",
    ] {
        refused_fields(&[(
            format!("Content-Length: {value}").as_bytes(),
            400,
            "bad_content_length",
        )]);
    }
    refused_fields(&[
        (b"Content-Length: 1\xa0", 400, "bad_content_length"),
        (b"Content-Length: 1\x0b", 400, "bad_field_value"),
        (
            b"Content-Length: 1\r\nContent-Length: 1",
            400,
            "duplicate_field",
        ),
        (
            b"Content-Length: 1\r\ncontent-length: 2",
            400,
            "duplicate_field",
        ),
        (
            b"Content-Length: 1\r\nTransfer-Encoding: chunked",
            400,
            "content_length_and_transfer_encoding",
        ),
        (
            b"Transfer-Encoding: chunked\r\nContent-Length: 0",
            400,
            "content_length_and_transfer_encoding",
        ),
    ]);
}

#[test]
fn transfer_codings() {
    refused_fields(&[
        (b"Transfer-Encoding: gzip", 501, "unknown_transfer_coding"),
        (
            b"Transfer-Encoding: gzip, chunked",
            501,
            "unknown_transfer_coding",
        ),
        (
            b"Transfer-Encoding: identity",
            501,
            "unknown_transfer_coding",
        ),
        (
            b"Transfer-Encoding: xchunked",
            501,
            "unknown_transfer_coding",
        ),
        (
            b"Transfer-Encoding: chunkedx",
            501,
            "unknown_transfer_coding",
        ),
        (
            b"Transfer-Encoding: chunked, gzip",
            400,
            "bad_transfer_encoding",
        ),
        (
            b"Transfer-Encoding: chunked, chunked",
            400,
            "bad_transfer_encoding",
        ),
        (
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            400,
            "duplicate_field",
        ),
        (
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip",
            400,
            "duplicate_field",
        ),
        (b"Transfer-Encoding: ,chunked", 400, "bad_transfer_encoding"),
        (b"Transfer-Encoding: chunked,", 400, "bad_transfer_encoding"),
        (
            b"Transfer-Encoding: chunked;a=b",
            400,
            "bad_transfer_encoding",
        ),
        (
            b"Transfer-Encoding: \"chunked\"",
            400,
            "bad_transfer_encoding",
        ),
        (b"Transfer-Encoding: chun ked", 400, "bad_transfer_encoding"),
        (
            b"Transfer-Encoding: \xa0chunked",
            400,
            "bad_transfer_encoding",
        ),
        (
            b"Transfer-Encoding: chunked\x85",
            400,
            "bad_transfer_encoding",
        ),
        (b"Transfer-Encoding: \x0bchunked", 400, "bad_field_value"),
        (b"Transfer-Encoding: chunked\x0c", 400, "bad_field_value"),
        (b"Transfer-Encoding:", 400, "bad_transfer_encoding"),
        (b"Transfer-Encoding:\r\n chunked", 400, "bad_field_name"),
        (b"Transfer-Encoding : chunked", 400, "bad_field_name"),
        (
            b"Transfer_Encoding: chunked",
            400,
            "underscore_in_field_name",
        ),
    ]);
    let bytes = b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
    refused(&[(bytes, 400, "transfer_encoding_in_http_1_0")]);
}

#[test]
fn connection_options() {
    let many: Vec<String> = (0..17).map(|number| format!("x{number}")).collect();
    refused_fields(&[
        (b"Connection: a b", 400, "bad_connection"),
        (b"Connection: close;", 400, "bad_connection"),
        (b"Connection: \"close\"", 400, "bad_connection"),
        (b"Connection: clos\xe9", 400, "bad_connection"),
        (
            format!("Connection: {}", many.join(",")).as_bytes(),
            400,
            "bad_connection",
        ),
        (b"Connection: Host", 400, "connection_names_framing"),
        (
            b"Connection: close, content-length",
            400,
            "connection_names_framing",
        ),
        (
            b"Connection: Transfer-Encoding",
            400,
            "connection_names_framing",
        ),
    ]);
}

#[test]
fn sizes() {
    let limits = Limits::default();
    let target = "a".repeat(limits.target_bytes);
    let fields = "a: b\r\n".repeat(limits.fields);
    let long = "b".repeat(limits.head_bytes);
    refused(&[
        (
            format!("GET /{target} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes(),
            414,
            "target_too_long",
        ),
        (
            format!("GET /{target}{target}").as_bytes(),
            414,
            "target_too_long",
        ),
        (
            format!("GET / HTTP/1.1\r\nHost: h\r\n{fields}\r\n").as_bytes(),
            431,
            "too_many_fields",
        ),
        (
            format!("GET / HTTP/1.1\r\nHost: h\r\na: {long}\r\n\r\n").as_bytes(),
            431,
            "head_too_large",
        ),
        (
            format!("GET / HTTP/1.1\r\nHost: h\r\n{long}: a\r\n\r\n").as_bytes(),
            431,
            "head_too_large",
        ),
        (long.as_bytes(), 501, "method_too_long"),
    ]);
}

#[test]
fn small_limits_hold() {
    let bytes = b"GET /abc HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n";
    parse(bytes);
    let reason = |limits: Limits| {
        RequestHead::new()
            .parse(bytes, &limits)
            .expect_err("over")
            .reason()
    };
    let limits = Limits::default();
    assert_eq!(
        reason(Limits {
            target_bytes: 3,
            ..limits
        }),
        "target_too_long"
    );
    assert_eq!(
        reason(Limits {
            fields: 1,
            ..limits
        }),
        "too_many_fields"
    );
    assert_eq!(
        reason(Limits {
            head_bytes: bytes.len() - 1,
            ..limits
        }),
        "head_too_large"
    );
    assert_eq!(
        reason(Limits {
            head_bytes: 10,
            ..limits
        }),
        "head_too_large"
    );
    assert_eq!(
        reason(Limits {
            head_bytes: 0,
            ..limits
        }),
        "head_too_large"
    );
    assert_eq!(
        reason(Limits {
            fields: 0,
            ..limits
        }),
        "too_many_fields"
    );
}

/// The tokenizer has one path per instruction set: each byte at each place must be judged alike.
#[test]
fn every_byte_at_every_place() {
    for byte in 0..=u8::MAX {
        for before in 0..70 {
            let line = |front: &[u8], behind: &[u8]| {
                let fill = vec![b'a'; before];
                let rest = vec![b'a'; 70 - before];
                [
                    b"GET / HTTP/1.1\r\nHost: h\r\n",
                    front,
                    &fill,
                    &[byte],
                    &rest,
                    behind,
                    b"\r\n\r\n",
                ]
                .concat()
            };
            let value_is_valid = byte == b'\t' || (byte >= b' ' && byte != 0x7f);
            assert_eq!(
                refusal(&line(b"x: ", b"")).is_none(),
                value_is_valid,
                "{byte:#x} at {before}"
            );
            let token = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^`|~".contains(&byte);
            // A colon ends the name, except the empty one.
            let name_is_valid = token || (byte == b':' && before > 0);
            assert_eq!(
                refusal(&line(b"", b": x")).is_none(),
                name_is_valid,
                "{byte:#x} at {before}"
            );
        }
    }
}
