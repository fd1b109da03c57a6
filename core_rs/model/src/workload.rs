//! The workload that a Snapshot is compiled for.

use std::collections::BTreeMap;

/// Who the proxy works for: which audiences it belongs to, which conditions on the source hold,
/// and which policies select it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Its namespace; `default` unless said otherwise.
    pub namespace: String,
    /// Its service account; empty if it has none.
    pub service_account: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The gateways that it serves, `namespace/name`; none for a client in the mesh.
    pub gateways: Vec<String>,
}

impl Default for Workload {
    fn default() -> Self {
        Self {
            namespace: "default".to_owned(),
            service_account: String::new(),
            labels: BTreeMap::new(),
            gateways: Vec::new(),
        }
    }
}

impl Workload {
    /// Whether it has all of `labels`.
    #[must_use]
    pub fn has_labels(&self, labels: &BTreeMap<String, String>) -> bool {
        has_labels(&self.labels, labels)
    }
}

/// Whether `own` holds every one of `wanted`.
pub(crate) fn has_labels(
    own: &BTreeMap<String, String>,
    wanted: &BTreeMap<String, String>,
) -> bool {
    wanted
        .iter()
        .all(|(name, value)| own.get(name) == Some(value))
}
