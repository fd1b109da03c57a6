//! Why a message is refused. Every variant has a stable code for logs, metrics and the answer.

use thiserror::Error;

/// A violation in the fields of a head, whichever direction it travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FieldError {
    /// A line that does not end in CR LF (RFC 9112 section 2.2).
    #[error("a line does not end in CR LF")]
    LineEnding,
    /// An empty name, a byte that is no token character, space before the colon, or a folded line.
    #[error("a field name is not a token directly followed by a colon")]
    Name,
    /// A control byte in a value (RFC 9110 section 5.5).
    #[error("a field value holds a control byte")]
    Value,
    /// A name with `_`, which many servers read as `-`.
    #[error("a field name holds an underscore")]
    Underscore,
    /// More fields than [`crate::Limits::fields`].
    #[error("too many fields")]
    TooMany,
    /// A head longer than [`crate::Limits::head_bytes`].
    #[error("the head is too long")]
    TooLarge,
    /// `content-length` is not a plain decimal number that fits 64 bits.
    #[error("content-length is not a plain decimal number")]
    ContentLength,
    /// A field that may occur once occurs again.
    #[error("a field that may occur once occurs again")]
    Duplicate,
    /// `transfer-encoding` is not a list of codings.
    #[error("transfer-encoding is malformed")]
    TransferEncoding,
    /// `transfer-encoding` names something other than one `chunked`.
    #[error("a transfer coding other than chunked")]
    TransferCoding,
    /// Both `content-length` and `transfer-encoding` (RFC 9112 section 6.1).
    #[error("both content-length and transfer-encoding")]
    TwoLengths,
    /// `transfer-encoding` in an HTTP/1.0 message (RFC 9112 section 6.1).
    #[error("transfer-encoding in an HTTP/1.0 message")]
    TransferEncodingVersion,
    /// `connection` is not a list of tokens, or names too many fields.
    #[error("connection is malformed")]
    Connection,
    /// `connection` names `host` or a framing field.
    #[error("connection names host or a framing field")]
    ConnectionNames,
}

impl FieldError {
    /// The stable code of this error.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::LineEnding => "bad_line_ending",
            Self::Name => "bad_field_name",
            Self::Value => "bad_field_value",
            Self::Underscore => "underscore_in_field_name",
            Self::TooMany => "too_many_fields",
            Self::TooLarge => "head_too_large",
            Self::ContentLength => "bad_content_length",
            Self::Duplicate => "duplicate_field",
            Self::TransferEncoding => "bad_transfer_encoding",
            Self::TransferCoding => "unknown_transfer_coding",
            Self::TwoLengths => "content_length_and_transfer_encoding",
            Self::TransferEncodingVersion => "transfer_encoding_in_http_1_0",
            Self::Connection => "bad_connection",
            Self::ConnectionNames => "connection_names_framing",
        }
    }
}

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
