//! Services and their endpoints.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::balance::{BalancePolicy, Endpoint, Endpoints};
use crate::error::{CompileError, ErrorCode};
use crate::wire::{Documents, EndpointsDocument, SLICE_ENDPOINTS, ServiceDocument};

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

/// A service as the data plane sees it.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// `namespace/service`.
    pub name: Arc<str>,
    /// The host by which clients know it.
    pub host: Arc<str>,
    /// The namespace that owns it.
    pub namespace: Arc<str>,
    /// Its name in that namespace.
    pub service: Arc<str>,
    /// How an endpoint is picked.
    pub policy: BalancePolicy,
    /// Its endpoints, of all slices.
    pub endpoints: Arc<Endpoints>,
    /// The slices that `endpoints` was merged from, by name.
    slices: BTreeMap<Arc<str>, Arc<[Endpoint]>>,
}

impl Cluster {
    fn new(document: &ServiceDocument) -> Self {
        Self {
            name: document.key().into(),
            host: document.host.as_str().into(),
            namespace: document.namespace.as_str().into(),
            service: document.name.as_str().into(),
            policy: document.balance,
            endpoints: Arc::default(),
            slices: BTreeMap::new(),
        }
    }

    /// A copy in which one slice is replaced, added, or, if empty, removed.
    pub(super) fn with_slice(&self, document: &EndpointsDocument) -> Result<Self, CompileError> {
        let slice = check_slice(document)?;
        let mut cluster = self.clone();
        if slice.is_empty() {
            cluster.slices.remove(document.slice.as_str());
        } else {
            cluster.slices.insert(document.slice.as_str().into(), slice);
        }
        cluster.merge();
        Ok(cluster)
    }

    /// Joins the slices in the order of their names. An address that is in two of them counts
    /// once: it may move from one to the other in two steps.
    fn merge(&mut self) {
        let mut seen = FxHashSet::default();
        let all = self.slices.values().flat_map(|slice| slice.iter());
        let list = all
            .filter(|endpoint| seen.insert(endpoint.address))
            .copied()
            .collect();
        self.endpoints = Arc::new(Endpoints::new(list));
    }
}

/// How errors name an endpoints document.
pub(super) fn document_name(document: &EndpointsDocument) -> String {
    format!("endpoints {} {}", document.service, document.slice)
        .trim_end()
        .to_owned()
}

type Names = FxHashMap<Arc<str>, ClusterId>;

/// Compiles the services and endpoints.
pub(super) fn compile(documents: &Documents) -> Result<(Vec<Cluster>, Names), CompileError> {
    let mut clusters = Vec::with_capacity(documents.services.len());
    let mut names = Names::default();
    for service in &documents.services {
        let cluster = Cluster::new(service);
        let document = || format!("service {}", cluster.name);
        for (field, value) in [
            ("namespace", &cluster.namespace),
            ("name", &cluster.service),
        ] {
            if value.is_empty() || value.contains('/') {
                let reason = "must be a name without a slash";
                return Err(CompileError::new(
                    ErrorCode::InvalidValue,
                    document(),
                    field,
                    reason,
                ));
            }
        }
        if names
            .insert(Arc::clone(&cluster.name), ClusterId::new(clusters.len()))
            .is_some()
        {
            let reason = "another service has this name";
            return Err(CompileError::new(
                ErrorCode::Duplicate,
                document(),
                "name",
                reason,
            ));
        }
        clusters.push(cluster);
    }
    let mut changed = FxHashSet::default();
    for slice in &documents.endpoints {
        let refuse = |code, field, reason: &str| {
            Err(CompileError::new(code, document_name(slice), field, reason))
        };
        let Some(&id) = names.get(slice.service.as_str()) else {
            return refuse(ErrorCode::DanglingReference, "service", "no such service");
        };
        let cluster: &mut Cluster = &mut clusters[id.index()];
        let entries = check_slice(slice)?;
        if cluster
            .slices
            .insert(slice.slice.as_str().into(), entries)
            .is_some()
        {
            return refuse(
                ErrorCode::Duplicate,
                "slice",
                "the service has this slice already",
            );
        }
        changed.insert(id.index());
    }
    for index in changed {
        clusters[index].merge();
    }
    Ok((clusters, names))
}

fn check_slice(document: &EndpointsDocument) -> Result<Arc<[Endpoint]>, CompileError> {
    let entries = &document.endpoints;
    if entries.len() > SLICE_ENDPOINTS {
        let reason = format!(
            "{} endpoints, at most {SLICE_ENDPOINTS} in a slice",
            entries.len()
        );
        let name = document_name(document);
        return Err(CompileError::new(
            ErrorCode::TooMany,
            name,
            "endpoints",
            reason,
        ));
    }
    let mut seen = FxHashSet::default();
    for (index, entry) in entries.iter().enumerate() {
        if !seen.insert(entry.address) {
            return Err(CompileError::new(
                ErrorCode::Duplicate,
                document_name(document),
                format!("endpoints[{index}].address"),
                format!("{} is listed twice", entry.address),
            ));
        }
    }
    Ok(entries
        .iter()
        .map(|entry| Endpoint::new(entry.address, entry.weight))
        .collect())
}
