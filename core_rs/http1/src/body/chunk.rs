//! The chunked transfer coding (RFC 9112 section 7.1), resumable at every byte.

use super::decode::Decoded;
use super::trailers::Trailers;
use crate::error::BodyError;
use crate::limits::Limits;
use crate::token::{is_token_byte, is_value_byte};

/// Whether the body goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    More,
    Done,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Before the first digit of a size.
    #[default]
    Start,
    Size,
    /// Behind `;`, before a name.
    NameStart,
    Name,
    /// Behind `=`, before a value.
    ValueStart,
    Value,
    Quoted,
    Escaped,
    /// Behind the closing quote.
    QuotedEnd,
    LineFeed,
    Data,
    DataReturn,
    DataFeed,
    Trailers,
    Done,
}

/// Where the decoder is in a chunked body.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    state: State,
    /// The size read so far, then the payload bytes still to come.
    left: u64,
    /// Bytes of the present chunk line.
    line: usize,
    /// Bytes of extensions in this body.
    extensions: usize,
    trailers: Trailers,
}

impl Chunks {
    pub(crate) fn reset(&mut self) {
        self.state = State::Start;
        self.left = 0;
        self.line = 0;
        self.extensions = 0;
        self.trailers.reset();
    }

    pub(crate) fn trailers(&self) -> &[u8] {
        self.trailers.lines()
    }

    /// Drops framing at the front of `bytes` up to payload, the end of the body or of `bytes`.
    pub(crate) fn decode(
        &mut self,
        bytes: &[u8],
        limits: &Limits,
    ) -> Result<(Decoded, Step), BodyError> {
        let mut skip = 0;
        while self.state != State::Data {
            match self.state {
                State::Done => return Ok((Decoded { skip, data: 0 }, Step::Done)),
                State::Trailers => {
                    let (taken, done) = self.trailers.read(&bytes[skip..], limits)?;
                    skip += taken;
                    if !done {
                        return Ok((Decoded { skip, data: 0 }, Step::More));
                    }
                    self.state = State::Done;
                }
                _ => {
                    let Some(&byte) = bytes.get(skip) else {
                        return Ok((Decoded { skip, data: 0 }, Step::More));
                    };
                    self.state = self.advance(byte, limits)?;
                    skip += 1;
                }
            }
        }
        let rest = bytes.len() - skip;
        let data = usize::try_from(self.left).map_or(rest, |left| left.min(rest));
        self.left -= data as u64;
        if self.left == 0 {
            self.state = State::DataReturn;
        }
        Ok((Decoded { skip, data }, Step::More))
    }

    /// The state behind one byte of framing.
    fn advance(&mut self, byte: u8, limits: &Limits) -> Result<State, BodyError> {
        match self.state {
            State::DataReturn if byte == b'\r' => return Ok(State::DataFeed),
            State::DataFeed if byte == b'\n' => {
                self.line = 0;
                return Ok(State::Start);
            }
            State::DataReturn | State::DataFeed => return Err(BodyError::ChunkEnding),
            _ => {}
        }
        self.line += 1;
        if self.line > limits.chunk_line_bytes {
            return Err(BodyError::ChunkTooLong);
        }
        match self.state {
            State::Start | State::Size => return self.size(byte),
            State::LineFeed if byte != b'\n' => return Err(BodyError::ChunkEnding),
            State::LineFeed if self.left == 0 => return Ok(State::Trailers),
            State::LineFeed => return Ok(State::Data),
            _ => {}
        }
        self.extensions += 1;
        if self.extensions > limits.chunk_extension_bytes {
            return Err(BodyError::ChunkTooLong);
        }
        extension(self.state, byte)
    }

    fn size(&mut self, byte: u8) -> Result<State, BodyError> {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            b'\r' if self.state == State::Size => return Ok(State::LineFeed),
            b';' if self.state == State::Size => return Ok(State::NameStart),
            _ => return Err(BodyError::ChunkSize),
        };
        if self.left >> 60 != 0 {
            return Err(BodyError::ChunkSize);
        }
        self.left = self.left << 4 | u64::from(digit);
        Ok(State::Size)
    }
}

/// The state behind one byte of a chunk extension (RFC 9112 section 7.1.1). White space around
/// the delimiters, which the grammar calls bad, is refused.
fn extension(state: State, byte: u8) -> Result<State, BodyError> {
    let next = match (state, byte) {
        (State::NameStart | State::Name, byte) if is_token_byte(byte) => State::Name,
        (State::Name, b'=') => State::ValueStart,
        (State::ValueStart, b'"') => State::Quoted,
        (State::ValueStart | State::Value, byte) if is_token_byte(byte) => State::Value,
        (State::Quoted, b'"') => State::QuotedEnd,
        (State::Quoted, b'\\') => State::Escaped,
        (State::Quoted | State::Escaped, byte) if is_value_byte(byte) => State::Quoted,
        (State::Name | State::Value | State::QuotedEnd, b';') => State::NameStart,
        (State::Name | State::Value | State::QuotedEnd, b'\r') => State::LineFeed,
        _ => return Err(BodyError::ChunkExtension),
    };
    Ok(next)
}
