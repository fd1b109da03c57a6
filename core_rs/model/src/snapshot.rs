//! The compiled, immutable configuration, and the only place that builds it.
//!
//! A Snapshot is a handful of `Arc`s: the host map with its route tables, the clusters, the
//! plugins. [`Snapshot::with_endpoints`] makes a new one that shares everything but one cluster.

mod chunks;
mod cluster;
mod fields;
mod patterns;
mod routes;
mod rules;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustc_hash::FxHashMap;

pub use cluster::{Cluster, ClusterId};

use crate::error::{CompileError, ErrorCode};
use crate::request::RequestView;
use crate::route::{HostMap, RouteRule, RouteTable};
use crate::wire::{Documents, EndpointsDocument, PluginDocument};
use chunks::Chunks;

/// Every Snapshot of a process has a number of its own, so that caches can be keyed by it.
static GENERATIONS: AtomicU64 = AtomicU64::new(1);

/// Everything a proxy decides by, compiled from one set of documents.
#[derive(Clone, Debug)]
pub struct Snapshot {
    generation: u64,
    hosts: Arc<HostMap<Arc<RouteTable>>>,
    clusters: Chunks<Arc<Cluster>>,
    names: Arc<FxHashMap<Arc<str>, ClusterId>>,
    plugins: Arc<[PluginDocument]>,
}

impl Snapshot {
    /// Compiles `documents`.
    ///
    /// # Errors
    /// [`CompileError`] naming the document and field of the first mistake; nothing is applied.
    pub fn compile(documents: &Documents) -> Result<Self, CompileError> {
        let (clusters, names) = cluster::compile(documents)?;
        let hosts = routes::compile(&documents.routes, &names)?;
        check_plugins(&documents.plugins)?;
        Ok(Self {
            generation: next_generation(),
            hosts: Arc::new(hosts),
            clusters: clusters.into_iter().map(Arc::new).collect(),
            names: Arc::new(names),
            plugins: documents.plugins.as_slice().into(),
        })
    }

    /// A Snapshot in which one slice of the endpoints of `service` (`namespace/name`) is replaced
    /// or added; an empty slice is removed. It shares all else with `self`.
    ///
    /// # Errors
    /// [`CompileError`] if there is no such service, or the document is of another one or wrong.
    pub fn with_endpoints(
        &self,
        service: &str,
        document: &EndpointsDocument,
    ) -> Result<Self, CompileError> {
        let refuse = |code, field, reason: &str| {
            CompileError::new(code, cluster::document_name(document), field, reason)
        };
        if document.service != service {
            return Err(refuse(
                ErrorCode::InvalidValue,
                "service",
                "is not the service to change",
            ));
        }
        let Some(id) = self.cluster_by_name(service) else {
            return Err(refuse(
                ErrorCode::DanglingReference,
                "service",
                "no such service",
            ));
        };
        let cluster = self.cluster(id).with_slice(document)?;
        Ok(Self {
            generation: next_generation(),
            clusters: self.clusters.with(id.index(), Arc::new(cluster)),
            ..self.clone()
        })
    }

    /// A number that no other Snapshot of this process has; later ones have higher numbers.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The rule that serves `request`, or `None` (404).
    #[must_use]
    pub fn route(&self, request: &RequestView<'_>) -> Option<&Arc<RouteRule>> {
        self.hosts.find(request.authority)?.find(request)
    }

    /// The cluster of an id that this Snapshot, or one it shares its services with, gave out.
    ///
    /// # Panics
    /// If `id` is of a Snapshot with other services.
    #[must_use]
    pub fn cluster(&self, id: ClusterId) -> &Arc<Cluster> {
        self.clusters.get(id.index())
    }

    /// The id of the service called `namespace/name`.
    #[must_use]
    pub fn cluster_by_name(&self, name: &str) -> Option<ClusterId> {
        self.names.get(name).copied()
    }

    /// Every cluster, in the documents' order.
    pub fn clusters(&self) -> impl Iterator<Item = &Arc<Cluster>> {
        self.clusters.iter()
    }

    /// The plugins, in the order in which their hooks run.
    #[must_use]
    pub fn plugins(&self) -> &[PluginDocument] {
        &self.plugins
    }
}

/// Numbers need only differ and grow, so no ordering with other memory is asked for.
fn next_generation() -> u64 {
    GENERATIONS.fetch_add(1, Ordering::Relaxed)
}

fn check_plugins(plugins: &[PluginDocument]) -> Result<(), CompileError> {
    for (index, plugin) in plugins.iter().enumerate() {
        if plugins[..index]
            .iter()
            .any(|earlier| earlier.name == plugin.name)
        {
            return Err(CompileError::new(
                ErrorCode::Duplicate,
                format!("plugin {}", plugin.name),
                "name",
                "another plugin has this name",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
