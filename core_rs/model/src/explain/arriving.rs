//! The request of a question as a proxy would take it: checked, its path in canonical form.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::fields::{Fields, is_token};
use super::question::Question;
use crate::path::{Normalization, Normalized, normalize};
use crate::request::{Peer, RequestView, authority_port};
use crate::wire::MeshDocument;

/// A port that says nothing, for a peer whose port is not asked about.
const SOME_PORT: u16 = 0;

/// A request that a proxy takes, or a connection.
#[derive(Clone, Debug)]
pub(super) struct Arriving {
    pub(super) method: String,
    pub(super) scheme: &'static str,
    /// Host and optional port.
    pub(super) authority: String,
    /// The port that it is for.
    pub(super) port: u16,
    /// In canonical form, without the query.
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) fields: Fields,
    /// The peer's SPIFFE id; none on plaintext.
    pub(super) identity: Option<String>,
    pub(super) address: IpAddr,
    pub(super) client: IpAddr,
}

impl Arriving {
    /// The request of `question` in a mesh with these settings.
    ///
    /// # Errors
    /// Why a proxy answers it 400, in words.
    pub(super) fn new(question: &Question, mesh: &MeshDocument) -> Result<Self, String> {
        let (fields, host_field) = Fields::new(&question.headers)?;
        let method = question.method();
        if !is_token(method) {
            return Err(format!("`{}` is no method", method.escape_default()));
        }
        let scheme = question.scheme.as_str();
        let destination = question.destination();
        let authority = match (host_field, &destination.host) {
            (Some(host), _) => host.to_owned(),
            (None, Some(host)) => with_port(host, destination.port, question.scheme.port()),
            (None, None) => String::new(),
        };
        check_authority(&authority)?;
        let (path, query) = target(question, normalization(mesh))?;
        let unknown = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let source = question.source();
        let port = destination.port;
        Ok(Self {
            method: method.to_owned(),
            scheme,
            port: port.unwrap_or_else(|| authority_port(&authority, scheme)),
            authority,
            path,
            query,
            fields,
            identity: identity(question, mesh),
            address: source.ip.unwrap_or(unknown),
            client: source.remote_ip.or(source.ip).unwrap_or(unknown),
        })
    }

    /// What matchers and policies see of it.
    pub(super) fn view<'a>(&'a self, question: &'a Question) -> RequestView<'a> {
        RequestView {
            method: &self.method,
            scheme: self.scheme,
            authority: &self.authority,
            path: &self.path,
            query: self.query.as_deref(),
            headers: &self.fields,
            peer: self.peer(),
            port: self.port,
            destination: None,
            sni: question.sni.as_deref(),
            claims: question.claims.as_ref(),
        }
    }

    /// Who sent it.
    pub(super) fn peer(&self) -> Peer<'_> {
        Peer {
            address: SocketAddr::new(self.address, SOME_PORT),
            client: self.client,
            identity: self.identity.as_deref(),
        }
    }

    /// The host of the authority: without port, and without the dot of a rooted name.
    pub(super) fn host(&self) -> &str {
        let authority = self.authority.as_str();
        let host = match authority
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'))
        {
            Some((address, _)) => address,
            None => authority.split(':').next().unwrap_or_default(),
        };
        host.strip_suffix('.').unwrap_or(host)
    }

    /// Path and query as they travel.
    pub(super) fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }
}

/// How paths are made canonical: as the mesh says, else as a proxy does by itself.
pub(super) fn normalization(mesh: &MeshDocument) -> Normalization {
    mesh.path_normalization.unwrap_or_default()
}

/// `path` in canonical form.
pub(super) fn canonical(path: &str, mode: Normalization) -> Result<String, String> {
    let mut scratch = String::new();
    match normalize(path, mode, &mut scratch) {
        Ok(Normalized::AsIs) => Ok(path.to_owned()),
        Ok(Normalized::InScratch) => Ok(scratch),
        Err(error) => Err(format!("{error} ({})", error.reason())),
    }
}

fn target(question: &Question, mode: Normalization) -> Result<(String, Option<String>), String> {
    let raw = question.path.as_deref().unwrap_or("/");
    if raw == "*" && question.method() == "OPTIONS" {
        return Ok((raw.to_owned(), None));
    }
    let (path, query) = match raw.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (raw, None),
    };
    let path = canonical(path, mode)?;
    let bad = |byte: u8| byte <= b' ' || byte == 0x7f || byte == b'#';
    if query.is_some_and(|query| query.bytes().any(bad)) {
        return Err("the query holds a control character, a space or a fragment".to_owned());
    }
    Ok((path, query.map(str::to_owned)))
}

