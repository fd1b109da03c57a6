//! A port on which a gateway listens.

use std::collections::BTreeMap;

use super::defaults::is_default;

/// One listener of a gateway (Gateway API), or one server of one (Istio).
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct ListenerDocument {
    /// The gateway, `namespace/name`.
    pub gateway: String,
    /// Its name, unique within the gateway.
    pub name: String,
    /// The port, not 0.
    pub port: u16,
    /// What is spoken there.
    #[serde(default, skip_serializing_if = "is_default")]
    pub protocol: ListenerProtocol,
    /// The hosts that it serves: names, `*.suffix` or `*`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// The address to listen on; empty for every one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub bind: String,
    /// Labels that the gateway's workload has at least (Istio's `selector`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub selector: BTreeMap<String, String>,
}

/// What a listener speaks.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ListenerProtocol {
    /// HTTP without TLS.
    #[default]
    Http,
    /// HTTP inside TLS that ends here.
    Https,
    /// TLS, routed by server name.
    Tls,
    /// Bytes.
    Tcp,
}
