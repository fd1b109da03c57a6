//! One list of a policy rule, ready to be asked.

use std::net::IpAddr;

use serde_json::Value;

use super::address::BlockSet;
use super::claims::{ClaimTest, RequestPrincipal};
use super::header::HeaderTest;
use super::identity::Identity;
use super::known::Known;
use super::path::PathSet;
use super::subject::{Facts, PeerIdentity, known_address};
use super::text::{GlobSet, TextSet};
use crate::request::RequestView;

/// A DNS name is at most 253 octets (RFC 1035 section 2.3.4); with a port it stays below this. A
/// longer name with capital letters cannot be compared.
const NAME_BYTES: usize = 264;

/// A list of one attribute's values.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    /// Where the policy says it, such as `from[0].principals`, for explanations.
    pub(super) place: Box<str>,
    /// Its values as the policy has them, shortened, for explanations.
    pub(super) listed: Box<str>,
    /// Whether the value must not be in the list.
    pub(super) negated: bool,
    pub(super) test: Test,
}

/// What is in a list.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Principal(TextSet),
    Namespace(GlobSet),
    /// As the path of the identity.
    ServiceAccount(TextSet),
    TrustDomain(TextSet),
    SourceIp(BlockSet),
    RemoteIp(BlockSet),
    DestinationIp(BlockSet),
    Port(Box<[u16]>),
    /// In lower case.
    Sni(TextSet),
    /// In lower case.
    Host(TextSet),
    Method(TextSet),
    Path(PathSet),
    Header(HeaderTest),
    RequestPrincipal(Box<[RequestPrincipal]>),
    Claim(ClaimTest),
}

impl Condition {
    /// Whether it holds. On a connection that is not HTTP a condition on HTTP holds: it is dropped
    /// from every rule but those that allow, which never get here (rule 5 of Istio's semantics).
    pub(super) fn holds(&self, facts: &Facts<'_>) -> Known {
        if facts.subject.request.is_none() && self.test.is_http_only() {
            return Known::Yes;
        }
        let listed = self.test.lists(facts);
        if self.negated {
            listed.negated()
        } else {
            listed
        }
    }
}

impl Test {
    /// Whether only a request has the attribute.
    pub(super) fn is_http_only(&self) -> bool {
        match self {
            Self::Host(_)
            | Self::Method(_)
            | Self::Path(_)
            | Self::Header(_)
            | Self::RequestPrincipal(_)
            | Self::Claim(_) => true,
            Self::Principal(_)
            | Self::Namespace(_)
            | Self::ServiceAccount(_)
            | Self::TrustDomain(_)
            | Self::SourceIp(_)
            | Self::RemoteIp(_)
            | Self::DestinationIp(_)
            | Self::Port(_)
            | Self::Sni(_) => false,
        }
    }

    /// How dear it is to ask, in no unit; the cheap ones of a rule are asked first.
    pub(super) fn cost(&self) -> u32 {
        match self {
            Self::Port(_) | Self::Method(_) => 0,
            Self::Namespace(_) | Self::TrustDomain(_) => 1,
            Self::Principal(_) | Self::ServiceAccount(_) => 2,
            Self::SourceIp(_) | Self::RemoteIp(_) | Self::DestinationIp(_) => 3,
            Self::Path(_) => 4,
            Self::Host(_) | Self::Sni(_) => 5,
            Self::RequestPrincipal(_) | Self::Claim(_) => 6,
            Self::Header(_) => 7,
        }
    }

    fn lists(&self, facts: &Facts<'_>) -> Known {
        let subject = facts.subject;
        match self {
            Self::Principal(texts) => of_identity(facts, |identity| {
                Some(texts.matches(identity.principal.as_bytes()))
            }),
            Self::Namespace(texts) => of_identity(facts, |identity| {
                Some(texts.matches(identity.workload?.namespace))
            }),
            Self::ServiceAccount(paths) => of_identity(facts, |identity| {
                Some(paths.matches(identity.workload?.whole.as_bytes()))
            }),
            Self::TrustDomain(texts) => of_identity(facts, |identity| {
                Some(texts.matches(identity.trust_domain.as_bytes()))
            }),
            Self::SourceIp(blocks) => in_blocks(blocks, Some(subject.peer.address.ip())),
            Self::RemoteIp(blocks) => in_blocks(blocks, Some(subject.peer.client)),
            Self::DestinationIp(blocks) => {
                in_blocks(blocks, subject.destination.map(|address| address.ip()))
            }
            Self::Port(ports) => ports.contains(&subject.port).into(),
            Self::Sni(texts) => match subject.sni {
                Some(sni) => in_lower_case(sni, texts),
                None => Known::No,
            },
            Self::Host(texts) => of_request(facts, |request| match request.authority {
                "" => Known::Doubt,
                authority => of_authority(authority, in_lower_case(authority, texts)),
            }),
            Self::Method(texts) => of_request(facts, |request| match request.method {
                "" => Known::Doubt,
                method => texts.matches(method.as_bytes()).into(),
            }),
            Self::Path(paths) => of_request(facts, |request| match request.path {
                // A CONNECT request has none.
                "" => Known::Doubt,
                path => paths.matches(path).into(),
            }),
            Self::Header(header) => of_request(facts, |request| header.matches(request)),
            Self::RequestPrincipal(principals) => {
                Known::any(principals.iter().map(|one| one.matches(subject.claims)))
            }
            Self::Claim(claim) => claim.matches(subject.claims),
        }
    }

