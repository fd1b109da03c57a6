//! Limits and protection of the connections to a service (`DestinationRule.trafficPolicy`).

use super::defaults::is_default;

/// How much a proxy sends to a cluster, and how it protects itself; carried to the data plane.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrafficPolicyEntry {
    /// For a connection to be established, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_timeout_ms: Option<u64>,
    /// Connections at a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_connections: Option<u32>,
    /// Requests that wait for a connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_pending_requests: Option<u32>,
    /// Requests at a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_requests: Option<u32>,
    /// Requests after which a connection is closed; 0 is no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_requests_per_connection: Option<u32>,
    /// Retries at a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_retries: Option<u32>,
    /// After which an unused connection is closed, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_timeout_ms: Option<u64>,
    /// When an endpoint is taken out for a while.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outlier_detection: Option<OutlierDetectionEntry>,
    /// TLS to the endpoints; absent means as the mesh decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<ClientTlsEntry>,
}

/// When an endpoint that fails is ejected, and for how long.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutlierDetectionEntry {
    /// Answers 5xx in a row; 0 switches it off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consecutive_5xx_errors: Option<u32>,
    /// Answers 502, 503 and 504 in a row; 0 switches it off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consecutive_gateway_errors: Option<u32>,
    /// Failures to connect in a row, where they are counted apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consecutive_local_origin_failures: Option<u32>,
    /// Whether failures to connect are counted apart from answers.
    #[serde(skip_serializing_if = "is_default")]
    pub split_external_local_origin_errors: bool,
    /// Between two looks at the counts, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_ms: Option<u64>,
    /// The first ejection, in milliseconds; later ones are multiples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_ejection_time_ms: Option<u64>,
    /// The most endpoints that may be out, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_ejection_percent: Option<u32>,
    /// Below this share of healthy endpoints nobody is ejected, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_health_percent: Option<u32>,
}

/// TLS to the endpoints of a cluster (`ClientTLSSettings`).
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClientTlsEntry {
    /// What is used.
    #[serde(skip_serializing_if = "is_default")]
    pub mode: ClientTlsMode,
    /// The server name that is sent; empty for the host.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sni: String,
    /// Names of which the server's certificate must hold one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subject_alt_names: Vec<String>,
    /// A file with the client's certificates.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub client_certificate: String,
    /// A file with the client's key.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub private_key: String,
    /// A file with the authorities that are trusted.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub ca_certificates: String,
    /// A secret that holds all three.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub credential_name: String,
    /// Whether the server's certificate is not verified.
    #[serde(skip_serializing_if = "is_default")]
    pub insecure_skip_verify: bool,
}

/// Kinds of TLS to an endpoint.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ClientTlsMode {
    /// None.
    #[default]
    Disable,
    /// The server proves who it is.
    Simple,
    /// Both do, with the given certificates.
    Mutual,
    /// Both do, with the mesh's identities.
    IstioMutual,
}
