//! What targets share: requests, choices read from an input, and a trace that checks its own shape.
#![allow(dead_code, reason = "each target uses its own part")]

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use model::{Headers, Peer, RequestView, Trace};

/// Header fields in a list.
#[derive(Default)]
pub struct Fields<'a>(pub Vec<(&'a str, &'a [u8])>);

impl Headers for Fields<'_> {
    fn visit(&self, each: &mut dyn FnMut(&str, &[u8])) {
        self.0.iter().for_each(|(name, value)| each(name, value));
    }

    fn first<'s>(&'s self, name: &str) -> Option<&'s [u8]> {
        let named = |field: &&(&str, &[u8])| field.0.eq_ignore_ascii_case(name);
        self.0.iter().find(named).map(|field| field.1)
    }

    fn visit_named(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        self.visit(&mut |field, value| {
            if field.eq_ignore_ascii_case(name) {
                each(value);
            }
        });
    }
}

/// A plain GET of a client in plaintext.
pub fn request<'a>(authority: &'a str, path: &'a str, headers: &'a dyn Headers) -> RequestView<'a> {
    let client = Ipv4Addr::new(10, 0, 0, 1);
    RequestView {
        method: "GET",
        scheme: "http",
        authority,
        path,
        query: None,
        headers,
        peer: Peer {
            address: SocketAddr::from((client, 50_000)),
            client: IpAddr::V4(client),
            identity: None,
        },
        port: 80,
        destination: None,
        sni: None,
        claims: None,
    }
}

/// Choices read from the bytes of an input one after the other; zeros once they are spent.
pub struct Choices<'a>(pub &'a [u8]);

impl<'a> Choices<'a> {
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    /// Less than `end`, which is at most 256.
    pub fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end
    }

    pub fn flag(&mut self) -> bool {
        self.byte() % 2 == 1
    }

    pub fn pick<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.below(texts.len())]
    }

    /// At most seven of `pieces`, put together; sometimes the input's own text instead.
    pub fn text(&mut self, pieces: &[&str]) -> String {
        let count = self.below(9);
        if count == 8 {
            return self.own().to_owned();
        }
        (0..count).map(|_| self.pick(pieces)).collect()
    }

    /// A text of the input's own, after its length.
    fn own(&mut self) -> &'a str {
        let length = usize::from(self.byte()).min(self.0.len());
        let (own, rest) = self.0.split_at(length);
        self.0 = rest;
        std::str::from_utf8(own).unwrap_or("\u{fffd}")
    }
}

/// Counts the steps that are open, and holds their words to those there are.
#[derive(Default)]
pub struct Steps {
    open: usize,
    ended: usize,
}

impl Steps {
    /// Once the decision is there, every step has ended.
    pub fn check(self) {
        assert_eq!(self.open, 0, "a step did not end");
        assert!(self.ended > 0, "nothing was told");
    }
}

impl Trace for Steps {
    fn enter(&mut self, _: &'static str, name: fmt::Arguments<'_>) {
        let _formatted = name.to_string();
        self.open += 1;
    }

    fn leave(&mut self, result: &'static str, reason: fmt::Arguments<'_>) {
        let _formatted = reason.to_string();
        let known = [
            "matched",
            "not_matched",
            "allow",
            "deny",
            "skipped",
            "chosen",
        ];
        assert!(known.contains(&result), "{result}");
        self.open = self.open.checked_sub(1).expect("a step that began");
        self.ended += 1;
    }
}