    /// What the subject has in place of the list, for explanations.
    pub(super) fn found(&self, facts: &Facts<'_>) -> String {
        let subject = facts.subject;
        let shown = |value: Option<&str>, absence: &str| match value {
            Some(value) => format!("`{}`", shortened(value)),
            None => absence.to_owned(),
        };
        let of_request = |value: for<'r> fn(&RequestView<'r>) -> &'r str| {
            shown(subject.request.map(value), "a connection that is not HTTP")
        };
        match self {
            Self::Principal(_)
            | Self::Namespace(_)
            | Self::ServiceAccount(_)
            | Self::TrustDomain(_) => {
                shown(subject.peer.identity, "a peer without identity (plaintext)")
            }
            Self::SourceIp(_) => address_text(Some(subject.peer.address.ip())),
            Self::RemoteIp(_) => address_text(Some(subject.peer.client)),
            Self::DestinationIp(_) => address_text(subject.destination.map(|to| to.ip())),
            Self::Port(_) => subject.port.to_string(),
            Self::Sni(_) => shown(subject.sni, "a connection without server name"),
            Self::Host(_) => of_request(|request| request.authority),
            Self::Method(_) => of_request(|request| request.method),
            Self::Path(_) => of_request(|request| request.path),
            Self::Header(header) => {
                let value = subject.request.and_then(|request| header.found(request));
                shown(value.as_deref(), "a request without such a field")
            }
            Self::RequestPrincipal(_) => {
                let claim = |name| subject.claims.and_then(|claims| claims.get(name));
                let parts = claim("iss").zip(claim("sub"));
                let text = |value: &Value| {
                    value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned)
                };
                let value = parts.map(|(issuer, own)| format!("{}/{}", text(issuer), text(own)));
                shown(value.as_deref(), "a request without issuer and subject")
            }
            Self::Claim(claim) => {
                let value = claim.find(subject.claims).map(ToString::to_string);
                shown(value.as_deref(), "a request without such a claim")
            }
        }
    }
}

/// What `lists` says of the peer's identity, or doubt if the identity cannot say. A plaintext peer
/// has none, which is known: it is in no list (rule 8).
fn of_identity(facts: &Facts<'_>, lists: impl FnOnce(&Identity<'_>) -> Option<bool>) -> Known {
    match facts.identity() {
        PeerIdentity::Plaintext => Known::No,
        PeerIdentity::Unreadable => Known::Doubt,
        PeerIdentity::Known(identity) => lists(identity).map_or(Known::Doubt, Known::from),
    }
}

fn of_request(facts: &Facts<'_>, lists: impl FnOnce(&RequestView<'_>) -> Known) -> Known {
    facts.subject.request.map_or(Known::Doubt, lists)
}

fn in_blocks(blocks: &BlockSet, address: Option<IpAddr>) -> Known {
    match address.and_then(known_address) {
        Some(address) => blocks.contains(address).into(),
        None => Known::Doubt,
    }
}

/// Whether `name`, whose case does not matter, is among `texts`; it is copied only where it has
/// capital letters.
fn in_lower_case(name: &str, texts: &TextSet) -> Known {
    if !name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return texts.matches(name.as_bytes()).into();
    }
    let mut buffer = [0; NAME_BYTES];
    let Some(copy) = buffer.get_mut(..name.len()) else {
        return Known::Doubt;
    };
    copy.copy_from_slice(name.as_bytes());
    copy.make_ascii_lowercase();
    texts.matches(copy).into()
}

/// Whether an authority matches, given whether it does as it is written. Routes look past the dot of
/// a rooted name and past an empty port, and lists do not: such an authority is not known to be
/// outside of one, or a DENY rule would be evaded by a dot.
pub(super) fn of_authority(authority: &str, as_written: Known) -> Known {
    let host = match authority.rsplit_once(':') {
        Some((_, "")) => "",
        Some((host, _)) => host,
        None => authority,
    };
    if as_written == Known::No && (host.is_empty() || host.ends_with('.')) {
        Known::Doubt
    } else {
        as_written
    }
}

fn address_text(address: Option<IpAddr>) -> String {
    match address.and_then(known_address) {
        Some(address) => address.to_canonical().to_string(),
        None => "an address that is not known".to_owned(),
    }
}

/// Text of a request, fit to be shown: control characters escaped, and cut where it gets long.
fn shortened(text: &str) -> String {
    const CHARACTERS: usize = 128;
    let mut shown = String::new();
    for character in text.chars().take(CHARACTERS) {
        match character {
            '"' | '\'' => shown.push(character),
            other => shown.extend(other.escape_debug()),
        }
    }
    if text.chars().nth(CHARACTERS).is_some() {
        shown.push('…');
    }
    shown
}
