//! The status line (RFC 9112 section 4).

use crate::error::{FieldError, ResponseError};
use crate::length::Version;
use crate::limits::Limits;
use crate::span::Span;
use crate::token::is_value;

/// A status line of the right shape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) version: Version,
    pub(crate) status: u16,
    pub(crate) reason: Span,
    /// Where the fields begin.
    pub(crate) end: usize,
}

impl Line {
    /// Parses the line at the front of `bytes`. The space before an absent reason phrase may be
    /// absent, too, as many servers leave it out and nothing can be read into it.
    pub(crate) fn parse(bytes: &[u8], limits: &Limits) -> Result<Option<Self>, ResponseError> {
        let front = bytes.len().min(5);
        if bytes[..front] != b"HTTP/"[..front] {
            return Err(ResponseError::Line);
        }
        let window = &bytes[..bytes.len().min(limits.head_bytes)];
        let Some(feed) = memchr::memchr(b'\n', window) else {
            let full = window.len() == limits.head_bytes;
            return if full {
                Err(FieldError::TooLarge.into())
            } else {
                Ok(None)
            };
        };
        let line = window[..feed]
            .strip_suffix(b"\r")
            .ok_or(FieldError::LineEnding)?;
        let (version, rest) = line.split_at_checked(8).ok_or(ResponseError::Line)?;
        let version = match version {
            b"HTTP/1.1" => Version::Http11,
            b"HTTP/1.0" => Version::Http10,
            _ => return Err(ResponseError::Version),
        };
        let (status, reason) = match rest {
            [b' ', hundreds, tens, ones] => ([hundreds, tens, ones], [].as_slice()),
            [b' ', hundreds, tens, ones, b' ', reason @ ..] => ([hundreds, tens, ones], reason),
            _ => return Err(ResponseError::Line),
        };
        if !status.iter().all(|digit| digit.is_ascii_digit()) {
            return Err(ResponseError::Line);
        }
        let status = status
            .iter()
            .fold(0_u16, |total, &digit| total * 10 + u16::from(digit - b'0'));
        if !(100..=599).contains(&status) {
            return Err(ResponseError::Status);
        }
        if !is_value(reason) {
            return Err(ResponseError::Line);
        }
        let reason = Span::new(line.len() - reason.len(), reason.len());
        Ok(Some(Self {
            version,
            status,
            reason,
            end: feed + 1,
        }))
    }
}
