//! What may stand where a host is named.

use super::rules::{Fault, invalid};

/// The longest DNS name, in octets (RFC 1035 section 2.3.4).
const NAME_BYTES: usize = 253;

/// Checks a pattern: `*`, `*.suffix`, a name, or a bracketed IPv6 address; without a port.
pub(super) fn check_pattern(host: &str, field: impl FnOnce() -> String) -> Result<(), Fault> {
    let well_formed = match host.strip_prefix('*') {
        Some("") => true,
        Some(suffix) => suffix.strip_prefix('.').is_some_and(is_plain),
        None => is_host(host),
    };
    if well_formed {
        Ok(())
    } else {
        Err(invalid(
            field(),
            "must be a host name without a port, `*.suffix` or `*`",
        ))
    }
}

/// Whether `host` is a name, an IPv4 address, or a bracketed IPv6 address; without a port.
pub(super) fn is_host(host: &str) -> bool {
    host.strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .map_or_else(
            || is_plain(host),
            |address| address.parse::<std::net::Ipv6Addr>().is_ok(),
        )
}

/// Whether `host` can be looked up: a name or an IP address.
pub(super) fn is_name(host: &str) -> bool {
    is_plain(host) || host.parse::<std::net::IpAddr>().is_ok()
}

/// Whether `authority` is a host with or without a port.
pub(super) fn is_authority(authority: &str) -> bool {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => is_host(host) && port.parse::<u16>().is_ok(),
        _ => is_host(authority),
    }
}

fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    !name.is_empty() && name.len() <= NAME_BYTES && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_have_one_port_at_most() {
        for authority in ["a", "a:80", "[::1]", "[::1]:80", "10.0.0.1:8080"] {
            assert!(is_authority(authority), "{authority}");
        }
        for authority in [
            "", ":80", "a:", "a:x", "a:80:80", "::1", "a b", "a\r\n", "*.a", "a@b",
        ] {
            assert!(!is_authority(authority), "{authority}");
        }
    }
}
