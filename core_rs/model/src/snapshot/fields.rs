//! What a header field may be called and hold, checked once here instead of on every request.

use super::rules::{Fault, invalid};
use crate::error::ErrorCode;
use crate::route::HeaderEdits;
use crate::wire::{HeaderEditsEntry, HeaderValue};

/// Fields that frame the message or belong to one connection (RFC 9110 section 7.6.1), and
/// `host`: a rule that edited them would change which message the next hop reads.
const UNTOUCHABLE: [&str; 14] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The most that one rule's edits of one header may hold, in bytes: they share the room on the
/// wire with the proxy's own edits and those of plugins.
const EDIT_BYTES: usize = 8 << 10;

/// The edits of `entry`, with names and values checked.
pub(super) fn edits(
    entry: &HeaderEditsEntry,
    place: impl FnOnce() -> String,
) -> Result<HeaderEdits, Fault> {
    // Most rules and destinations have none.
    if *entry == HeaderEditsEntry::default() {
        return Ok(HeaderEdits::default());
    }
    check_edits(entry, &place())?;
    let fields = |list: &[HeaderValue]| {
        list.iter()
            .map(|field| (field.name.as_str().into(), field.value.as_str().into()))
            .collect()
    };
    Ok(HeaderEdits {
        set: fields(&entry.set),
        add: fields(&entry.add),
        remove: entry
            .remove
            .iter()
            .map(|name| name.as_str().into())
            .collect(),
    })
}

/// Checks the names and values of `entry`.
fn check_edits(entry: &HeaderEditsEntry, place: &str) -> Result<(), Fault> {
    for (kind, list) in [("set", &entry.set), ("add", &entry.add)] {
        for (index, field) in list.iter().enumerate() {
            check_name(&field.name, || format!("{place}.{kind}[{index}].name"))?;
            if !is_value(&field.value) {
                let reason = "must hold no control character, and no space at either end";
                return Err(invalid(format!("{place}.{kind}[{index}].value"), reason));
            }
        }
    }
    for (index, name) in entry.remove.iter().enumerate() {
        check_name(name, || format!("{place}.remove[{index}]"))?;
    }
    // A field takes four bytes beside its name and value: colon, space and the line's end.
    let fields = entry.set.iter().chain(&entry.add);
    let bytes: usize = fields
        .map(|field| field.name.len() + field.value.len() + 4)
        .chain(entry.remove.iter().map(|name| name.len() + 4))
        .sum();
    if bytes > EDIT_BYTES {
        let reason = format!("the edits hold {bytes} bytes, at most {EDIT_BYTES} are allowed");
        return Err((ErrorCode::TooMany, place.to_owned(), reason));
    }
    Ok(())
}

/// Checks that `text` is a token (RFC 9110 section 5.6.2), as methods and field names are.
pub(super) fn check_token(text: &str, field: impl FnOnce() -> String) -> Result<(), Fault> {
    let symbols = b"!#$%&'*+-.^_`|~";
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || symbols.contains(&byte);
    if !text.is_empty() && text.bytes().all(is_token) {
        Ok(())
    } else {
        Err(invalid(
            field(),
            "must be a token of RFC 9110, such as `x-version` or `GET`",
        ))
    }
}

fn check_name(name: &str, field: impl Fn() -> String) -> Result<(), Fault> {
    check_token(name, &field)?;
    if UNTOUCHABLE
        .iter()
        .any(|untouchable| untouchable.eq_ignore_ascii_case(name))
    {
        return Err(invalid(field(), "frames the message and cannot be edited"));
    }
    Ok(())
}

/// RFC 9110 section 5.5.
fn is_value(value: &str) -> bool {
    value.trim_matches([' ', '\t']).len() == value.len()
        && value
            .bytes()
            .all(|byte| byte == b'\t' || !byte.is_ascii_control())
}
