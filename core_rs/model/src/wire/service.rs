//! A service: the name that routes send to.

use std::collections::BTreeMap;

use super::defaults::{everyone, is_default, is_everyone, is_yes, yes};
use super::traffic::TrafficPolicyEntry;
use crate::balance::BalancePolicy;

/// A service and how its endpoints share the load.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceDocument {
    /// The namespace that owns it.
    pub namespace: String,
    /// Its name in that namespace.
    pub name: String,
    /// The host by which clients know it, such as `web.default.svc.cluster.local`.
    pub host: String,
    /// The namespace whose workloads see it like this, or `*` (the default) for all; a narrower
    /// one wins as a whole.
    #[serde(default = "everyone", skip_serializing_if = "is_everyone")]
    pub audience: String,
    /// What it was declared as.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kind: ServiceKind,
    /// How an endpoint is picked; `round_robin` unless said otherwise.
    #[serde(default, skip_serializing_if = "is_default")]
    pub balance: BalancePolicy,
    /// Labels that its workloads have at least; tells policies apart where no endpoint is known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub selector: BTreeMap<String, String>,
    /// Whether its endpoints can be known; false if nothing that was read says them.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub known_endpoints: bool,
    /// Whether a request's own authority is its destination (`resolution: NONE`).
    #[serde(default, skip_serializing_if = "is_default")]
    pub passthrough: bool,
    /// Its ports and subsets; none at all means one cluster for every port.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<ClusterEntry>,
}

impl ServiceDocument {
    /// A service of one cluster, seen by all, with nothing else said of it.
    #[must_use]
    pub fn new(
        namespace: impl Into<String>,
        name: impl Into<String>,
        host: impl Into<String>,
    ) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
            host: host.into(),
            audience: everyone(),
            kind: ServiceKind::default(),
            balance: BalancePolicy::default(),
            selector: BTreeMap::new(),
            known_endpoints: true,
            passthrough: false,
            clusters: Vec::new(),
        }
    }

    /// `namespace/name`, by which other documents refer to it.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

impl Default for ServiceDocument {
    /// Without a name, so to be completed.
    fn default() -> Self {
        Self::new("", "", "")
    }
}

/// What a service was declared as.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize,
)]
pub enum ServiceKind {
    /// A Kubernetes Service, or what stands for one.
    #[default]
    Service,
    /// An Istio `ServiceEntry`.
    ServiceEntry,
}

/// One port of a service, or a subset of the endpoints behind it.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClusterEntry {
    /// The service's port; 0 stands for every port.
    #[serde(skip_serializing_if = "is_default")]
    pub port: u16,
    /// The port on the workload; 0 if it is the same.
    #[serde(skip_serializing_if = "is_default")]
    pub target_port: u16,
    /// What is spoken there.
    #[serde(skip_serializing_if = "is_default")]
    pub protocol: Protocol,
    /// The subset's name; empty for all endpoints.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subset: String,
    /// Labels that the subset's endpoints have.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// How an endpoint is picked; absent means as the service says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<BalancePolicy>,
    /// Limits of connections and requests, ejection, TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<TrafficPolicyEntry>,
}

/// What is spoken on a port.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Found out per connection.
    #[default]
    Auto,
    /// HTTP/1.1.
    Http,
    /// HTTP/2 without TLS.
    Http2,
    /// gRPC over HTTP/2 without TLS.
    Grpc,
    /// Bytes.
    Tcp,
    /// TLS, routed by server name.
    Tls,
    /// HTTP inside TLS.
    Https,
}
