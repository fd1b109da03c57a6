//! One direction of an exchange: bytes come in framed one way and go out framed another.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http1::{BodyDecoder, BodyEncoder, BodyError, BodyLength, Limits};
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;

use crate::buffer::{Buffer, BufferPool};

/// Payload up to this many bytes is copied behind what already waits, so that one plain write
/// sends both; larger payload goes out from where it was received, by a vectored write.
const COPY_BYTES: usize = 4 * 1024;
/// Output that waits to be written before more input is looked at.
const OUTPUT_BYTES: usize = 16 * 1024;

/// Why a direction stopped.
#[derive(Debug)]
pub(crate) enum HalfError {
    /// The source could not be read.
    Source,
    /// The source ended before the message did.
    Ended,
    /// The source's framing is wrong.
    Framing(BodyError),
    /// More payload than allowed.
    TooLarge,
    /// The sink could not be written.
    Sink,
}

/// What both directions need from their worker.
#[derive(Clone, Copy)]
pub(crate) struct Means<'a> {
    /// Where buffers come from.
    pub(crate) pool: &'a BufferPool,
    /// Chunk framing limits.
    pub(crate) limits: &'a Limits,
}

/// Whether what was written is still in memory.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// Nobody asked for it.
    No,
    /// To its first byte.
    All,
    /// Not any more.
    Spilled,
}

/// Source buffer, framing on both sides, and what waits to be written.
pub(crate) struct Half {
    /// Received and not yet used.
    pub(crate) input: Buffer,
    /// Rewritten head, chunk headers and small payload, ready to be written.
    pub(crate) output: Vec<u8>,
    decoder: BodyDecoder,
    encoder: BodyEncoder,
    /// How much of `output` is written.
    written: usize,
    /// Payload bytes at the front of `input` that go out after `output`.
    payload: usize,
    /// The end of the message is in `output` or written.
    finished: bool,
    /// Whether what was written can be written again.
    kept: Kept,
    /// Payload bytes that may still come.
    allowance: u64,
    /// Where the message begins in `output`, behind interim responses that still wait.
    message_start: usize,
    /// Whether a byte of the message was written.
    touched: bool,
    /// Bytes written so far.
    pub(super) sent_bytes: u64,
    /// Payload bytes decoded so far.
    pub(super) payload_bytes: u64,
}

impl Half {
    pub(super) fn new() -> Self {
        Self {
            input: Buffer::default(),
            output: Vec::new(),
            decoder: BodyDecoder::new(BodyLength::Empty),
            encoder: BodyEncoder::new(BodyLength::Empty),
            written: 0,
            payload: 0,
            finished: false,
            kept: Kept::No,
            allowance: u64::MAX,
            message_start: 0,
            touched: false,
            sent_bytes: 0,
            payload_bytes: 0,
        }
    }

    /// Ready for the next message; bytes that came early stay in `input`. Payload that waited to be
    /// written goes with its message: it must never be taken for the next one.
    pub(super) fn reset(&mut self) {
        self.input.consume(self.payload);
        self.output.clear();
        self.decoder.reset(BodyLength::Empty);
        self.encoder.reset(BodyLength::Empty);
        self.written = 0;
        self.payload = 0;
        self.finished = false;
        self.kept = Kept::No;
        self.allowance = u64::MAX;
        self.message_start = 0;
        self.touched = false;
        self.sent_bytes = 0;
        self.payload_bytes = 0;
    }

    /// Gives unusually large output memory back.
    pub(super) fn shrink(&mut self) {
        self.output.shrink_to(2 * OUTPUT_BYTES);
    }

    /// A body of this length is to be received, at most `allowance` bytes of it.
    pub(super) fn expect_body(&mut self, from: BodyLength, allowance: u64) {
        self.decoder.reset(from);
        self.allowance = allowance;
    }

    /// How the body leaves.
    pub(super) fn send_body_as(&mut self, to: BodyLength) {
        self.encoder.reset(to);
    }

    /// From here on bytes pass as they are, until their source ends.
    pub(super) fn become_tunnel(&mut self) {
        self.decoder.reset(BodyLength::UntilClose);
        self.encoder.reset(BodyLength::UntilClose);
        self.allowance = u64::MAX;
        self.finished = false;
        self.kept = Kept::No;
    }

    /// What is put into `output` from here on is the message; before it were interim responses.
    pub(super) fn begin_message(&mut self) {
        self.message_start = self.output.len();
        self.touched = false;
    }

    /// Whether no byte of the message was written yet.
    pub(super) fn is_untouched(&self) -> bool {
        !self.touched
    }

    /// Takes an untouched message back, to send another one in its place.
    pub(super) fn take_back(&mut self) {
        debug_assert!(!self.touched, "what was written cannot be taken back");
        self.output.truncate(self.message_start);
        self.input.consume(self.payload);
        self.payload = 0;
        self.finished = false;
        self.decoder.reset(BodyLength::Empty);
        self.encoder.reset(BodyLength::Empty);
    }

    /// What was received and where it goes.
    pub(super) fn input_and_output(&mut self) -> (&mut Buffer, &mut Vec<u8>) {
        (&mut self.input, &mut self.output)
    }

    /// Keeps what is sent, so that it can be sent again.
    pub(super) fn retain(&mut self) {
        self.kept = Kept::All;
    }

    /// An answer came: nothing will be sent again.
    pub(super) fn let_go(&mut self) {
        self.kept = Kept::No;
    }

    /// Whether all that was sent is still in memory.
    pub(super) fn can_resend(&self) -> bool {
        self.kept == Kept::All
    }

