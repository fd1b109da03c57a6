//! How long, how often and with which failures a rule's requests are delivered.

use super::defaults::{all_percent, is_all_percent, is_default};

/// Time limits of a rule; absent means the proxy's own, 0 means none.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimeoutsEntry {
    /// Milliseconds from the request's head to the end of the response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_ms: Option<u64>,
    /// Milliseconds for one try at an endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend_request_ms: Option<u64>,
}

/// When and how often a request is tried again.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct RetryEntry {
    /// Tries after the first; 0 is none.
    pub attempts: u32,
    /// Milliseconds for one try; absent means no limit of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_try_timeout_ms: Option<u64>,
    /// What is tried again, in Envoy's words (`connect-failure`, `503`, …); empty means Istio's
    /// default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retry_on: Vec<String>,
    /// Milliseconds before the second try; absent means 25.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backoff_ms: Option<u64>,
}

/// Where copies of requests go.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct MirrorEntry {
    /// The service, `namespace/name`.
    pub service: String,
    /// Its port; 0 for its only one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub port: u16,
    /// Its subset; empty for all endpoints.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subset: String,
    /// How many of the requests, 0 to 100.
    #[serde(default = "all_percent", skip_serializing_if = "is_all_percent")]
    pub percent: f64,
}

/// Failures on purpose.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct FaultEntry {
    /// A pause before the request leaves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<DelayEntry>,
    /// An answer in place of the destination's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abort: Option<AbortEntry>,
}

/// A pause.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct DelayEntry {
    /// How many of the requests, 0 to 100.
    #[serde(default = "all_percent", skip_serializing_if = "is_all_percent")]
    pub percent: f64,
    /// How long, in milliseconds.
    pub duration_ms: u64,
}

/// An answer that stands for a failure.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct AbortEntry {
    /// How many of the requests, 0 to 100.
    #[serde(default = "all_percent", skip_serializing_if = "is_all_percent")]
    pub percent: f64,
    /// The HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// The gRPC status by name, such as `UNAVAILABLE`; empty without one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub grpc_status: String,
}
