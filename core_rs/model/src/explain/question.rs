//! A line of questions: one request as `pymesh why --requests` reads it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::object::Object;

/// The longest line that is read, in bytes; it holds more than any request head may.
pub const LINE_BYTES: usize = 1 << 20;

/// What arrives on the wire, as far as decisions depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// HTTP, whatever its version.
    #[default]
    Http,
    /// gRPC: HTTP whose method is POST unless said otherwise.
    Grpc,
    /// Opaque bytes.
    Tcp,
    /// TLS that is passed through.
    Tls,
}

/// The scheme of a request's URL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// Port 80 unless said otherwise.
    #[default]
    Http,
    /// Port 443 unless said otherwise.
    Https,
}

impl Scheme {
    /// `http` or `https`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port that a URL without one means (RFC 9110 section 4.2).
    #[must_use]
    pub fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// Who asks.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Source {
    /// The namespace of the workload; `default` unless said otherwise.
    pub namespace: Option<String>,
    /// Its service account; without one the peer sends plaintext and has no identity.
    pub service_account: Option<String>,
    /// Its trust domain; the mesh's own unless said otherwise.
    pub trust_domain: Option<String>,
    /// Its labels, which `sourceLabels` and workload selectors look at.
    pub labels: BTreeMap<String, String>,
    /// The address of the direct peer; conditions on it are in doubt if it is not known.
    pub ip: Option<IpAddr>,
    /// The client's address after trusted proxies; `ip` unless said otherwise.
    pub remote_ip: Option<IpAddr>,
}

/// A workload that is asked directly.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Target {
    /// Its namespace; `default` unless said otherwise.
    pub namespace: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its service account.
    pub service_account: Option<String>,
}

/// Where the request is sent: a host, or, for the inbound side alone, a workload.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Address {
    /// The host as the client writes it.
    pub host: Option<String>,
    /// The port; that of the scheme unless said otherwise.
    pub port: Option<u16>,
    /// The workload, in place of a host.
    workload: Option<Object<Target>>,
}

/// One request to be answered.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Question {
    /// Given back in the answer.
    pub id: Option<Value>,
    source: Object<Source>,
    /// `namespace/name` of the gateway where it enters; inside the mesh unless said otherwise.
    pub gateway: Option<String>,
    destination: Object<Address>,
    /// What arrives; HTTP unless said otherwise.
    pub protocol: Protocol,
    /// The scheme; `http` unless said otherwise.
    pub scheme: Scheme,
    /// The method; GET, for gRPC POST, unless said otherwise.
    pub method: Option<String>,
    /// The path with its query as received; `/` unless said otherwise.
    pub path: Option<String>,
    /// The header fields in order.
    pub headers: Vec<(String, String)>,
    /// The server name of the TLS handshake.
    pub sni: Option<String>,
    /// The claims of a token that was verified before.
    pub claims: Option<Map<String, Value>>,
}

