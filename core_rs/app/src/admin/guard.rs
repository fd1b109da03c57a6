//! Who may ask for what.

use std::net::{IpAddr, Ipv6Addr};

use hyper::header::{AUTHORIZATION, HOST};
use hyper::{Request, StatusCode, Version};

use super::reply::{self, Reply};
use crate::settings::Secret;

/// Refuses a request over TCP whose host is a name other than `localhost`: a web page may let its
/// name point to 127.0.0.1 and have a browser ask us (DNS rebinding), but then the browser says
/// the name.
pub(super) fn check_host<B>(request: &Request<B>) -> Result<(), Box<Reply>> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().is_ok_and(is_local),
        (None, _) => request.version() == Version::HTTP_10,
        (Some(_), Some(_)) => false,
    };
    let target = request
        .uri()
        .authority()
        .is_none_or(|it| is_local(it.as_str()));
    if host && target {
        return Ok(());
    }
    let line = "ask for localhost or an IP address, this is not a page of any other host";
    Err(Box::new(reply::text(StatusCode::MISDIRECTED_REQUEST, line)))
}

/// Whether `authority` is an IP address or `localhost`, with or without a port.
fn is_local(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|it| it.is_ascii_digit()) => host,
        _ => authority,
    };
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|it| it.is_ipv4())
        || host
            .strip_prefix('[')
            .and_then(|it| it.strip_suffix(']'))
            .is_some_and(|it| it.parse::<Ipv6Addr>().is_ok())
}

/// Lets a change over TCP pass only with the token; without one there are no changes over TCP.
pub(super) fn check_token<B>(
    request: &Request<B>,
    token: Option<&Secret>,
) -> Result<(), Box<Reply>> {
    let Some(token) = token else {
        let line = "changes need an admin token (PYMESH_ADMIN_TOKEN), or --admin unix:PATH";
        return Err(Box::new(reply::text(StatusCode::FORBIDDEN, line)));
    };
    let offered = request.headers().get(AUTHORIZATION).and_then(|value| {
        let (scheme, offered) = value.as_bytes().split_at_checked("Bearer ".len())?;
        scheme.eq_ignore_ascii_case(b"Bearer ").then_some(offered)
    });
    if offered.is_some_and(|offered| token.is(offered)) {
        return Ok(());
    }
    Err(Box::new(reply::unauthorized()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_and_localhost_are_hosts_of_ours() {
        for host in [
            "localhost",
            "LocalHost:15000",
            "127.0.0.1",
            "10.1.2.3:80",
            "[::1]",
            "[::1]:9",
        ] {
            assert!(is_local(host), "{host}");
        }
        for host in [
            "",
            ":80",
            "example.com",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "::1",
            "[127.0.0.1]",
            "[::1",
            "localhost:80:80",
            "localhost@example.com",
            "2130706433",
        ] {
            assert!(!is_local(host), "{host}");
        }
    }
}
