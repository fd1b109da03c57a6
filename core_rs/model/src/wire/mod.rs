//! The documents that travel to a proxy: small, typed, strict.
//!
//! Every type refuses unknown fields. A field at its default is left out, so that equal documents
//! have equal bytes; [`canonical_json`] sorts keys and [`version`] digests the result.

mod actions;
mod canonical;
mod defaults;
mod delivery;
mod endpoints;
mod headers;
mod listener;
mod matches;
mod mesh;
mod plugin;
mod policies;
mod routes;
mod service;
mod traffic;

pub use actions::{
    CorsEntry, DirectResponseEntry, PathRedirect, PathRewrite, RedirectEntry, RewriteEntry,
};
pub use canonical::{canonical_json, version};
pub use delivery::{AbortEntry, DelayEntry, FaultEntry, MirrorEntry, RetryEntry, TimeoutsEntry};
pub use endpoints::{EndpointEntry, EndpointsDocument, NameEntry, NamesDocument, SLICE_ENDPOINTS};
pub use headers::{HeaderEditsEntry, HeaderValue};
pub use listener::{ListenerDocument, ListenerProtocol};
pub use matches::{
    PathMatch, PathMatchKind, RouteMatch, SourceMatch, StringMatch, StringMatchKind, ValueMatch,
    ValueMatchKind,
};
pub use mesh::{MeshDocument, OutboundMode};
pub use plugin::{PluginDocument, PluginFailure};
pub use policies::{
    PeerAuthenticationDocument, PeerAuthenticationMode, PeerAuthenticationScope, PolicyAction,
    PolicyCondition, PolicyDocument, PolicyOperation, PolicyRuleEntry, PolicySource,
};
pub use routes::{DestinationEntry, OriginEntry, RouteOrder, RouteRuleEntry, RoutesDocument};
pub use service::{ClusterEntry, Protocol, ServiceDocument, ServiceKind};
pub use traffic::{ClientTlsEntry, ClientTlsMode, OutlierDetectionEntry, TrafficPolicyEntry};

use crate::error::{CompileError, ErrorCode};

/// All the documents of one proxy, in one JSON object.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Documents {
    /// What holds for the whole mesh; absent means the defaults.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mesh: Option<MeshDocument>,
    /// The services that routes may send to, one document per service and audience.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<ServiceDocument>,
    /// The endpoints of those services, in slices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<EndpointsDocument>,
    /// The endpoints that are known by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<NamesDocument>,
    /// The routes, one document per gateway, port, host and audience.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<RoutesDocument>,
    /// The ports on which gateways listen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub listeners: Vec<ListenerDocument>,
    /// Who may do what.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<PolicyDocument>,
    /// Which connections workloads accept, the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub peer_authentications: Vec<PeerAuthenticationDocument>,
    /// The plugins, in the order in which their hooks run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub plugins: Vec<PluginDocument>,
}

impl Documents {
    /// Reads documents from JSON bytes.
    ///
    /// # Errors
    /// [`CompileError`] with code `malformed_document`, naming the document (such as `routes[0]`),
    /// the field in it, and why.
    pub fn parse(json: &[u8]) -> Result<Self, CompileError> {
        // serde would also read a struct from an array, by position.
        if json.trim_ascii_start().first() != Some(&b'{') {
            return Err(malformed("documents", ".", "expected a JSON object"));
        }
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        let documents = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
            let path = error.path().to_string();
            let (document, field) = path.split_once('.').unwrap_or((&path, "."));
            malformed(document, field, &error.inner().to_string())
        })?;
        deserializer
            .end()
            .map_err(|error| malformed("documents", ".", &error.to_string()))?;
        Ok(documents)
    }
}

fn malformed(document: &str, field: &str, reason: &str) -> CompileError {
    CompileError::new(ErrorCode::Malformed, document, field, reason)
}

#[cfg(test)]
mod tests;
