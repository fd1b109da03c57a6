//! The routes of one host.

use super::endpoints::{is_one, one};

/// The rules for one host, as one audience sees them.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct RoutesDocument {
    /// A host name, `*.suffix`, or `*` for every host.
    pub host: String,
    /// The namespace whose workloads use these rules, or `*` (the default) for all; a narrower
    /// one wins as a whole.
    #[serde(default = "everyone", skip_serializing_if = "is_everyone")]
    pub audience: String,
    /// The rules; which one serves a request follows Gateway API precedence, then this order.
    pub rules: Vec<RouteRuleEntry>,
}

/// One rule: if any match holds, the request goes to the destinations.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct RouteRuleEntry {
    /// The name in logs, metrics and explanations.
    pub name: String,
    /// Any one suffices; none at all means every request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matches: Vec<RouteMatch>,
    /// Where matching requests go, in proportion to the weights.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<DestinationEntry>,
    /// Time limits.
    #[serde(default, skip_serializing_if = "is_default")]
    pub timeouts: TimeoutsEntry,
    /// Edits of the request's header.
    #[serde(default, skip_serializing_if = "is_default")]
    pub request_headers: HeaderEditsEntry,
    /// Edits of the response's header.
    #[serde(default, skip_serializing_if = "is_default")]
    pub response_headers: HeaderEditsEntry,
}

/// Conditions that must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RouteMatch {
    /// The path; absent means every path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathMatch>,
    /// The method, case-sensitive; absent means every method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Header fields; of several conditions on one name, all must hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<ValueMatch>,
    /// Query parameters, undecoded, the first of each name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<ValueMatch>,
}

/// What a path must be: `{"type": "exact" | "prefix" | "regex", "value": …}`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(
    tag = "type",
    content = "value",
    rename_all = "snake_case",
    deny_unknown_fields
)]
pub enum PathMatch {
    /// Equal to this.
    Exact(String),
    /// Equal to this or below it, by segments: `/a` covers `/a` and `/a/b`, not `/ab`.
    Prefix(String),
    /// The whole path matches this expression.
    Regex(String),
}

/// What a named value must be.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ValueMatch {
    /// Equal to this.
    Exact {
        /// The name of the field or parameter.
        name: String,
        /// Its value.
        value: String,
    },
    /// The whole value matches this expression.
    Regex {
        /// The name of the field or parameter.
        name: String,
        /// The expression.
        value: String,
    },
    /// There, whatever its value.
    Present {
        /// The name of the field or parameter.
        name: String,
    },
}

/// One destination of a rule.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct DestinationEntry {
    /// The service, `namespace/name`.
    pub service: String,
    /// Its share relative to the others, 1 unless said otherwise; 0 gets nothing.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub weight: u32,
}

/// Time limits of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimeoutsEntry {
    /// Milliseconds from the request's head to the end of the response; absent means the proxy's
    /// own, 0 means none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_ms: Option<u64>,
}

/// Edits of a header, applied in the order remove, set, add.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct HeaderEditsEntry {
    /// Fields that replace every field of their name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<HeaderValue>,
    /// Fields that are appended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<HeaderValue>,
    /// Names of fields that are removed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
}

/// One header field.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderValue {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

fn everyone() -> String {
    "*".to_owned()
}

fn is_everyone(audience: &str) -> bool {
    audience == "*"
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
