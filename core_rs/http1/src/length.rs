//! The words both halves share: protocol version and body length.

/// The protocol version of a message. Other versions are refused while parsing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    #[default]
    Http11,
}

/// How long a message body is, and how its end is known (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyLength {
    /// No body, and no field that announces one.
    #[default]
    Empty,
    /// Exactly this many bytes; zero where the peer said `content-length: 0`.
    Length(u64),
    /// The chunked transfer coding.
    Chunked,
    /// Everything until the connection closes; only responses.
    UntilClose,
}

impl BodyLength {
    /// Whether no body byte can follow.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        matches!(self, Self::Empty | Self::Length(0))
    }
}
