//! What the proxy itself adds to and removes from a request on its way.

use std::io::Write;
use std::net::IpAddr;

use http1::{EditError, Edits, RequestHead};
use model::request::Headers;

use super::view::is_reserved;

/// Longest client-given `x-request-id` that is kept.
const REQUEST_ID_BYTES: usize = 128;

/// The address the request came from first, as far as it can be believed: with N trusted hops in
/// front of this proxy, the N-th address from the right of `x-forwarded-for`; else the peer's.
pub(super) fn client_address(headers: &dyn Headers, peer: IpAddr, trusted_hops: usize) -> IpAddr {
    if trusted_hops == 0 {
        return peer;
    }
    let mut count = 0;
    let each_address = |each: &mut dyn FnMut(&[u8])| {
        headers.visit_named("x-forwarded-for", &mut |value| {
            value.split(|byte| *byte == b',').for_each(&mut *each);
        });
    };
    each_address(&mut |_| count += 1);
    let Some(wanted) = usize::checked_sub(count, trusted_hops) else {
        return peer;
    };
    let (mut index, mut found) = (0, None);
    each_address(&mut |text| {
        if index == wanted {
            found = std::str::from_utf8(text)
                .ok()
                .and_then(|text| text.trim().parse().ok());
        }
        index += 1;
    });
    found.unwrap_or(peer)
}

/// Edits every forwarded request gets: reserved fields go, `x-forwarded-for` grows by the peer,
/// `x-forwarded-proto` is set unless a trusted hop did, `x-request-id` is kept or made. Returns
/// the id when it was made here.
pub(super) fn standard_edits(
    head: &RequestHead,
    bytes: &[u8],
    peer: IpAddr,
    trusted_hops: usize,
    new_id: impl FnOnce() -> [u8; 36],
    joined: &mut Vec<u8>,
    edits: &mut Edits,
) -> Result<Option<[u8; 36]>, EditError> {
    let (mut forwarded_for, mut proto) = (false, false);
    let (mut ids, mut id_valid) = (0, true);
    for (name, value) in head.fields(bytes) {
        if is_reserved(name) {
            edits.remove(name)?;
            continue;
        }
        match name.len() {
            15 if name.eq_ignore_ascii_case("x-forwarded-for") => forwarded_for = true,
            17 if name.eq_ignore_ascii_case("x-forwarded-proto") => proto = true,
            12 if name.eq_ignore_ascii_case("x-request-id") => {
                ids += 1;
                id_valid &= is_request_id(value);
            }
            _ => {}
        }
    }
    let mut text = [0_u8; 48];
    let written = {
        let mut rest = &mut text[..];
        // An IPv6 address is at most 39 characters.
        let _fits = write!(rest, "{peer}");
        48 - rest.len()
    };
    let address = &text[..written];
    if forwarded_for {
        joined.clear();
        for value in head.field(bytes, "x-forwarded-for") {
            joined.extend_from_slice(value);
            joined.extend_from_slice(b", ");
        }
        joined.extend_from_slice(address);
        edits.set("x-forwarded-for", joined)?;
    } else {
        edits.add("x-forwarded-for", address)?;
    }
    if !proto || trusted_hops == 0 {
        edits.set("x-forwarded-proto", b"http")?;
    }
    // Several ids, or a malformed one, are nobody's: they go and a new one is made.
    if ids == 1 && id_valid {
        return Ok(None);
    }
    let made = new_id();
    edits.set("x-request-id", &made)?;
    Ok(Some(made))
}

fn is_request_id(value: &[u8]) -> bool {
    !value.is_empty() && value.len() <= REQUEST_ID_BYTES && value.iter().all(u8::is_ascii_graphic)
}
