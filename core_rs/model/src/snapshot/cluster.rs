//! A port or subset of a service, and its endpoints.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::members::{Member, Slices};
use crate::balance::{BalancePolicy, Endpoints};
use crate::wire::{ClusterEntry, Protocol, ServiceDocument, ServiceKind, TrafficPolicyEntry};
use crate::workload::has_labels;

/// Names a cluster inside a Snapshot and those made from it by `with_endpoints`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClusterId(u32);

impl ClusterId {
    pub(crate) fn new(index: usize) -> Self {
        Self(index as u32)
    }

    /// The position among [`super::Snapshot::clusters`], to index per-worker state by.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A service as the data plane sees it: one of its ports, or a subset of the endpoints behind it.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Unique in a Snapshot: `namespace/service`, then `:port` and `/subset` where it has them.
    pub name: Arc<str>,
    /// `namespace/service`.
    pub key: Arc<str>,
    /// The host by which clients know it.
    pub host: Arc<str>,
    /// The namespace that owns it.
    pub namespace: Arc<str>,
    /// Its name in that namespace.
    pub service: Arc<str>,
    /// What it was declared as.
    pub kind: ServiceKind,
    /// The service's port; 0 stands for every port.
    pub port: u16,
    /// The port on the workload; the same unless said otherwise.
    pub target_port: u16,
    /// The subset; empty for all endpoints.
    pub subset: Arc<str>,
    /// What is spoken there.
    pub protocol: Protocol,
    /// How an endpoint is picked.
    pub policy: BalancePolicy,
    /// Limits of connections and requests, ejection, TLS.
    pub traffic: Option<Arc<TrafficPolicyEntry>>,
    /// Whether a request's own authority is its destination.
    pub passthrough: bool,
    /// Whether its endpoints can be known.
    pub known_endpoints: bool,
    /// Labels that the service's workloads have at least.
    pub selector: Arc<BTreeMap<String, String>>,
    /// Labels that the subset's endpoints have.
    pub labels: Arc<BTreeMap<String, String>>,
    /// Its endpoints, of all slices.
    pub endpoints: Arc<Endpoints>,
}

impl Cluster {
    /// The clusters of `document`, without endpoints.
    pub(super) fn all_of(document: &ServiceDocument) -> Vec<Self> {
        let everything = [ClusterEntry::default()];
        let entries = if document.clusters.is_empty() {
            &everything
        } else {
            document.clusters.as_slice()
        };
        let key: Arc<str> = document.key().into();
        let whole = Self {
            name: Arc::clone(&key),
            key,
            host: document.host.as_str().into(),
            namespace: document.namespace.as_str().into(),
            service: document.name.as_str().into(),
            kind: document.kind,
            port: 0,
            target_port: 0,
            subset: Arc::default(),
            protocol: Protocol::default(),
            policy: document.balance,
            traffic: None,
            passthrough: document.passthrough,
            known_endpoints: document.known_endpoints,
            selector: Arc::new(document.selector.clone()),
            labels: Arc::default(),
            endpoints: Arc::default(),
        };
        entries.iter().map(|entry| whole.part(entry)).collect()
    }

    fn part(&self, entry: &ClusterEntry) -> Self {
        let mut cluster = self.clone();
        match (entry.port, entry.subset.as_str()) {
            (0, "") => {}
            (0, subset) => cluster.name = format!("{}/{subset}", self.key).into(),
            (port, "") => cluster.name = format!("{}:{port}", self.key).into(),
            (port, subset) => cluster.name = format!("{}:{port}/{subset}", self.key).into(),
        }
        cluster.port = entry.port;
        cluster.target_port = if entry.target_port == 0 {
            entry.port
        } else {
            entry.target_port
        };
        if !entry.subset.is_empty() {
            cluster.subset = entry.subset.as_str().into();
        }
        cluster.protocol = entry.protocol;
        cluster.policy = entry.balance.unwrap_or(self.policy);
        cluster.traffic = entry.policy.clone().map(Arc::new);
        if !entry.labels.is_empty() {
            cluster.labels = Arc::new(entry.labels.clone());
        }
        cluster
    }

    /// Takes the members of `slices` that are its own, in the order of the slices' names. An
    /// address that is in two of them counts once: it may move from one to the other in two steps.
    pub(super) fn take_endpoints(&mut self, slices: &Slices) {
        let mut seen = FxHashSet::default();
        let all = slices.values().flat_map(|slice| slice.iter());
        let list = all
            .filter(|member| self.has(member) && seen.insert(member.endpoint.address))
            .map(|member| member.endpoint)
            .collect();
        self.endpoints = Arc::new(Endpoints::new(list));
    }

    fn has(&self, member: &Member) -> bool {
        (self.port == 0 || member.port == 0 || self.port == member.port)
            && has_labels(&member.labels, &self.labels)
    }
}
