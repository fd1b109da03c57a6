//! Violations in the fields of a head.

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