/// The SPIFFE id of who asks.
fn identity(question: &Question, mesh: &MeshDocument) -> Option<String> {
    let source = question.source();
    let account = source.service_account.as_deref()?;
    let domain = source.trust_domain.as_deref();
    Some(spiffe(
        domain.unwrap_or(&mesh.trust_domain),
        source.namespace.as_deref().unwrap_or("default"),
        account,
    ))
}

/// The SPIFFE id of a workload.
pub(super) fn spiffe(trust_domain: &str, namespace: &str, account: &str) -> String {
    format!("spiffe://{trust_domain}/ns/{namespace}/sa/{account}")
}

/// `host` with `port`, unless it is the one that goes without saying, or the host names one.
fn with_port(host: &str, port: Option<u16>, default: u16) -> String {
    let host = match host.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => format!("[{address}]"),
        _ => host.to_owned(),
    };
    match port {
        Some(port) if port != default && !has_port(&host) => format!("{host}:{port}"),
        _ => host,
    }
}

fn has_port(authority: &str) -> bool {
    let after_address = authority
        .rfind(']')
        .map_or(authority, |end| &authority[end..]);
    after_address.contains(':')
}

/// Host and port, without user information, path or blanks (RFC 3986 section 3.2).
fn check_authority(authority: &str) -> Result<(), String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(&byte);
    if authority.bytes().all(allowed) {
        Ok(())
    } else {
        Err(format!("`{}` is no host", authority.escape_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arriving(line: &str) -> Result<Arriving, String> {
        let question = Question::parse(line.as_bytes()).expect("a question");
        Arriving::new(&question, &MeshDocument::default())
    }

    #[test]
    fn the_authority_names_the_port_unless_it_goes_without_saying() {
        let of = |destination: &str| {
            let line = format!(r#"{{"destination": {destination}}}"#);
            let arriving = arriving(&line).expect("valid");
            (arriving.authority, arriving.port)
        };
        assert_eq!(of(r#"{"host": "a"}"#), ("a".to_owned(), 80));
        assert_eq!(of(r#"{"host": "a", "port": 80}"#), ("a".to_owned(), 80));
        assert_eq!(of(r#"{"host": "a", "port": 81}"#), ("a:81".to_owned(), 81));
        assert_eq!(of(r#"{"host": "a:82"}"#), ("a:82".to_owned(), 82));
        assert_eq!(
            of(r#"{"host": "::1", "port": 81}"#),
            ("[::1]:81".to_owned(), 81)
        );
        let line = r#"{"destination": {"host": "a", "port": 81}, "headers": [["Host", "b"]]}"#;
        let arriving = arriving(line).expect("valid");
        assert_eq!((&*arriving.authority, arriving.port), ("b", 81));
    }

    #[test]
    fn the_path_is_canonical_and_the_query_is_not_touched() {
        let line = r#"{"destination": {"host": "a"}, "path": "/a/../b//%63?x=%2e#"}"#;
        assert!(arriving(line).is_err());
        let line = r#"{"destination": {"host": "a"}, "path": "/a/../b//%63?x=%2e&?"}"#;
        let arriving = arriving(line).expect("valid");
        assert_eq!(arriving.target(), "/b/c?x=%2e&?");
    }

    #[test]
    fn what_no_proxy_takes_is_refused() {
        for rest in [
            r#""path": "a""#,
            r#""path": "/%00""#,
            r#""path": "/%zz""#,
            r#""path": "*""#,
            r#""method": "G T""#,
            r#""headers": [["a", "b\nc"]]"#,
            r#""headers": [["host", "a/b"]]"#,
        ] {
            let line = format!(r#"{{"destination": {{"host": "a"}}, {rest}}}"#);
            assert!(arriving(&line).is_err(), "{rest}");
        }
    }

    #[test]
    fn who_asks_has_an_identity_and_an_address() {
        let line = r#"{"destination": {"host": "a"}, "source": {"namespace": "n",
            "service_account": "s", "trust_domain": "t", "remote_ip": "10.0.0.1"}}"#;
        let arriving = arriving(line).expect("valid");
        assert_eq!(arriving.identity.as_deref(), Some("spiffe://t/ns/n/sa/s"));
        assert!(arriving.address.is_unspecified());
        assert_eq!(arriving.client.to_string(), "10.0.0.1");
    }
}
