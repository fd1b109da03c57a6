//! A response head on its way to the client.

use super::ResponseHead;
use crate::edits::Edits;
use crate::framing::{Connection, Framing};
use crate::length::BodyLength;
use crate::reply::write_content_length;
use crate::status::{is_bodyless, reason_phrase, write_line};

impl ResponseHead {
    /// Appends the head as it leaves, in HTTP/1.1: the status line, the end-to-end fields with
    /// `edits` applied, and the framing of `framing`.
    ///
    /// A `status` that [`ResponseHead::accepts_status`] refuses would leave the client at odds with
    /// us about the body: the received one is written instead.
    pub fn write(
        &self,
        bytes: &[u8],
        status: u16,
        edits: &Edits,
        framing: Framing,
        out: &mut Vec<u8>,
    ) {
        let status = if self.accepts_status(status) {
            status
        } else {
            self.status
        };
        if status == self.status {
            write_line(status, self.reason.of(bytes), out);
        } else {
            write_line(status, reason_phrase(status).as_bytes(), out);
        }
        let chunked = framing.body == BodyLength::Chunked;
        self.fields.write(bytes, edits, chunked, out);
        match framing.body {
            BodyLength::Chunked => out.extend_from_slice(b"transfer-encoding: chunked\r\n"),
            BodyLength::UntilClose => {}
            BodyLength::Length(length) => {
                // A changed status may have no body; then this length is zero.
                if !is_bodyless(status) {
                    write_content_length(length, out);
                }
            }
            BodyLength::Empty => {
                if status == self.status {
                    if let Some(length) = framing.declared {
                        write_content_length(length, out);
                    }
                } else if !is_bodyless(status) && !framing.head_request {
                    write_content_length(0, out);
                }
            }
        }
        out.extend_from_slice(match framing.connection {
            Connection::KeepAlive => b"\r\n".as_slice(),
            Connection::KeepAliveHttp10 => b"connection: keep-alive\r\n\r\n",
            Connection::Close => b"connection: close\r\n\r\n",
            Connection::Upgrade => b"connection: upgrade\r\nupgrade: websocket\r\n\r\n",
        });
    }
}
