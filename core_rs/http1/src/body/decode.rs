//! Reading a body.

use super::chunk::{Chunks, Step};
use crate::error::BodyError;
use crate::length::BodyLength;
use crate::limits::Limits;

/// What [`BodyDecoder::decode`] found at the front of its input: framing to drop, then payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// Framing bytes at the front.
    pub skip: usize,
    /// Payload bytes after those.
    pub data: usize,
}

/// Finds the payload of one body in the bytes of a connection, however they are split.
#[derive(Debug, Default)]
pub struct BodyDecoder {
    state: State,
    chunks: Chunks,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Done,
    Length(u64),
    Chunked,
    UntilClose,
}

impl BodyDecoder {
    /// A decoder for a body of `length`.
    #[must_use]
    pub fn new(length: BodyLength) -> Self {
        let mut decoder = Self::default();
        decoder.reset(length);
        decoder
    }

    /// Starts another body of `length`, keeping the memory.
    pub fn reset(&mut self, length: BodyLength) {
        self.state = match length {
            BodyLength::Empty | BodyLength::Length(0) => State::Done,
            BodyLength::Length(length) => State::Length(length),
            BodyLength::Chunked => State::Chunked,
            BodyLength::UntilClose => State::UntilClose,
        };
        self.chunks.reset();
    }

    /// Looks at the front of `bytes`. The caller takes `skip + data` bytes off and calls again
    /// while bytes remain and the body is not done; nothing found means more bytes are needed.
    ///
    /// An error is final: the body must not be taken as complete.
    pub fn decode(&mut self, bytes: &[u8], limits: &Limits) -> Result<Decoded, BodyError> {
        match &mut self.state {
            State::Done => Ok(Decoded::default()),
            State::UntilClose => Ok(Decoded {
                skip: 0,
                data: bytes.len(),
            }),
            State::Length(left) => {
                let data = usize::try_from(*left).map_or(bytes.len(), |left| left.min(bytes.len()));
                *left -= data as u64;
                if *left == 0 {
                    self.state = State::Done;
                }
                Ok(Decoded { skip: 0, data })
            }
            State::Chunked => {
                let (decoded, step) = self.chunks.decode(bytes, limits)?;
                if step == Step::Done {
                    self.state = State::Done;
                }
                Ok(decoded)
            }
        }
    }

    /// Whether the body is complete.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Tells that the input has ended: only a body that runs until close is then complete.
    pub fn end_of_input(&mut self) -> Result<(), BodyError> {
        match self.state {
            State::Done | State::UntilClose => {
                self.state = State::Done;
                Ok(())
            }
            State::Length(_) | State::Chunked => Err(BodyError::EndedEarly),
        }
    }

    /// The trailer fields that may be forwarded, as field lines (`name: value CR LF` each).
    /// Complete once the body is done; empty unless it was chunked.
    #[must_use]
    pub fn trailers(&self) -> &[u8] {
        self.chunks.trailers()
    }
}
