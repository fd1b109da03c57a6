//! The routes of one host.

use super::actions::{CorsEntry, DirectResponseEntry, RedirectEntry, RewriteEntry};
use super::defaults::{everyone, is_default, is_everyone, is_one, one};
use super::delivery::{FaultEntry, MirrorEntry, RetryEntry, TimeoutsEntry};
use super::headers::HeaderEditsEntry;
use super::matches::RouteMatch;

/// The rules for one host, as one audience sees them.
///
/// Gateway, port, host and audience are its key. Without rules, every request for the host is
/// answered 404.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct RoutesDocument {
    /// A host name, `*.suffix`, or `*` for every host.
    pub host: String,
    /// More names of the host, which count where no document has them as its own host.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Names that count as aliases for the workloads of `namespace` alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub local_aliases: Vec<String>,
    /// The namespace of the host's service; empty if it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// The namespace whose workloads use these rules, or `*` (the default) for all; a narrower
    /// one wins as a whole.
    #[serde(default = "everyone", skip_serializing_if = "is_everyone")]
    pub audience: String,
    /// The gateway that serves them, `namespace/name`; empty for clients in the mesh.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub gateway: String,
    /// The port that requests are for; 0 (the default) for every one. A document of the request's
    /// port wins over one of every port.
    #[serde(default, skip_serializing_if = "is_default")]
    pub port: u16,
    /// Which of several matching rules serves a request.
    #[serde(default, skip_serializing_if = "is_default")]
    pub order: RouteOrder,
    /// The rules.
    pub rules: Vec<RouteRuleEntry>,
}

impl RoutesDocument {
    /// The rules for `host` at every port, as everybody in the mesh sees them.
    #[must_use]
    pub fn new(host: impl Into<String>, rules: Vec<RouteRuleEntry>) -> Self {
        Self {
            host: host.into(),
            aliases: Vec::new(),
            local_aliases: Vec::new(),
            namespace: String::new(),
            audience: everyone(),
            gateway: String::new(),
            port: 0,
            order: RouteOrder::default(),
            rules,
        }
    }
}

/// Which of several matching rules serves a request.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum RouteOrder {
    /// The most specific, by Gateway API precedence; of equal ones the first.
    #[default]
    Specific,
    /// The first (Istio).
    Listed,
}

/// One rule: if any match holds, the request is redirected, answered, or goes to a destination.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct RouteRuleEntry {
    /// The name in logs, metrics and explanations.
    pub name: String,
    /// The object that the rule was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<OriginEntry>,
    /// Any one suffices; none at all means every request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matches: Vec<RouteMatch>,
    /// Whether it only counts for workloads for which every other rule was dropped by the source
    /// that its matches ask for: Istio's default route of the host then takes their place.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fallback: bool,
    /// Where matching requests go, in proportion to the weights.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<DestinationEntry>,
    /// A redirect instead of a destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect: Option<RedirectEntry>,
    /// An answer instead of a destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direct_response: Option<DirectResponseEntry>,
    /// What is changed in the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewrite: Option<RewriteEntry>,
    /// Which other origins' pages may read the answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cors: Option<CorsEntry>,
    /// Time limits.
    #[serde(default, skip_serializing_if = "is_default")]
    pub timeouts: TimeoutsEntry,
    /// Edits of the request's header.
    #[serde(default, skip_serializing_if = "is_default")]
    pub request_headers: HeaderEditsEntry,
    /// Edits of the response's header.
    #[serde(default, skip_serializing_if = "is_default")]
    pub response_headers: HeaderEditsEntry,
    /// When a request is tried again; carried to the data plane.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryEntry>,
    /// Where copies go; carried to the data plane.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mirrors: Vec<MirrorEntry>,
    /// Failures on purpose; carried to the data plane.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<FaultEntry>,
}

/// The object that something was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct OriginEntry {
    /// Its kind, such as `VirtualService`.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The position of the rule in it, from 0.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rule: u32,
}

/// One destination of a rule.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct DestinationEntry {
    /// The service, `namespace/name`.
    pub service: String,
    /// Its port; 0 (the default) for its only one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub port: u16,
    /// Its subset; empty for all endpoints.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subset: String,
    /// Its share relative to the others, 1 unless said otherwise; 0 gets nothing.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub weight: u32,
    /// Edits of the header of requests that go here, before those of the rule (Envoy).
    #[serde(default, skip_serializing_if = "is_default")]
    pub request_headers: HeaderEditsEntry,
    /// Edits of the header of responses from here, before those of the rule.
    #[serde(default, skip_serializing_if = "is_default")]
    pub response_headers: HeaderEditsEntry,
    /// The answer to requests that fall here, where the service cannot be used (a reference that
    /// leads nowhere, or is not granted).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

impl DestinationEntry {
    /// All endpoints of the only port of `service`, for an equal share.
    #[must_use]
    pub fn new(service: impl Into<String>) -> Self {
        Self {
            service: service.into(),
            port: 0,
            subset: String::new(),
            weight: 1,
            request_headers: HeaderEditsEntry::default(),
            response_headers: HeaderEditsEntry::default(),
            status: None,
        }
    }
}
