//! Whole small responses of our own: errors, denials, interim answers.

use crate::status::{is_bodyless, reason_phrase, write_line};
use crate::token::{field_is_forbidden, field_is_valid};

/// The interim response that lets a client send the body it announced (RFC 9110 section 15.2.1).
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Appends a response of ours: status line, `fields`, `content-length`, `connection: close` if
/// `close`, and `body`.
///
/// The body is left out for a `head_request`, and with its length for a status that has none.
/// Forbidden and invalid fields are left out, so that no caller can split the response.
pub fn write_reply(
    status: u16,
    fields: &[(&str, &[u8])],
    body: &[u8],
    head_request: bool,
    close: bool,
    out: &mut Vec<u8>,
) {
    write_line(status, reason_phrase(status).as_bytes(), out);
    for (name, value) in fields {
        if field_is_forbidden(name) || !field_is_valid(name.as_bytes(), value) {
            continue;
        }
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value);
        out.extend_from_slice(b"\r\n");
    }
    if !is_bodyless(status) {
        write_content_length(body.len() as u64, out);
    }
    if close {
        out.extend_from_slice(b"connection: close\r\n");
    }
    out.extend_from_slice(b"\r\n");
    if !head_request && !is_bodyless(status) {
        out.extend_from_slice(body);
    }
}

/// Appends a `content-length` line.
pub(crate) fn write_content_length(length: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(b"content-length: ");
    out.extend_from_slice(itoa::Buffer::new().format(length).as_bytes());
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests;
