//! Writing a body.

use crate::length::BodyLength;

/// Frames the payload of one body. The payload itself is sent by the caller, from wherever it
/// lies: [`BodyEncoder::begin`], the bytes, [`BodyEncoder::end`].
#[derive(Debug, Default)]
pub struct BodyEncoder {
    chunked: bool,
    open: bool,
}

impl BodyEncoder {
    /// An encoder for a body of `length`.
    #[must_use]
    pub fn new(length: BodyLength) -> Self {
        Self {
            chunked: length == BodyLength::Chunked,
            open: false,
        }
    }

    /// Starts another body of `length`.
    pub fn reset(&mut self, length: BodyLength) {
        *self = Self::new(length);
    }

    /// Appends what goes before `length` payload bytes. Nothing for zero bytes, which would end
    /// a chunked body.
    pub fn begin(&mut self, length: usize, out: &mut Vec<u8>) {
        if !self.chunked || length == 0 {
            return;
        }
        self.open = true;
        let digits = (usize::BITS - length.leading_zeros()).div_ceil(4);
        for place in (0..digits).rev() {
            out.push(b"0123456789abcdef"[(length >> (4 * place)) & 15]);
        }
        out.extend_from_slice(b"\r\n");
    }

    /// Appends what goes after the payload bytes that [`BodyEncoder::begin`] announced.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        if std::mem::take(&mut self.open) {
            out.extend_from_slice(b"\r\n");
        }
    }

    /// Appends the end of the body: the last chunk and `trailers`, which are field lines as
    /// [`crate::BodyDecoder::trailers`] gives them. Nothing unless the body is chunked.
    pub fn finish(&mut self, trailers: &[u8], out: &mut Vec<u8>) {
        self.end(out);
        if self.chunked {
            out.extend_from_slice(b"0\r\n");
            out.extend_from_slice(trailers);
            out.extend_from_slice(b"\r\n");
        }
    }
}