impl Question {
    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with it, in words, with the field.
    pub fn parse(line: &[u8]) -> Result<Self, String> {
        if line.len() > LINE_BYTES {
            return Err(format!("the line is longer than {LINE_BYTES} bytes"));
        }
        let mut deserializer = serde_json::Deserializer::from_slice(line);
        let Object(question): Object<Self> = serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| {
                let path = error.path().to_string();
                let reason = error.inner().to_string();
                if path == "." {
                    reason
                } else {
                    format!("{path}: {reason}")
                }
            })?;
        deserializer.end().map_err(|error| error.to_string())?;
        question.check()?;
        Ok(question)
    }

    /// Who asks.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source.0
    }

    /// Where it is sent.
    #[must_use]
    pub fn destination(&self) -> &Address {
        &self.destination.0
    }

    /// The workload, if it is asked directly.
    #[must_use]
    pub fn workload(&self) -> Option<&Target> {
        self.destination.0.workload.as_ref().map(|target| &target.0)
    }

    /// Whether it is a request of HTTP, and not a connection.
    #[must_use]
    pub fn is_http(&self) -> bool {
        matches!(self.protocol, Protocol::Http | Protocol::Grpc)
    }

    /// The method that it has or stands for.
    #[must_use]
    pub fn method(&self) -> &str {
        let default = match self.protocol {
            Protocol::Grpc => "POST",
            _ => "GET",
        };
        self.method.as_deref().unwrap_or(default)
    }

    fn check(&self) -> Result<(), String> {
        if let Some(id) = &self.id
            && !(id.is_string() || id.is_number() || id.is_null())
        {
            return Err("id: must be a string or a number".to_owned());
        }
        let destination = self.destination();
        match (&destination.host, &destination.workload) {
            (Some(_), Some(_)) => Err("destination: has both a host and a workload".to_owned()),
            (None, Some(_)) if self.gateway.is_some() => {
                Err("destination: a gateway needs a host, not a workload".to_owned())
            }
            (None, None) if self.gateway.is_none() => {
                Err("destination: needs a host or a workload".to_owned())
            }
            (Some(host), _) if host.is_empty() && self.gateway.is_none() => {
                Err("destination.host: must not be empty".to_owned())
            }
            _ => Ok(()),
        }?;
        if destination.port == Some(0) {
            return Err("destination.port: must be from 1 to 65535".to_owned());
        }
        match self.gateway.as_deref().map(|name| name.split_once('/')) {
            Some(Some((namespace, name)))
                if !namespace.is_empty() && !name.is_empty() && !name.contains('/') =>
            {
                Ok(())
            }
            None => Ok(()),
            Some(_) => Err("gateway: must be `namespace/name`".to_owned()),
        }
    }

    /// The `id` of a line that is wrong elsewhere, so that its answer can still be told apart.
    pub(super) fn id_of(line: &[u8]) -> Option<Value> {
        if line.len() > LINE_BYTES {
            return None;
        }
        let mut object: Map<String, Value> = serde_json::from_slice(line).ok()?;
        let id = object.remove("id")?;
        (id.is_string() || id.is_number()).then_some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(line: &str) -> String {
        Question::parse(line.as_bytes()).expect_err(line)
    }

    #[test]
    fn a_line_has_defaults() {
        let line = br#"{"destination": {"host": "a"}}"#;
        let question = Question::parse(line).expect("valid");
        assert_eq!(question.method(), "GET");
        assert_eq!(question.scheme.port(), 80);
        assert_eq!(question.protocol, Protocol::Http);
        assert!(question.source().service_account.is_none());
        let line = br#"{"id": 7, "destination": {"host": "a"}, "protocol": "grpc"}"#;
        let question = Question::parse(line).expect("valid");
        assert_eq!(question.method(), "POST");
        assert_eq!(question.id, Some(Value::from(7)));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(wrong("").contains("EOF"));
        assert!(wrong("[]").contains("a JSON object"));
        assert!(wrong("{}").contains("needs a host or a workload"));
        assert!(wrong(r#"{"sorce": {}}"#).contains("unknown field `sorce`"));
        assert!(wrong(r#"{"source": {"sa": ""}}"#).contains("source.sa: unknown field `sa`"));
        assert!(wrong(r#"{"source": ["a"]}"#).contains("source: invalid type: sequence"));
        assert!(wrong(r#"{"protocol": "udp"}"#).contains("unknown variant `udp`"));
        assert!(wrong(r#"{"headers": [["a"]]}"#).contains("headers[0]"));
        assert!(wrong(r#"{"destination": {"host": "a", "port": 70000}}"#).contains("port"));
        assert!(wrong(r#"{"destination": {"host": "a", "port": 0}}"#).contains("1 to 65535"));
        assert!(wrong(r#"{"destination": {"host": "a", "workload": {}}}"#).contains("both"));
        assert!(wrong(r#"{"destination": {"host": ""}}"#).contains("must not be empty"));
        assert!(wrong(r#"{"gateway": "a", "destination": {"host": "a"}}"#).contains("gateway"));
        assert!(wrong(r#"{"gateway": "a/b/c"}"#).contains("gateway"));
        assert!(wrong(r#"{"id": [], "gateway": "a/b"}"#).contains("id"));
        assert!(wrong(r#"{"destination": {"host": "a"}} x"#).contains("trailing"));
        assert!(wrong(&" ".repeat(LINE_BYTES + 1)).contains("longer than"));
    }

    #[test]
    fn a_wrong_line_keeps_its_id() {
        assert_eq!(Question::id_of(br#"{"id": "a", "x": 1}"#), Some("a".into()));
        assert_eq!(Question::id_of(br#"{"id": {}}"#), None);
        assert_eq!(Question::id_of(b"no"), None);
    }
}
