//! The Snapshots of the workloads that ask, compiled when first needed and kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::error::CompileError;
use crate::snapshot::Snapshot;
use crate::wire::Documents;
use crate::workload::Workload;

/// The most Snapshots that are kept; when there are more, all are dropped.
const SNAPSHOTS: usize = 256;

/// Stands for every namespace that no document names; no namespace can be called so.
const ELSEWHERE: &str = "~";

/// Snapshots by what tells one asker from another.
///
/// Labels and namespaces that no document asks for make no difference, so workloads that differ
/// in nothing else share one.
#[derive(Debug)]
pub(super) struct Views {
    labels: BTreeSet<String>,
    namespaces: BTreeSet<String>,
    kept: Mutex<FxHashMap<Key, Arc<Snapshot>>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    namespace: String,
    labels: BTreeMap<String, String>,
    gateway: Option<String>,
}

impl Views {
    pub(super) fn new(documents: &Documents) -> Self {
        let sources = || {
            documents
                .routes
                .iter()
                .flat_map(|routes| &routes.rules)
                .flat_map(|rule| &rule.matches)
                .filter_map(|one| one.source.as_ref())
        };
        let services = documents.services.iter().map(|one| &one.audience);
        let routes = documents.routes.iter();
        let namespaces = services
            .chain(routes.flat_map(|one| [&one.audience, &one.namespace]))
            .chain(sources().map(|source| &source.namespace));
        Self {
            labels: sources()
                .flat_map(|source| source.labels.keys().cloned())
                .collect(),
            namespaces: namespaces.cloned().collect(),
            kept: Mutex::default(),
        }
    }

    /// Compiles the Snapshot of a workload that no document knows, to see mistakes early.
    pub(super) fn check(&self, documents: &Documents) -> Result<(), CompileError> {
        self.snapshot(documents, ELSEWHERE, &BTreeMap::new(), None)
            .map(drop)
    }

    /// The Snapshot of a workload of `namespace` with `labels`, or of the one that serves
    /// `gateway`.
    ///
    /// # Errors
    /// [`CompileError`] if the documents contradict each other for this workload.
    pub(super) fn snapshot(
        &self,
        documents: &Documents,
        namespace: &str,
        labels: &BTreeMap<String, String>,
        gateway: Option<&str>,
    ) -> Result<Arc<Snapshot>, CompileError> {
        let key = self.key(namespace, labels, gateway);
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(snapshot) = kept.get(&key) {
            return Ok(Arc::clone(snapshot));
        }
        // Compiling takes long; other askers need not wait for it.
        drop(kept);
        let workload = Workload {
            namespace: key.namespace.clone(),
            service_account: String::new(),
            labels: key.labels.clone(),
            gateways: gateway.map(str::to_owned).into_iter().collect(),
        };
        let snapshot = Arc::new(Snapshot::compile(documents, &workload)?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= SNAPSHOTS {
            kept.clear();
        }
        kept.insert(key, Arc::clone(&snapshot));
        Ok(snapshot)
    }

    fn key(
        &self,
        namespace: &str,
        labels: &BTreeMap<String, String>,
        gateway: Option<&str>,
    ) -> Key {
        let known = gateway.is_some() || self.namespaces.contains(namespace);
        let asked_for = labels
            .iter()
            .filter(|(name, _)| self.labels.contains(*name));
        Key {
            namespace: if known { namespace } else { ELSEWHERE }.to_owned(),
            labels: asked_for
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            gateway: gateway.map(str::to_owned),
        }
    }
}
