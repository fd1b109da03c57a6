//! The server half: request heads.

mod line;
mod target;
mod write;

use crate::authority::is_authority;
use crate::error::RequestError;
use crate::facts::Expect;
use crate::fields::{FieldTable, Names};
use crate::length::{BodyLength, Version};
use crate::limits::Limits;
use crate::span::Span;
use line::Line;
use target::Target;

/// The head of a request, as offsets into the bytes it was parsed from.
///
/// Every accessor takes those bytes again. One value serves a connection: parsing anew reuses
/// its memory.
#[derive(Debug, Default)]
pub struct RequestHead {
    fields: FieldTable,
    method: Span,
    target: Target,
    authority: Span,
    version: Version,
    body: BodyLength,
    flags: Flags,
}

#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, not the state of one thing"
)]
struct Flags {
    keep_alive: bool,
    expects_continue: bool,
    websocket: bool,
    te_trailers: bool,
    head: bool,
    idempotent: bool,
}

impl RequestHead {
    /// An empty head. Allocates when it first parses.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Parses the head at the front of `bytes` (RFC 9112 sections 2 to 6).
    ///
    /// `Ok(Some(n))`: a complete head of `n` bytes. `Ok(None)`: more bytes are needed. Up to two
    /// empty lines before the request line are skipped (RFC 9112 section 2.2) and counted in `n`.
    /// An error is final: answer [`RequestError::status`] and close the connection. Which error it
    /// is does not depend on how the bytes were split.
    ///
    /// A head that comes in pieces is read anew with each piece; `limits.head_bytes` bounds that.
    pub fn parse(&mut self, bytes: &[u8], limits: &Limits) -> Result<Option<usize>, RequestError> {
        let Some(line) = Line::parse(bytes, limits)? else {
            return Ok(None);
        };
        let Some((length, facts)) =
            self.fields
                .parse(bytes, line.end, limits, Names::WithoutUnderscore)?
        else {
            return Ok(None);
        };
        facts.check(line.version)?;

        self.method = line.method;
        self.version = line.version;
        let method = line.method.of(bytes);
        let authority = self.target.read(line.target, bytes, method)?;
        if let Some(host) = facts.host {
            if !is_authority(host.of(bytes)) {
                return Err(RequestError::Host);
            }
        } else if line.version == Version::Http11 {
            return Err(RequestError::HostMissing);
        }
        // An absolute target wins over `host` (RFC 9112 section 3.2.2).
        self.authority = authority.or(facts.host).unwrap_or_default();

        self.body = match facts.content_length {
            Some(length) => BodyLength::Length(length),
            None if facts.chunked => BodyLength::Chunked,
            None => BodyLength::Empty,
        };
        if self.body != BodyLength::Chunked {
            self.fields.drop_trailer();
        }
        let http11 = line.version == Version::Http11;
        if facts.expect == Expect::Unknown && http11 {
            return Err(RequestError::Expect);
        }
        self.flags = Flags {
            keep_alive: facts.keep_alive(line.version),
            // HTTP/1.0 knows no interim responses (RFC 9110 section 10.1.1).
            expects_continue: facts.expect == Expect::Continue && http11 && !self.body.is_empty(),
            websocket: facts.websocket
                && facts.options.upgrade
                && http11
                && method == b"GET"
                && self.body.is_empty(),
            te_trailers: facts.te_trailers,
            head: method == b"HEAD",
            idempotent: matches!(
                method,
                b"GET" | b"HEAD" | b"OPTIONS" | b"TRACE" | b"PUT" | b"DELETE"
            ),
        };
        Ok(Some(length))
    }

    /// The method, a token.
    #[must_use]
    pub fn method<'b>(&self, bytes: &'b [u8]) -> &'b str {
        self.method.text(bytes)
    }

    /// The target in origin form (path and query), or `*`. An absolute target without a path
    /// gives `/`, or `*` with OPTIONS (RFC 9112 section 3.2.4).
    #[must_use]
    pub fn target<'b>(&'b self, bytes: &'b [u8]) -> &'b str {
        self.target.text(bytes)
    }

    /// The host and port asked for: of an absolute target, else of `host`; empty for an HTTP/1.0
    /// request with neither.
    #[must_use]
    pub fn authority<'b>(&self, bytes: &'b [u8]) -> &'b str {
        self.authority.text(bytes)
    }

    /// The protocol version of the client.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// How long the body is; never [`BodyLength::UntilClose`].
    #[must_use]
    pub fn body(&self) -> BodyLength {
        self.body
    }

    /// Whether the client keeps the connection open (RFC 9112 section 9.3).
    #[must_use]
    pub fn keep_alive(&self) -> bool {
        self.flags.keep_alive
    }

    /// Whether the client waits for [`crate::CONTINUE`] before it sends the body. The field
    /// `expect` itself is not forwarded: the proxy answers it.
    #[must_use]
    pub fn expects_continue(&self) -> bool {
        self.flags.expects_continue
    }

    /// Whether the method is HEAD.
    #[must_use]
    pub fn is_head(&self) -> bool {
        self.flags.head
    }

    /// Whether the method is idempotent (RFC 9110 section 9.2.2).
    #[must_use]
    pub fn is_idempotent(&self) -> bool {
        self.flags.idempotent
    }

    /// Whether this is a WebSocket handshake: HTTP/1.1 GET without a body, `connection: upgrade`
    /// and `upgrade: websocket` (RFC 6455 section 4.1). Every other upgrade is not forwarded.
    #[must_use]
    pub fn upgrades_to_websocket(&self) -> bool {
        self.flags.websocket
    }

    /// The end-to-end fields in order, names as received: without `host`, framing, hop-by-hop
    /// fields and those that `connection` names.
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
}

#[cfg(test)]
mod tests;
