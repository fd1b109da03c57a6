//! Where our verdict differs from llhttp's on purpose.

/// llhttp accepts, we refuse: the case, our reason code, why.
pub(crate) const STRICTER: &[(&str, &str, &str)] = &[
    (
        "request/method: CONNECT request",
        "connect_not_offered",
        TUNNELS,
    ),
    (
        "request/method: CONNECT request with CAPS",
        "connect_not_offered",
        TUNNELS,
    ),
    (
        "request/method: CONNECT with body",
        "connect_not_offered",
        TUNNELS,
    ),
    (
        "request/uri: Underscore in hostname",
        "connect_not_offered",
        TUNNELS,
    ),
    (
        "request/method: M-SEARCH request",
        "bad_target",
        "`*` is a target of OPTIONS only (RFC 9112 section 3.2.4)",
    ),
    (
        "request/method: PRI request HTTP2",
        "bad_target",
        "a preface of HTTP/2 that says HTTP/1.1; PRI is reserved (RFC 9113 section 11.6)",
    ),
    (
        "request/method: SOURCE request with ICE",
        "bad_request_line",
        HTTP_ONLY,
    ),
    (
        "request/method: OPTIONS request with RTSP",
        "bad_request_line",
        HTTP_ONLY,
    ),
    (
        "request/method: ANNOUNCE request with RTSP",
        "bad_request_line",
        HTTP_ONLY,
    ),
    (
        "response/sample: RTSP response",
        "bad_status_line",
        HTTP_ONLY,
    ),
    (
        "response/sample: ICE response",
        "bad_status_line",
        HTTP_ONLY,
    ),
    (
        "request/sample: No HTTP version",
        "bad_request_line",
        "HTTP/0.9 is not served",
    ),
    (
        "response/sample: HTTP version 0.9",
        "unknown_version",
        "HTTP/0.9 is not spoken",
    ),
    (
        "request/transfer-encoding: POST with `chunked` as last transfer-encoding",
        "unknown_transfer_coding",
        CHUNKED_ONLY,
    ),
    (
        "request/transfer-encoding: POST with `chunked` as last transfer-encoding (multiple headers)",
        "unknown_transfer_coding",
        CHUNKED_ONLY,
    ),
    (
        "response/transfer-encoding: `chunked` before other transfer-encoding",
        "bad_transfer_encoding",
        CHUNKED_ONLY,
    ),
    (
        "response/transfer-encoding: multiple transfer-encoding where chunked is not the last one",
        "duplicate_field",
        CHUNKED_ONLY,
    ),
    (
        "response/transfer-encoding: `chunkedchunked` transfer-encoding does not enable chunked enconding",
        "unknown_transfer_coding",
        CHUNKED_ONLY,
    ),
    (
        "request/uri: Fragment in URI",
        "bad_target",
        "no target has a fragment (RFC 9112 section 3.2)",
    ),
    (
        "request/uri: `host:port` and basic auth",
        "bad_host",
        "user information is deprecated and hides the host (RFC 9110 section 4.2.4)",
    ),
    (
        "response/connection: HTTP 101 response with Upgrade and Content-Length header",
        "unexpected_switch",
        SWITCH,
    ),
    (
        "response/connection: HTTP 101 response with Upgrade and Transfer-Encoding header",
        "unexpected_switch",
        SWITCH,
    ),
    (
        "response/connection: HTTP 304 with Content-Length",
        "bad_status_line",
        EMPTY_LINES,
    ),
    (
        "response/connection: HTTP 100 first, then 400",
        "bad_status_line",
        EMPTY_LINES,
    ),
    (
        "response/pipelining: Should parse multiple events",
        "bad_status_line",
        EMPTY_LINES,
    ),
    (
        "response/sample: Response starting with CRLF",
        "bad_status_line",
        EMPTY_LINES,
    ),
];

/// llhttp refuses, we accept: the case, why.
pub(crate) const MORE_GENERAL: &[(&str, &str)] = &[
    (
        "request/invalid: HTTP protocol and ANNOUNCE method",
        ANY_METHOD,
    ),
    ("request/invalid: Invalid method", ANY_METHOD),
];

const ANY_METHOD: &str = "llhttp knows a list of methods; any token is one (RFC 9110 section 9.1)";
const CHUNKED_ONLY: &str =
    "codings other than one `chunked` are not served, and guessing the length is not safe";
const EMPTY_LINES: &str = "empty lines are tolerated before requests only (RFC 9112 section 2.2)";
const HTTP_ONLY: &str = "not HTTP";
const SWITCH: &str = "websocket is the only protocol that is ever asked for";
const TUNNELS: &str = "tunnels are not offered";
