//! A request head on its way to the upstream.

use super::RequestHead;
use super::target::is_target_byte;
use crate::authority::is_authority;
use crate::edits::Edits;
use crate::length::BodyLength;
use crate::reply::write_content_length;
use crate::token::all;

impl RequestHead {
    /// Appends the head as it leaves, in HTTP/1.1: the request line with `target`, `host` with
    /// `authority`, the end-to-end fields with `edits` applied, and framing of our own.
    ///
    /// `target` and `authority` are those of [`RequestHead::target`] and
    /// [`RequestHead::authority`], or what the caller made of them. A byte that would end the
    /// target is percent-encoded, and an authority that is none is replaced by the received one,
    /// so that no caller can split the head.
    pub fn write(
        &self,
        bytes: &[u8],
        target: &str,
        authority: &str,
        edits: &Edits,
        out: &mut Vec<u8>,
    ) {
        out.extend_from_slice(self.method.of(bytes));
        out.push(b' ');
        write_target(target.as_bytes(), out);
        out.extend_from_slice(b" HTTP/1.1\r\nhost: ");
        let authority = if is_authority(authority.as_bytes()) {
            authority
        } else {
            self.authority(bytes)
        };
        out.extend_from_slice(authority.as_bytes());
        out.extend_from_slice(b"\r\n");
        self.fields.write(bytes, edits, true, out);
        match self.body {
            BodyLength::Length(length) => write_content_length(length, out),
            BodyLength::Chunked => out.extend_from_slice(b"transfer-encoding: chunked\r\n"),
            BodyLength::Empty | BodyLength::UntilClose => {}
        }
        // `te` ends at each hop, so it is named in `connection` (RFC 9110 section 10.1.4).
        out.extend_from_slice(match (self.flags.websocket, self.flags.te_trailers) {
            (false, false) => b"\r\n".as_slice(),
            (false, true) => b"te: trailers\r\nconnection: te\r\n\r\n",
            (true, false) => b"connection: upgrade\r\nupgrade: websocket\r\n\r\n",
            (true, true) => {
                b"te: trailers\r\nconnection: te, upgrade\r\nupgrade: websocket\r\n\r\n"
            }
        });
    }
}

fn write_target(target: &[u8], out: &mut Vec<u8>) {
    if all(target, is_target_byte) {
        out.extend_from_slice(target);
        return;
    }
    for &byte in target {
        if is_target_byte(byte) {
            out.push(byte);
        } else {
            let digit = |value: u8| b"0123456789ABCDEF"[usize::from(value)];
            out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}
