//! Byte classes and list syntax of RFC 9110 section 5.6.

use crate::kind::{Kind, classify};

const TOKEN: [bool; 256] = table(b"!#$%&'*+-.^_`|~");

/// A table of letters, digits and `others`.
pub(crate) const fn table(others: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let mut index = 0;
    while index < others.len() {
        table[others[index] as usize] = true;
        index += 1;
    }
    table
}

/// Whether `byte` may occur in a token (RFC 9110 section 5.6.2).
pub(crate) const fn is_token_byte(byte: u8) -> bool {
    TOKEN[byte as usize]
}

/// Whether `bytes` is a token: not empty, token characters only.
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|&byte| is_token_byte(byte))
}

/// Whether `byte` may occur in a field value: tab, space, visible ASCII and obs-text.
pub(crate) const fn is_value_byte(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

/// Whether every byte may occur in a field value.
pub(crate) fn is_value(bytes: &[u8]) -> bool {
    all(bytes, is_value_byte)
}

/// Whether `test` holds for each of `bytes`. It looks at all of them, since without an early exit
/// the compiler tests many at a time.
pub(crate) fn all(bytes: &[u8], test: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(true, |valid, &byte| valid & test(byte))
}

/// Whether `name` holds an underscore, eight bytes at a time.
pub(crate) fn has_underscore(name: &[u8]) -> bool {
    let Some(last) = name.last_chunk::<8>() else {
        return name.contains(&b'_');
    };
    let (words, _) = name.as_chunks::<8>();
    words.iter().chain([last]).any(|word| {
        // A byte of the difference is zero exactly where the underscore is: only there does the
        // subtraction borrow into a bit that was not set before.
        let difference = u64::from_ne_bytes(*word) ^ u64::from_ne_bytes([b'_'; 8]);
        difference.wrapping_sub(u64::from_ne_bytes([0x01; 8]))
            & !difference
            & u64::from_ne_bytes([0x80; 8])
            != 0
    })
}

/// `bytes` without space and tab at both ends. No other byte is white space here: trimming
/// 0x85 or 0xA0, as some libraries do, would let two parsers read different values.
pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// The members of a comma-separated list, trimmed, empty ones skipped (RFC 9110 section 5.6.1).
pub(crate) fn list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value
        .split(|&byte| byte == b',')
        .map(trim)
        .filter(|member| !member.is_empty())
}

/// Whether a field may be written as it is: `name` is a token, and `value` has no control byte
/// but tab and no white space at its ends (RFC 9110 section 5.5).
#[must_use]
pub fn field_is_valid(name: &[u8], value: &[u8]) -> bool {
    is_token(name)
        && value.iter().all(|&byte| is_value_byte(byte))
        && trim(value).len() == value.len()
}

/// Whether a field is written by the codec alone: `host`, framing, and fields that end at each
/// hop (RFC 9110 section 7.6.1). Nobody may set, add or remove such a field by an edit.
#[must_use]
pub fn field_is_forbidden(name: &str) -> bool {
    !matches!(
        classify(name.as_bytes()),
        Kind::EndToEnd | Kind::Authorization | Kind::ClientCertificate
    )
}

#[cfg(test)]
mod tests;
