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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use http1::{EditKind, Limits};

    use super::*;
    use crate::h1::view::RequestHeaders;

    const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 9));

    fn parsed(fields: &str) -> (RequestHead, Vec<u8>) {
        let bytes = format!("GET / HTTP/1.1\r\nhost: x\r\n{fields}\r\n").into_bytes();
        let mut head = RequestHead::new();
        head.parse(&bytes, &Limits::default())
            .expect("valid")
            .expect("complete");
        (head, bytes)
    }

    fn client(fields: &str, trusted_hops: usize) -> IpAddr {
        let (head, bytes) = parsed(fields);
        client_address(
            &RequestHeaders {
                head: &head,
                bytes: &bytes,
            },
            PEER,
            trusted_hops,
        )
    }

    #[test]
    fn the_client_is_as_far_away_as_hops_are_trusted() {
        let fields = "x-forwarded-for: 10.0.0.1, 10.0.0.2\r\nX-Forwarded-For: 2001:db8::1\r\n";
        for (hops, address) in [(1, "2001:db8::1"), (2, "10.0.0.2"), (3, "10.0.0.1")] {
            assert_eq!(
                client(fields, hops),
                address.parse::<IpAddr>().expect("an address")
            );
        }
        for (fields, hops) in [
            (fields, 0),
            (fields, 4),
            ("x-forwarded-for: unknown\r\n", 1),
            ("", 1),
        ] {
            assert_eq!(client(fields, hops), PEER, "{fields:?} {hops}");
        }
    }

    fn edited(fields: &str, trusted_hops: usize) -> Vec<(EditKind, String, String)> {
        let (head, bytes) = parsed(fields);
        let mut edits = Edits::new();
        let id = || *b"00000000-0000-4000-8000-000000000000";
        standard_edits(
            &head,
            &bytes,
            PEER,
            trusted_hops,
            id,
            &mut Vec::new(),
            &mut edits,
        )
        .expect("few edits");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        edits
            .iter()
            .map(|(kind, name, value)| (kind, name.to_owned(), text(value)))
            .collect()
    }

    fn value(edits: &[(EditKind, String, String)], name: &str) -> Option<String> {
        edits
            .iter()
            .find(|edit| edit.1.eq_ignore_ascii_case(name))
            .map(|edit| edit.2.clone())
    }

    #[test]
    fn only_a_trusted_hop_says_which_scheme_the_client_used() {
        let fields = "x-forwarded-proto: https\r\n";
        assert_eq!(
            value(&edited(fields, 0), "x-forwarded-proto").as_deref(),
            Some("http")
        );
        assert_eq!(value(&edited(fields, 1), "x-forwarded-proto"), None);
        assert_eq!(
            value(&edited("", 1), "x-forwarded-proto").as_deref(),
            Some("http")
        );
    }

    #[test]
    fn one_good_request_id_is_kept() {
        assert_eq!(
            value(&edited("x-request-id: abc-1\r\n", 0), "x-request-id"),
            None
        );
        for bad in [
            "",
            "x-request-id: a\r\nx-request-id: b\r\n",
            "x-request-id: \r\n",
        ] {
            assert!(value(&edited(bad, 0), "x-request-id").is_some(), "{bad:?}");
        }
        let long = format!("x-request-id: {}\r\n", "a".repeat(REQUEST_ID_BYTES + 1));
        assert!(value(&edited(&long, 0), "x-request-id").is_some());
    }

    #[test]
    fn what_only_the_mesh_may_say_is_removed() {
        let edits = edited(
            "X-Envoy-Internal: true\r\nx-forwarded-client-cert: By=a\r\n",
            1,
        );
        for name in ["x-envoy-internal", "x-forwarded-client-cert"] {
            assert!(edits.iter().any(|(kind, removed, _)| {
                *kind == EditKind::Remove && removed.eq_ignore_ascii_case(name)
            }));
        }
    }
}
