//! The settings as they are written: JSON, times in milliseconds, sizes in bytes. A field that is
//! left out has its default; an unknown one is refused.

use std::collections::BTreeMap;

use model::path::Normalization;
use serde::{Deserialize, Serialize};

use super::secret::Secret;

/// All settings.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SettingsDocument {
    /// `HOST:PORT`; an empty host is every address, port 0 any free one. `PORT=HOST:PORT` serves
    /// the gateways' port of that number there.
    pub listen: Vec<String>,
    /// Traffic threads; 0 is the CPU quota, at most 2.
    pub workers: usize,
    /// `HOST:PORT` on loopback, `unix:PATH`, or null.
    pub admin: Option<String>,
    /// The bearer token that changes over TCP need.
    pub admin_token: Option<Secret>,
    /// The access log, or null.
    pub access_log: Option<AccessLogDocument>,
    /// The audit log, or null.
    pub audit_log: Option<AuditLogDocument>,
    /// Timeouts.
    pub timeouts: TimeoutsDocument,
    /// Limits.
    pub limits: LimitsDocument,
    /// How many proxies in front of this one are trusted to say who the client is.
    pub trusted_hops: usize,
    /// How paths are made canonical.
    pub path_normalization: Normalization,
    /// Connections to endpoints.
    pub pool: PoolDocument,
    /// Who this proxy is, in metrics and to policies.
    pub workload: WorkloadDocument,
}

impl Default for SettingsDocument {
    fn default() -> Self {
        Self {
            listen: vec!["127.0.0.1:8080".into()],
            workers: 0,
            admin: Some("127.0.0.1:15000".into()),
            admin_token: None,
            access_log: None,
            audit_log: None,
            timeouts: TimeoutsDocument::default(),
            limits: LimitsDocument::default(),
            trusted_hops: 0,
            path_normalization: Normalization::default(),
            pool: PoolDocument::default(),
            workload: WorkloadDocument::default(),
        }
    }
}

/// Where the access log goes and how it looks.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AccessLogDocument {
    /// A file, or `-` for standard output.
    pub path: String,
    /// `text` or `json`.
    #[serde(default = "text")]
    pub format: String,
}

fn text() -> String {
    "text".into()
}

/// Where the audit log goes and how much of it is kept.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AuditLogDocument {
    /// A file.
    pub path: String,
    /// Bytes at which a file is put aside; at least 64 KiB.
    #[serde(default = "file_bytes")]
    pub file_bytes: u64,
    /// How many files put aside are kept.
    #[serde(default = "files")]
    pub files: usize,
    /// Whether what was allowed is written, too.
    #[serde(default)]
    pub grants: bool,
}

fn file_bytes() -> u64 {
    64 << 20
}

fn files() -> usize {
    8
}

/// Timeouts in milliseconds. Where 0 is allowed it means none.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimeoutsDocument {
    /// For a request's head to arrive; not 0.
    pub request_head_ms: u64,
    /// How long a client's connection may be idle between requests.
    pub idle_ms: u64,
    /// For a connection to an endpoint; not 0.
    pub connect_ms: u64,
    /// For a whole request.
    pub request_ms: u64,
    /// Between two pieces of a request's body.
    pub body_idle_ms: u64,
    /// Between two pieces of a response.
    pub response_idle_ms: u64,
    /// For requests in flight to end when the process ends; 0 cuts them at once.
    pub drain_ms: u64,
    /// After which a client's connection is closed at the end of a request.
    pub connection_age_ms: u64,
}

impl Default for TimeoutsDocument {
    fn default() -> Self {
        Self {
            request_head_ms: 10_000,
            idle_ms: 60_000,
            connect_ms: 1_000,
            request_ms: 0,
            body_idle_ms: 30_000,
            response_idle_ms: 300_000,
            drain_ms: 30_000,
            connection_age_ms: 3_600_000,
        }
    }
}

/// Limits.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsDocument {
    /// Client connections; 0 is half of the files that the process may open.
    pub connections: usize,
    /// Bytes of a head.
    pub head_bytes: usize,
    /// Bytes of a request's target.
    pub target_bytes: usize,
    /// Fields of a head.
    pub fields: usize,
    /// Bytes of a request's body; 0 is no limit.
    pub body_bytes: u64,
}

impl Default for LimitsDocument {
    fn default() -> Self {
        let limits = http1::Limits::default();
        Self {
            connections: 0,
            head_bytes: limits.head_bytes,
            target_bytes: limits.target_bytes,
            fields: limits.fields,
            body_bytes: 0,
        }
    }
}

/// Connections to endpoints.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct PoolDocument {
    /// Idle connections that each worker keeps per endpoint.
    pub idle_per_endpoint: usize,
    /// How long, in milliseconds; not 0.
    pub idle_ms: u64,
}

impl Default for PoolDocument {
    fn default() -> Self {
        Self {
            idle_per_endpoint: 128,
            idle_ms: 55_000,
        }
    }
}

/// Who this proxy is. In metrics, what is left empty is reported as `unknown`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[expect(
    missing_docs,
    reason = "the fields are named after the labels that they fill"
)]
pub struct WorkloadDocument {
    /// `source` (the default) or `destination`: which end of its requests this proxy measures.
    pub reporter: String,
    pub name: String,
    pub namespace: String,
    pub principal: String,
    pub app: String,
    pub version: String,
    pub canonical_service: String,
    pub canonical_revision: String,
    pub cluster: String,
    pub service_account: String,
    /// Select the policies that hold for this proxy.
    pub labels: BTreeMap<String, String>,
    /// The gateways that it serves, `namespace/name`.
    pub gateways: Vec<String>,
}
