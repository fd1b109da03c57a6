//! Violations in a request.

use super::FieldError;
use thiserror::Error;

/// Why a request is refused; nothing of it may be forwarded and the connection must close.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The request line is not `method SP target SP version CR LF`.
    #[error("the request line is malformed")]
    Line,
    /// The method is not a token.
    #[error("the method is not a token")]
    Method,
    /// The method is longer than any that exists.
    #[error("the method is too long")]
    MethodTooLong,
    /// `CONNECT`: tunnels are not offered.
    #[error("CONNECT is not offered")]
    Connect,
    /// The target is in none of the forms of RFC 9112 section 3.2, or holds a byte it may not.
    #[error("the request target is malformed")]
    Target,
    /// The target is longer than [`crate::Limits::target_bytes`].
    #[error("the request target is too long")]
    TargetTooLong,
    /// A version other than HTTP/1.0 and HTTP/1.1.
    #[error("the protocol version is not served")]
    Version,
    /// HTTP/1.1 without `host`.
    #[error("host is missing")]
    HostMissing,
    /// `host`, or the authority of the target, is not `uri-host [":" port]`.
    #[error("host is malformed")]
    Host,
    /// `expect` asks for something other than `100-continue`.
    #[error("an expectation that is not 100-continue")]
    Expect,
    /// A violation in the fields.
    #[error(transparent)]
    Field(#[from] FieldError),
}

impl RequestError {
    /// The status of the answer.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::TargetTooLong => 414,
            Self::Expect => 417,
            Self::Field(FieldError::TooMany | FieldError::TooLarge) => 431,
            Self::Connect | Self::MethodTooLong | Self::Field(FieldError::TransferCoding) => 501,
            Self::Version => 505,
            _ => 400,
        }
    }

    /// The stable code of this error.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Line => "bad_request_line",
            Self::Method => "bad_method",
            Self::MethodTooLong => "method_too_long",
            Self::Connect => "connect_not_offered",
            Self::Target => "bad_target",
            Self::TargetTooLong => "target_too_long",
            Self::Version => "unknown_version",
            Self::HostMissing => "missing_host",
            Self::Host => "bad_host",
            Self::Expect => "unknown_expectation",
            Self::Field(error) => error.reason(),
        }
    }
}
