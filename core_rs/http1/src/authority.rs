//! `uri-host [":" port]` (RFC 9110 section 7.2, RFC 3986 section 3.2).

use crate::token::table;
use std::net::Ipv6Addr;

/// Whether `bytes` is a host with an optional port. User information, zone identifiers, future
/// IP literals and an empty host are refused, as no server routes them.
pub(crate) fn is_authority(bytes: &[u8]) -> bool {
    let port = if let [b'[', rest @ ..] = bytes {
        let Some(close) = memchr::memchr(b']', rest) else {
            return false;
        };
        if !is_ipv6(&rest[..close]) {
            return false;
        }
        &rest[close + 1..]
    } else {
        let end = bytes
            .iter()
            .position(|&byte| byte == b':')
            .unwrap_or(bytes.len());
        if !is_name(&bytes[..end]) {
            return false;
        }
        &bytes[end..]
    };
    match port {
        [] => true,
        [b':', digits @ ..] => is_port(digits),
        _ => false,
    }
}

fn is_ipv6(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok())
}

/// An IPv4 address or a registered name that is not empty: unreserved characters, sub-delimiters
/// and percent-encoded bytes.
fn is_name(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    loop {
        let Some(end) = rest.iter().position(|&byte| !NAME[usize::from(byte)]) else {
            return !bytes.is_empty();
        };
        rest = match &rest[end..] {
            [b'%', first, second, after @ ..]
                if first.is_ascii_hexdigit() && second.is_ascii_hexdigit() =>
            {
                after
            }
            _ => return false,
        };
    }
}

/// The bytes of a registered name that stand for themselves.
const NAME: [bool; 256] = table(b"-._~!$&'()*+,;=");

/// Digits up to 65535; RFC 3986 lets them be absent.
fn is_port(digits: &[u8]) -> bool {
    let number = digits.iter().try_fold(0_u32, |total, byte| {
        byte.is_ascii_digit()
            .then(|| total * 10 + u32::from(byte - b'0'))
            .filter(|&total| total <= 65_535)
    });
    number.is_some()
}

#[cfg(test)]
mod tests;
