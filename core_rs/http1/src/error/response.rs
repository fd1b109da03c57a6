//! Violations in a response.

use super::FieldError;
use thiserror::Error;

/// Why a response is refused; the client gets 502 and the upstream connection closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ResponseError {
    /// The status line is not `version SP 3DIGIT [SP reason] CR LF`.
    #[error("the status line is malformed")]
    Line,
    /// A version other than HTTP/1.0 and HTTP/1.1.
    #[error("the protocol version is not served")]
    Version,
    /// A status outside 100 to 599 (RFC 9110 section 15).
    #[error("the status is outside 100 to 599")]
    Status,
    /// 101 to anything but `websocket`, the one protocol that is ever asked for.
    #[error("a switch to a protocol that was not asked for")]
    Switch,
    /// An interim response that announces a body.
    #[error("an interim response announces a body")]
    InterimBody,
    /// A violation in the fields.
    #[error(transparent)]
    Field(#[from] FieldError),
}

impl ResponseError {
    /// The stable code of this error.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Line => "bad_status_line",
            Self::Version => "unknown_version",
            Self::Status => "bad_status",
            Self::Switch => "unexpected_switch",
            Self::InterimBody => "interim_with_body",
            Self::Field(error) => error.reason(),
        }
    }
}