    /// Starts over with the first byte, for another connection.
    pub(super) fn resend(&mut self) {
        self.written = 0;
    }

    /// Whether the message is written to its last byte.
    pub(super) fn is_done(&self) -> bool {
        self.finished && !self.has_output()
    }

    /// Whether the whole message has been received.
    pub(super) fn is_received(&self) -> bool {
        self.decoder.is_done()
    }

    pub(super) fn has_output(&self) -> bool {
        self.written < self.output.len() || self.payload > 0
    }

    /// Turns received bytes into output, as far as they go.
    pub(super) fn transcode(&mut self, limits: &Limits) -> Result<(), HalfError> {
        while self.payload == 0 && !self.finished && self.output.len() - self.written < OUTPUT_BYTES
        {
            if self.decoder.is_done() {
                self.encoder
                    .finish(self.decoder.trailers(), &mut self.output);
                self.finished = true;
                break;
            }
            if self.input.is_empty() {
                break;
            }
            let decoded = self
                .decoder
                .decode(self.input.data(), limits)
                .map_err(HalfError::Framing)?;
            self.input.consume(decoded.skip);
            if decoded.data == 0 {
                if decoded.skip == 0 && !self.decoder.is_done() {
                    break;
                }
                continue;
            }
            self.allowance = self
                .allowance
                .checked_sub(decoded.data as u64)
                .ok_or(HalfError::TooLarge)?;
            self.payload_bytes += decoded.data as u64;
            self.encoder.begin(decoded.data, &mut self.output);
            if decoded.data <= COPY_BYTES {
                self.output
                    .extend_from_slice(&self.input.data()[..decoded.data]);
                self.input.consume(decoded.data);
                self.encoder.end(&mut self.output);
            } else {
                self.payload = decoded.data;
            }
        }
        Ok(())
    }

    /// Writes what waits. Ready when nothing waits any more.
    pub(super) fn poll_write_out(
        &mut self,
        sink: &mut TcpStream,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while self.has_output() {
            let head = &self.output[self.written..];
            let count = ready!(if self.payload == 0 {
                Pin::new(&mut *sink).poll_write(context, head)
            } else {
                let slices = [
                    IoSlice::new(head),
                    IoSlice::new(&self.input.data()[..self.payload]),
                ];
                Pin::new(&mut *sink).poll_write_vectored(context, &slices)
            })?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.sent_bytes += count as u64;
            let of_head = count.min(head.len());
            self.written += of_head;
            self.touched |= self.written > self.message_start;
            let of_payload = count - of_head;
            if of_payload > 0 {
                self.spill();
                self.touched = true;
                self.payload -= of_payload;
                self.input.consume(of_payload);
                if self.payload == 0 {
                    self.clear_output();
                    self.encoder.end(&mut self.output);
                    return Poll::Ready(Ok(()));
                }
            }
        }
        if self.kept != Kept::All || self.output.len() > OUTPUT_BYTES {
            self.spill();
            self.clear_output();
        }
        Poll::Ready(Ok(()))
    }

    fn spill(&mut self) {
        if self.kept == Kept::All {
            self.kept = Kept::Spilled;
        }
    }

    fn clear_output(&mut self) {
        self.output.clear();
        self.written = 0;
        self.message_start = 0;
    }

    /// Moves bytes from `source` to `sink` until the message has ended (ready) or one of them has
    /// to be waited for. Reads nothing while output waits: a slow reader slows the sender.
    pub(super) fn poll_relay(
        &mut self,
        source: &mut TcpStream,
        sink: &mut TcpStream,
        means: Means<'_>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), HalfError>> {
        loop {
            self.transcode(means.limits)?;
            if self.has_output() {
                ready!(self.poll_write_out(sink, context)).map_err(|_| HalfError::Sink)?;
                continue;
            }
            if self.finished {
                return Poll::Ready(Ok(()));
            }
            ready!(self.poll_receive(source, means.pool, context))?;
        }
    }

    /// Reads once; the end of input either ends the message or is an error.
    fn poll_receive(
        &mut self,
        source: &mut TcpStream,
        pool: &BufferPool,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), HalfError>> {
        let count =
            ready!(self.input.poll_fill(source, pool, context)).map_err(|_| HalfError::Source)?;
        if count == 0 {
            self.decoder.end_of_input().map_err(|_| HalfError::Ended)?;
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_payload() -> Half {
        let mut half = Half::new();
        let body = vec![b'x'; COPY_BYTES + 1];
        half.input = Buffer::holding(&[&body[..], b"NEXT"].concat());
        half.expect_body(BodyLength::Length(body.len() as u64), u64::MAX);
        half.send_body_as(BodyLength::Chunked);
        half.transcode(&Limits::default()).expect("well framed");
        assert!(half.is_received() && half.has_output());
        half
    }

    #[test]
    fn payload_that_was_not_written_goes_with_its_message() {
        let mut half = with_payload();
        half.reset();
        assert_eq!(half.input.data(), b"NEXT");
        let mut half = with_payload();
        half.take_back();
        assert_eq!(half.input.data(), b"NEXT");
        assert!(!half.has_output());
        half.reset();
        assert_eq!(half.input.data(), b"NEXT");
    }

    #[test]
    fn more_payload_than_allowed_is_noticed() {
        let mut half = Half::new();
        half.input = Buffer::holding(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
        half.expect_body(BodyLength::Chunked, 4);
        half.send_body_as(BodyLength::Length(5));
        let refused = half.transcode(&Limits::default());
        assert!(matches!(refused, Err(HalfError::TooLarge)));
    }
}
