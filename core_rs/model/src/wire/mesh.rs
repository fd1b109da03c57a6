//! What holds for the whole mesh.

use super::defaults::is_default;
use crate::path::Normalization;

/// The mesh-wide settings that a proxy decides by (`MeshConfig`).
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct MeshDocument {
    /// The trust domain of the mesh's identities; `cluster.local` unless said otherwise.
    #[serde(skip_serializing_if = "is_cluster_local")]
    pub trust_domain: String,
    /// The namespace whose policies hold everywhere; `istio-system` unless said otherwise.
    #[serde(skip_serializing_if = "is_istio_system")]
    pub root_namespace: String,
    /// How paths are made canonical; absent means the proxy's own setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_normalization: Option<Normalization>,
    /// What becomes of requests for hosts that no document names.
    #[serde(skip_serializing_if = "is_default")]
    pub outbound: OutboundMode,
}

/// What becomes of requests for unknown hosts (`outboundTrafficPolicy.mode`).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum OutboundMode {
    /// They go where they ask to go.
    #[default]
    AllowAny,
    /// They are refused with 502.
    RegistryOnly,
}

impl Default for MeshDocument {
    fn default() -> Self {
        Self {
            trust_domain: "cluster.local".to_owned(),
            root_namespace: "istio-system".to_owned(),
            path_normalization: None,
            outbound: OutboundMode::default(),
        }
    }
}

fn is_cluster_local(domain: &str) -> bool {
    domain == "cluster.local"
}

fn is_istio_system(namespace: &str) -> bool {
    namespace == "istio-system"
}
