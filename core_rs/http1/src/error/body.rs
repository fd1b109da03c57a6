//! Violations in a body.

use thiserror::Error;

/// Why a body is refused; the message must not be taken as complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BodyError {
    /// A chunk size that is not hexadecimal, or does not fit 64 bits.
    #[error("a chunk size is not a hexadecimal number of 64 bits")]
    ChunkSize,
    /// A chunk extension outside the grammar of RFC 9112 section 7.1.1.
    #[error("a chunk extension is malformed")]
    ChunkExtension,
    /// A chunk line longer than [`crate::Limits::chunk_line_bytes`], or extensions over the limit.
    #[error("a chunk line or the extensions of a body are too long")]
    ChunkTooLong,
    /// A chunk line or chunk data not followed by CR LF.
    #[error("a chunk does not end in CR LF")]
    ChunkEnding,
    /// A trailer field that is not a valid field line.
    #[error("a trailer is malformed")]
    Trailer,
    /// More trailers, or longer ones, than the limits allow.
    #[error("too many trailers")]
    TrailersTooLarge,
    /// The input ended before the body did.
    #[error("the body ended early")]
    EndedEarly,
}

impl BodyError {
    /// The stable code of this error.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::ChunkSize => "bad_chunk_size",
            Self::ChunkExtension => "bad_chunk_extension",
            Self::ChunkTooLong => "chunk_line_too_long",
            Self::ChunkEnding => "bad_chunk_ending",
            Self::Trailer => "bad_trailer",
            Self::TrailersTooLarge => "trailers_too_large",
            Self::EndedEarly => "body_ended_early",
        }
    }
}
