//! Requests for tests.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::request::{Headers, Peer, RequestView};

/// Header fields in a list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(pub(crate) Vec<(String, Vec<u8>)>);

impl Fields {
    pub(crate) fn of(fields: &[(&str, &str)]) -> Self {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), value.as_bytes().to_vec());
        Self(fields.iter().map(own).collect())
    }
}

impl Headers for Fields {
    fn visit(&self, each: &mut dyn FnMut(&str, &[u8])) {
        for (name, value) in &self.0 {
            each(name, value);
        }
    }

    fn first<'s>(&'s self, name: &str) -> Option<&'s [u8]> {
        let named = |field: &&(String, Vec<u8>)| field.0.eq_ignore_ascii_case(name);
        self.0.iter().find(named).map(|(_, value)| value.as_slice())
    }

    fn visit_named(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        for (field, value) in &self.0 {
            if field.eq_ignore_ascii_case(name) {
                each(value);
            }
        }
    }
}

/// A GET of `target` (path and optional query) at `authority`.
pub(crate) fn get<'a>(authority: &'a str, target: &'a str, headers: &'a Fields) -> RequestView<'a> {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let ip = Ipv4Addr::LOCALHOST;
    RequestView {
        method: "GET",
        scheme: "http",
        authority,
        path,
        query,
        headers,
        peer: Peer {
            address: SocketAddr::from((ip, 40_000)),
            client: IpAddr::V4(ip),
            identity: None,
        },
        port: crate::request::authority_port(authority, "http"),
        destination: None,
        sni: None,
        claims: None,
    }
}
