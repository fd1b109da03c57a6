//! Where a redirect sends the client.

use std::fmt::Write as _;

use super::action::{PathRedirect, Redirect};
use super::host::{host_of, port_of};
use super::matched::Matched;
use super::rewrite::replace_prefix;
use crate::request::RequestView;

/// The `location` of a redirect: always an absolute URL, so that no path of a client's choosing
/// can be read as another host.
///
/// What the redirect leaves out is the request's own: scheme, host, port, path and query. A port
/// that is usual for its scheme, the request's or the redirect's, is never written (Envoy; Gateway
/// API `HTTPRequestRedirectFilter`). Octets that may not stand in a URL are escaped.
#[must_use]
pub fn redirect_location(
    redirect: &Redirect,
    matched: &Matched<'_>,
    request: &RequestView<'_>,
) -> String {
    let scheme = redirect.scheme.as_deref().unwrap_or(request.scheme);
    let host = redirect
        .host
        .as_deref()
        .unwrap_or_else(|| host_of(request.authority));
    let mut location = String::with_capacity(
        scheme.len() + host.len() + request.path.len() + request.query.map_or(0, str::len) + 16,
    );
    push_escaped(&mut location, scheme);
    location.push_str("://");
    push_escaped(&mut location, host);
    if let Some(port) = port(redirect, scheme, request) {
        // Writing to a String cannot fail.
        let _ = write!(location, ":{port}");
    }
    let own = if request.path == "*" {
        "/"
    } else {
        request.path
    };
    let mut query = request.query;
    match &redirect.path {
        None => push_escaped(&mut location, own),
        Some(PathRedirect::Full(path)) => {
            query = query.filter(|_| !path.contains('?'));
            push_escaped(&mut location, path);
        }
        Some(PathRedirect::Prefix(prefix)) => {
            push_escaped(&mut location, &replace_prefix(prefix, matched, own));
        }
    }
    if let Some(query) = query {
        location.push('?');
        push_escaped(&mut location, query);
    }
    location
}

/// The port to write.
fn port(redirect: &Redirect, scheme: &str, request: &RequestView<'_>) -> Option<u16> {
    let usual = |scheme: &str| if scheme == "https" { 443 } else { 80 };
    let port = match redirect.port {
        Some(0) => None,
        Some(port) => Some(port),
        None => port_of(request.authority).filter(|&port| port != usual(request.scheme)),
    };
    port.filter(|&port| port != usual(scheme))
}

/// Appends `text`; what is not visible ASCII, or would end the URL for some reader, is escaped.
fn push_escaped(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if matches!(byte, 0x21..=0x7e) && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'#') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests;
