//! What is authorized: a request, or a connection of which nothing more is known.

use std::cell::OnceCell;
use std::net::{IpAddr, SocketAddr};

use serde_json::{Map, Value};

use super::identity::Identity;
use crate::request::{Peer, RequestView};

/// A request or connection that policies decide on.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The request; `None` on a connection that is not HTTP.
    pub request: Option<&'a RequestView<'a>>,
    /// Who sent it. An address that is not specified (`0.0.0.0`, `::`) stands for one that is not
    /// known.
    pub peer: Peer<'a>,
    /// The address where it arrived; `None` if it is not known.
    pub destination: Option<SocketAddr>,
    /// The port where it arrived: the workload's own, which need not be the service's.
    pub port: u16,
    /// The server name of the TLS handshake; `None` without one.
    pub sni: Option<&'a str>,
    /// The claims of the request's verified token; `None` without one.
    pub claims: Option<&'a Map<String, Value>>,
}

impl<'a> Subject<'a> {
    /// The subject that `request` is.
    #[must_use]
    pub fn of_request(request: &'a RequestView<'a>) -> Self {
        Self {
            request: Some(request),
            peer: request.peer,
            destination: request.destination,
            port: request.port,
            sni: request.sni,
            claims: request.claims,
        }
    }
}

/// What the peer has shown of itself.
#[derive(Clone, Copy, Debug)]
pub(super) enum PeerIdentity<'a> {
    /// Nothing: it speaks plaintext.
    Plaintext,
    /// Something that is no SPIFFE id.
    Unreadable,
    /// A SPIFFE id.
    Known(Identity<'a>),
}

/// A subject, its identity taken apart by the first condition that asks for it.
pub(super) struct Facts<'a> {
    pub(super) subject: &'a Subject<'a>,
    identity: OnceCell<PeerIdentity<'a>>,
}

impl<'a> Facts<'a> {
    /// The facts about `subject`.
    pub(super) fn new(subject: &'a Subject<'a>) -> Self {
        Self {
            subject,
            identity: OnceCell::new(),
        }
    }

    /// What the peer has shown of itself.
    pub(super) fn identity(&self) -> &PeerIdentity<'a> {
        self.identity
            .get_or_init(|| match self.subject.peer.identity {
                None => PeerIdentity::Plaintext,
                Some(id) => {
                    Identity::parse(id).map_or(PeerIdentity::Unreadable, PeerIdentity::Known)
                }
            })
    }
}

/// The address, unless it stands for one that is not known.
pub(super) fn known_address(address: IpAddr) -> Option<IpAddr> {
    (!address.to_canonical().is_unspecified()).then_some(address)
}
