//! Fields that are refused.

use super::refused_fields;
use super::{refusal, refused};

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
