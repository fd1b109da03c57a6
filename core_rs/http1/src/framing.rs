//! How a response looks on the wire to this client.

use crate::length::{BodyLength, Version};
use crate::request::RequestHead;
use crate::response::ResponseHead;

/// What the response says about the client's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Stays open; HTTP/1.1 needs no word for it.
    KeepAlive,
    /// Stays open; HTTP/1.0 needs `connection: keep-alive`.
    KeepAliveHttp10,
    /// Closes after this response.
    Close,
    /// Becomes a tunnel: 101 with `connection: upgrade`.
    Upgrade,
}

/// The framing of a response to one client (RFC 9112 sections 6 and 9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Framing {
    /// How the body is sent; the [`crate::BodyEncoder`] takes it.
    pub body: BodyLength,
    /// What happens to the client's connection after the body.
    pub connection: Connection,
    /// The length that a response without body still declares (HEAD and 304).
    pub declared: Option<u64>,
    /// The request was HEAD.
    pub head_request: bool,
}

impl Framing {
    /// Whether the client's connection serves another request after this response.
    #[must_use]
    pub const fn keep_alive(&self) -> bool {
        matches!(
            self.connection,
            Connection::KeepAlive | Connection::KeepAliveHttp10
        )
    }
}

/// Decides how `response` goes to the client that sent `request`. `keep_alive` false closes the
/// connection whatever the client asked for, as while draining.
///
/// A body that ends with the upstream's connection is sent chunked to HTTP/1.1 clients, so that
/// theirs may stay open; HTTP/1.0 clients get chunked bodies until close.
///
/// A switch of protocols that `request` did not ask for must not come this far: it is a violation
/// by the upstream that only the two heads together show.
#[must_use]
pub fn framing(request: &RequestHead, response: &ResponseHead, keep_alive: bool) -> Framing {
    let http11 = request.version() == Version::Http11;
    let body = match response.body() {
        BodyLength::Chunked | BodyLength::UntilClose if http11 => BodyLength::Chunked,
        BodyLength::Chunked | BodyLength::UntilClose => BodyLength::UntilClose,
        other => other,
    };
    let connection = if response.is_interim() {
        // The final response speaks for the connection.
        Connection::KeepAlive
    } else if response.switches_to_websocket() && request.upgrades_to_websocket() {
        Connection::Upgrade
    } else if !keep_alive || !request.keep_alive() || body == BodyLength::UntilClose {
        Connection::Close
    } else if http11 {
        Connection::KeepAlive
    } else {
        Connection::KeepAliveHttp10
    };
    Framing {
        body,
        connection,
        declared: response.declared_length(),
        head_request: request.is_head(),
    }
}

#[cfg(test)]
mod tests;
