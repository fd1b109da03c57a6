//! Heads as matchers and hooks see them, and the fields no client may set.

use http1::{RequestHead, ResponseHead};
use model::request::Headers;

/// Whether a client's field is dropped on arrival: only a proxy of the mesh may say these
/// (Envoy's internal headers, XFCC, our own, and `Forwarded`, which nobody in the mesh writes).
pub(super) fn is_reserved(name: &str) -> bool {
    let starts = |prefix: &str| {
        name.len() >= prefix.len()
            && name.as_bytes()[..prefix.len()].eq_ignore_ascii_case(prefix.as_bytes())
    };
    match name.as_bytes().first() {
        Some(b'x' | b'X') => {
            starts("x-envoy-")
                || starts("x-pymesh-")
                || name.eq_ignore_ascii_case("x-forwarded-client-cert")
        }
        Some(b'f' | b'F') => name.eq_ignore_ascii_case("forwarded"),
        _ => false,
    }
}

/// The end-to-end fields of a request, without reserved ones; `host` is the authority.
pub(super) struct RequestHeaders<'a> {
    pub(super) head: &'a RequestHead,
    pub(super) bytes: &'a [u8],
}

impl Headers for RequestHeaders<'_> {
    fn visit(&self, each: &mut dyn FnMut(&str, &[u8])) {
        each("host", self.head.authority(self.bytes).as_bytes());
        for (name, value) in self
            .head
            .fields(self.bytes)
            .filter(|(name, _)| !is_reserved(name))
        {
            each(name, value);
        }
    }

    fn first<'s>(&'s self, name: &str) -> Option<&'s [u8]> {
        if is_reserved(name) {
            return None;
        }
        if name.eq_ignore_ascii_case("host") {
            return Some(self.head.authority(self.bytes).as_bytes());
        }
        self.head
            .fields(self.bytes)
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    fn visit_named(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        if is_reserved(name) {
            return;
        }
        if name.eq_ignore_ascii_case("host") {
            return each(self.head.authority(self.bytes).as_bytes());
        }
        self.head.field(self.bytes, name).for_each(each);
    }
}

/// The end-to-end fields of a response.
pub(super) struct ResponseHeaders<'a> {
    pub(super) head: &'a ResponseHead,
    pub(super) bytes: &'a [u8],
}

impl Headers for ResponseHeaders<'_> {
    fn visit(&self, each: &mut dyn FnMut(&str, &[u8])) {
        for (name, value) in self.head.fields(self.bytes) {
            each(name, value);
        }
    }

    fn first<'s>(&'s self, name: &str) -> Option<&'s [u8]> {
        self.head
            .fields(self.bytes)
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    fn visit_named(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        self.head.field(self.bytes, name).for_each(each);
    }
}

#[cfg(test)]
mod tests {
    use super::is_reserved;

    #[test]
    fn reserved_names() {
        for name in [
            "X-Envoy-Original-Path",
            "x-pymesh-error",
            "Forwarded",
            "x-forwarded-client-cert",
        ] {
            assert!(is_reserved(name), "{name}");
        }
        for name in [
            "x-forwarded-for",
            "x-request-id",
            "x",
            "",
            "from",
            "x-envoyer",
            "forwarded-for",
        ] {
            assert!(!is_reserved(name), "{name}");
        }
    }
}
