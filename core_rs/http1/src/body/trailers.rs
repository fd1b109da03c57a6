//! The trailer section of a chunked body (RFC 9112 section 7.1.2).

use crate::error::BodyError;
use crate::kind::{Kind, classify};
use crate::limits::Limits;
use crate::token::{has_underscore, is_token, is_value, trim};

/// Reads trailer fields line by line and keeps those that may be forwarded.
#[derive(Debug, Default)]
pub(crate) struct Trailers {
    /// The kept lines, then the line being read.
    lines: Vec<u8>,
    /// Where the line being read begins.
    kept: usize,
    count: usize,
    bytes: usize,
}

impl Trailers {
    pub(crate) fn reset(&mut self) {
        self.lines.clear();
        self.kept = 0;
        self.count = 0;
        self.bytes = 0;
    }

    pub(crate) fn lines(&self) -> &[u8] {
        &self.lines[..self.kept]
    }

    /// Takes bytes of the section off the front of `bytes`: how many, and whether it has ended.
    pub(crate) fn read(
        &mut self,
        bytes: &[u8],
        limits: &Limits,
    ) -> Result<(usize, bool), BodyError> {
        let mut taken = 0;
        while taken < bytes.len() {
            let rest = &bytes[taken..];
            let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |feed| feed + 1);
            self.bytes += length;
            if self.bytes > limits.trailer_bytes {
                return Err(BodyError::TrailersTooLarge);
            }
            self.lines.extend_from_slice(&rest[..length]);
            taken += length;
            if self.lines.ends_with(b"\n") && self.end_line(limits)? {
                return Ok((taken, true));
            }
        }
        Ok((taken, false))
    }

    /// Judges the line that just ended; true if it was the empty one.
    fn end_line(&mut self, limits: &Limits) -> Result<bool, BodyError> {
        let line = self.lines[self.kept..]
            .strip_suffix(b"\r\n")
            .ok_or(BodyError::Trailer)?;
        if line.is_empty() {
            self.lines.truncate(self.kept);
            return Ok(true);
        }
        self.count += 1;
        if self.count > limits.trailers {
            return Err(BodyError::TrailersTooLarge);
        }
        let colon = memchr::memchr(b':', line).ok_or(BodyError::Trailer)?;
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        if !is_token(name) || !is_value(value) {
            return Err(BodyError::Trailer);
        }
        if may_forward(name) {
            // Written anew as `name: value`, with nothing around the value.
            let value = trim(value);
            let from = self.kept + (value.as_ptr().addr() - line.as_ptr().addr());
            let length = value.len();
            let to = self.kept + colon + 2;
            if to <= from {
                self.lines.copy_within(from..from + length, to);
                self.lines[to - 1] = b' ';
            } else {
                self.lines.insert(to - 1, b' ');
            }
            self.lines.truncate(to + length);
            self.lines.extend_from_slice(b"\r\n");
            self.kept = self.lines.len();
        } else {
            self.lines.truncate(self.kept);
        }
        Ok(false)
    }
}

/// Names, and prefixes of names, that a recipient may act on as if they had stood in the head.
/// A trailer never passes the checks and edits that a head does, so it must not carry them.
const REFUSED: [&str; 23] = [
    "age",
    "cache-control",
    "content-",
    "cookie",
    "date",
    "expires",
    "forwarded",
    "if-",
    "location",
    "max-forwards",
    "pragma",
    "range",
    "retry-after",
    "set-cookie",
    "vary",
    "via",
    "warning",
    "www-authenticate",
    "x-envoy-",
    "x-forwarded-",
    "x-pymesh-",
    "x-real-ip",
    "x-request-id",
];

/// Whether a trailer may be forwarded: nothing that frames, routes, authenticates, identifies the
/// client, controls the request or describes the response (RFC 9110 section 6.5.1).
fn may_forward(name: &[u8]) -> bool {
    let refused = |known: &&str| {
        let front = if known.ends_with('-') {
            name.get(..known.len()).unwrap_or_default()
        } else {
            name
        };
        front.eq_ignore_ascii_case(known.as_bytes())
    };
    classify(name) == Kind::EndToEnd && !has_underscore(name) && !REFUSED.iter().any(refused)
}
