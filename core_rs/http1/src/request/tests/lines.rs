//! Request lines, line endings, targets and hosts that are refused.

use super::refused;

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
