//! The client half: response heads.

mod line;
mod write;

use crate::error::ResponseError;
use crate::fields::{FieldTable, Names};
use crate::length::BodyLength;
use crate::limits::Limits;
use crate::span::Span;
use crate::status::is_bodyless;
use line::Line;

/// The head of a response, as offsets into the bytes it was parsed from; see
/// [`crate::RequestHead`].
#[derive(Debug, Default)]
pub struct ResponseHead {
    fields: FieldTable,
    status: u16,
    reason: Span,
    body: BodyLength,
    declared: Option<u64>,
    keep_alive: bool,
    websocket: bool,
}

impl ResponseHead {
    /// An empty head. Allocates when it first parses.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Parses the head at the front of `bytes`; `request_is_head` tells what was asked.
    ///
    /// `Ok(Some(n))`: a complete head of `n` bytes. `Ok(None)`: more bytes are needed. An error is
    /// final: the connection must close and the client gets 502.
    pub fn parse(
        &mut self,
        bytes: &[u8],
        limits: &Limits,
        request_is_head: bool,
    ) -> Result<Option<usize>, ResponseError> {
        let Some(line) = Line::parse(bytes, limits)? else {
            return Ok(None);
        };
        let Some((length, facts)) = self.fields.parse(bytes, line.end, limits, Names::Any)? else {
            return Ok(None);
        };
        facts.check(line.version)?;
        let announces_body = facts.chunked || facts.content_length.is_some_and(|length| length > 0);
        self.status = line.status;
        self.reason = line.reason;
        self.websocket = line.status == 101 && facts.websocket && facts.options.upgrade;
        if line.status == 101 && !self.websocket {
            return Err(ResponseError::Switch);
        }
        if line.status < 200 && announces_body {
            return Err(ResponseError::InterimBody);
        }
        self.body = if request_is_head || is_bodyless(line.status) {
            BodyLength::Empty
        } else {
            match facts.content_length {
                Some(length) => BodyLength::Length(length),
                None if facts.chunked => BodyLength::Chunked,
                None => BodyLength::UntilClose,
            }
        };
        if self.body != BodyLength::Chunked {
            self.fields.drop_trailer();
        }
        self.declared = match line.status {
            100..=199 | 204 => None,
            _ => facts.content_length,
        };
        // A 204 that announces a body may be followed by one: do not read on behind it.
        self.keep_alive = facts.keep_alive(line.version)
            && self.body != BodyLength::UntilClose
            && !(line.status == 204 && announces_body);
        Ok(Some(length))
    }

    /// The status code, 100 to 599.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether this is an interim response (1xx but 101): the final one follows.
    #[must_use]
    pub fn is_interim(&self) -> bool {
        self.status < 200 && self.status != 101
    }

    /// How long the body is; [`BodyLength::Empty`] for HEAD, 1xx, 204 and 304.
    #[must_use]
    pub fn body(&self) -> BodyLength {
        self.body
    }

    /// Whether the upstream's connection may serve another request once the body was read.
    #[must_use]
    pub fn keep_alive(&self) -> bool {
        self.keep_alive
    }

    /// The end-to-end fields in order, as [`crate::RequestHead::fields`].
    pub fn fields<'b>(&'b self, bytes: &'b [u8]) -> impl Iterator<Item = (&'b str, &'b [u8])> + 'b {
        self.fields.iter(bytes)
    }

    /// Every value of the end-to-end field `name`, compared without case, in order.
    pub fn field<'b>(
        &'b self,
        bytes: &'b [u8],
        name: &'b str,
    ) -> impl Iterator<Item = &'b [u8]> + 'b {
        self.fields.named(bytes, name)
    }

    /// Whether the upstream switches to the WebSocket protocol. Only then, and only if the request
    /// asked for it, may tunnel bytes pass.
    #[must_use]
    pub fn switches_to_websocket(&self) -> bool {
        self.websocket
    }

    /// Whether the response may leave with `status` instead of its own: a final status, and one
    /// that has a body if this response has one.
    #[must_use]
    pub fn accepts_status(&self, status: u16) -> bool {
        status == self.status
            || (self.status >= 200
                && (200..=599).contains(&status)
                && (self.body.is_empty() || !is_bodyless(status)))
    }

    /// The `content-length` to repeat although no body follows.
    pub(crate) fn declared_length(&self) -> Option<u64> {
        if self.body == BodyLength::Empty {
            self.declared
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests;
