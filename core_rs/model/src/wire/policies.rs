//! Authorization policies, and how workloads accept connections.
//!
//! Texts are in Istio's notation: `abc` is exact, `abc*` a prefix, `*abc` a suffix, `*` anything
//! that is not empty; ports are written as texts.

mod objects;

use std::collections::BTreeMap;

use super::defaults::is_default;

/// An authorization policy (`security.istio.io/AuthorizationPolicy`).
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyDocument {
    /// Its namespace; in the mesh's root namespace it holds everywhere.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What becomes of requests that match.
    #[serde(default, skip_serializing_if = "is_default")]
    pub action: PolicyAction,
    /// The extension provider that decides, with the action `custom`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub provider: String,
    /// Whether its decision is only told, not enforced.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dry_run: bool,
    /// Labels of the workloads that it is for; none for all.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub selector: BTreeMap<String, String>,
    /// Gateways that it is for, `namespace/name`, instead of a selector.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
    /// Any one suffices. Absent or empty, it never matches; an empty rule always does.
    #[serde(
        default,
        deserialize_with = "objects::optional_list",
        skip_serializing_if = "Option::is_none"
    )]
    pub rules: Option<Vec<PolicyRuleEntry>>,
}

/// What becomes of requests that match a policy.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum PolicyAction {
    /// They pass; with such a policy, no others do.
    #[default]
    Allow,
    /// They are refused.
    Deny,
    /// They are logged.
    Audit,
    /// A provider decides.
    Custom,
}

/// Conditions on who sends, what, and when; absent ones hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyRuleEntry {
    /// Any one suffices.
    #[serde(
        deserialize_with = "objects::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub from: Vec<PolicySource>,
    /// Any one suffices.
    #[serde(
        deserialize_with = "objects::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub to: Vec<PolicyOperation>,
    /// All must hold.
    #[serde(
        deserialize_with = "objects::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub when: Vec<PolicyCondition>,
}

/// Who sends: of each list that is not empty, one must match, and none of a `not_` list.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the fields are named as Istio names them")]
pub struct PolicySource {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub principals: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_principals: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request_principals: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_request_principals: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_namespaces: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub service_accounts: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_service_accounts: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trust_domains: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_trust_domains: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ip_blocks: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_ip_blocks: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remote_ip_blocks: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_remote_ip_blocks: Vec<String>,
}

/// What is asked for: of each list that is not empty, one must match, and none of a `not_` list.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the fields are named as Istio names them")]
pub struct PolicyOperation {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_hosts: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_ports: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_methods: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_paths: Vec<String>,
}

/// A condition on an attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyCondition {
    /// The attribute, such as `request.headers[x-version]`.
    pub key: String,
    /// One must match, unless there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// None may match.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_values: Vec<String>,
}

/// How workloads accept connections (`security.istio.io/PeerAuthentication`).
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct PeerAuthenticationDocument {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// How far it reaches.
    pub scope: PeerAuthenticationScope,
    /// Labels of the workloads that it is for, with the scope `workload`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub selector: BTreeMap<String, String>,
    /// What is accepted.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mode: PeerAuthenticationMode,
    /// What is accepted at single ports of the workload.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ports: BTreeMap<u16, PeerAuthenticationMode>,
}

/// How far a peer authentication reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PeerAuthenticationScope {
    /// Every workload.
    Mesh,
    /// The workloads of its namespace.
    Namespace,
    /// Those of its namespace that have the selector's labels.
    Workload,
}

/// Which connections a workload accepts.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum PeerAuthenticationMode {
    /// As the next wider scope says.
    #[default]
    Unset,
    /// Plaintext only.
    Disable,
    /// Both.
    Permissive,
    /// Mutual TLS only.
    Strict,
}
