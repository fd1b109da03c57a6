//! A service: the name that routes send to.

use crate::balance::BalancePolicy;

/// A service and how its endpoints share the load.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceDocument {
    /// The namespace that owns it.
    pub namespace: String,
    /// Its name in that namespace.
    pub name: String,
    /// The host by which clients know it, such as `web.default.svc.cluster.local`.
    pub host: String,
    /// How an endpoint is picked; `round_robin` unless said otherwise.
    #[serde(default, skip_serializing_if = "is_default")]
    pub balance: BalancePolicy,
}

impl ServiceDocument {
    /// `namespace/name`, by which other documents refer to it.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_default(policy: &BalancePolicy) -> bool {
    *policy == BalancePolicy::default()
}
