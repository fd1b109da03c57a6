//! What every matcher, policy and plugin may ask of a request, whatever the protocol.

use std::net::{IpAddr, SocketAddr};

/// The header fields of a request, as the protocol's own store keeps them.
///
/// Names compare case-insensitively; values are bytes, since HTTP allows octets that are not UTF-8.
pub trait Headers {
    /// Calls `each` with the name and value of every field, in the order received.
    fn visit(&self, each: &mut dyn FnMut(&str, &[u8]));

    /// The value of the first field called `name`, or `None`.
    fn first<'s>(&'s self, name: &str) -> Option<&'s [u8]>;

    /// Calls `each` with the value of every field called `name`, in the order received.
    fn visit_named(&self, name: &str, each: &mut dyn FnMut(&[u8]));
}

/// Who sent the request.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'a> {
    /// The remote address of the socket.
    pub address: SocketAddr,
    /// The client's address, after the trusted hops of `x-forwarded-for` were taken into account.
    pub client: IpAddr,
    /// The verified identity (a SPIFFE id), `None` on plaintext.
    pub identity: Option<&'a str>,
}

/// One request, borrowed from wherever its bytes live.
#[derive(Clone, Copy)]
pub struct RequestView<'a> {
    /// The method as received; methods are case-sensitive (RFC 9110 section 9.1).
    pub method: &'a str,
    /// `http` or `https`.
    pub scheme: &'a str,
    /// Host and optional port as received; matchers ignore case and port.
    pub authority: &'a str,
    /// The path after [`crate::path::normalize`], without the query; `*` for `OPTIONS *`.
    pub path: &'a str,
    /// What followed the first `?`, undecoded; `None` without one.
    pub query: Option<&'a str>,
    /// The header fields.
    pub headers: &'a dyn Headers,
    /// Who sent it.
    pub peer: Peer<'a>,
    /// The port it is for: the listener's on the inbound side and at gateways, the authority's
    /// (or the scheme's) on the way out.
    pub port: u16,
    /// Where it arrived; `None` if that is not an IP address.
    pub destination: Option<SocketAddr>,
    /// The server name of the TLS handshake; `None` on plaintext.
    pub sni: Option<&'a str>,
    /// The claims of a token that was verified; `None` without one.
    pub claims: Option<&'a serde_json::Map<String, serde_json::Value>>,
}

/// The port that `authority` names, else that of `scheme`.
#[must_use]
pub fn authority_port(authority: &str, scheme: &str) -> u16 {
    let named = crate::route::port_of(authority);
    named.unwrap_or(if scheme.eq_ignore_ascii_case("https") {
        443
    } else {
        80
    })
}

#[cfg(test)]
mod tests {
    use super::authority_port;

    #[test]
    fn a_port_is_named_or_that_of_the_scheme() {
        assert_eq!(authority_port("a.example:8080", "http"), 8080);
        assert_eq!(authority_port("a.example", "http"), 80);
        assert_eq!(authority_port("a.example", "HTTPS"), 443);
        assert_eq!(authority_port("[::1]:8080", "http"), 8080);
        assert_eq!(authority_port("[::1]", "http"), 80);
        assert_eq!(authority_port("a.example:", "http"), 80);
        assert_eq!(authority_port("a.example:99999", "http"), 80);
        assert_eq!(authority_port("", "https"), 443);
    }
}
