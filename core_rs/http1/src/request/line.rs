//! The request line (RFC 9112 section 3).

use crate::error::{FieldError, RequestError};
use crate::length::Version;
use crate::limits::Limits;
use crate::span::Span;
use crate::token::{is_token, is_token_byte};

/// Longer than every method of the registry.
const METHOD_BYTES: usize = 32;
/// Empty lines that are skipped before a request line.
const EMPTY_LINES: usize = 2;

/// A request line that has the right shape; its target is not looked into yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) method: Span,
    pub(crate) target: Span,
    pub(crate) version: Version,
    /// Where the fields begin.
    pub(crate) end: usize,
}

impl Line {
    /// Parses the line at the front of `bytes`. What is refused, and why, depends on the bytes up
    /// to the first LF only, so it does not matter how they were split.
    pub(crate) fn parse(bytes: &[u8], limits: &Limits) -> Result<Option<Self>, RequestError> {
        let mut start = 0;
        while start < 2 * EMPTY_LINES && bytes[start..].starts_with(b"\r\n") {
            start += 2;
        }
        let rest = &bytes[start..];
        match rest {
            [] => return Ok(None),
            b"\r" if start < 2 * EMPTY_LINES => return Ok(None),
            // Not HTTP at all, a TLS handshake for one: nothing is gained by waiting for a line.
            [first, ..] if !is_token_byte(*first) => return Err(RequestError::Line),
            _ => {}
        }
        // method SP target SP HTTP/1.1 CR LF
        let longest = limits
            .target_bytes
            .saturating_add(METHOD_BYTES + 1 + 1 + 8 + 2);
        let window = &rest[..rest.len().min(longest)];
        let Some(feed) = memchr::memchr(b'\n', window) else {
            return if window.len() < longest {
                Ok(None)
            } else {
                Err(overlong(window))
            };
        };
        let Some(line) = window[..feed].strip_suffix(b"\r") else {
            return Err(FieldError::LineEnding.into());
        };
        let method = method(line)?;
        let target_and_version = &line[method + 1..];
        let space = memchr::memchr(b' ', target_and_version).ok_or(RequestError::Line)?;
        let version = version(&target_and_version[space + 1..])?;
        if space > limits.target_bytes {
            return Err(RequestError::TargetTooLong);
        }
        Ok(Some(Self {
            method: Span::new(start, method),
            target: Span::new(start + method + 1, space),
            version,
            end: start + feed + 1,
        }))
    }
}

/// The length of the method in front of the first space.
fn method(line: &[u8]) -> Result<usize, RequestError> {
    let head = &line[..line.len().min(METHOD_BYTES + 1)];
    let Some(length) = head.iter().position(|&byte| byte == b' ') else {
        let long = head.len() > METHOD_BYTES && is_token(head);
        return Err(if long {
            RequestError::MethodTooLong
        } else {
            RequestError::Line
        });
    };
    if is_token(&head[..length]) {
        Ok(length)
    } else {
        Err(RequestError::Method)
    }
}

/// Why a line without end is refused.
fn overlong(window: &[u8]) -> RequestError {
    method(window).err().unwrap_or(RequestError::TargetTooLong)
}

fn version(bytes: &[u8]) -> Result<Version, RequestError> {
    match bytes {
        b"HTTP/1.1" => Ok(Version::Http11),
        b"HTTP/1.0" => Ok(Version::Http10),
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            Err(RequestError::Version)
        }
        _ => Err(RequestError::Line),
    }
}
