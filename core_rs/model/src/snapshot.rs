//! The compiled, immutable configuration, and the only place that builds it.
//!
//! A Snapshot is a handful of `Arc`s: the host map with its route tables, the clusters, the
//! plugins. [`Snapshot::with_endpoints`] makes a new one that shares everything but one cluster.

mod actions;
mod audience;
mod base64;
mod change;
mod chunks;
mod cluster;
mod conditions;
mod fields;
mod hosts;
mod listeners;
mod members;
mod patterns;
mod plugins;
mod router;
mod rules;
mod services;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use cluster::{Cluster, ClusterId};
pub use members::Member;

use crate::authz::{Authorizer, Policies};
use crate::error::CompileError;
use crate::request::RequestView;
use crate::route::{Entry, Matched, NoRoute};
use crate::trace::Trace;
use crate::wire::{Documents, ListenerDocument, MeshDocument, NamesDocument, PluginDocument};
use crate::workload::Workload;
use chunks::Chunks;
use router::Router;
use services::{Keys, Known, Service, Services};

/// Every Snapshot of a process has a number of its own, so that caches can be keyed by it.
static GENERATIONS: AtomicU64 = AtomicU64::new(1);

/// Everything a proxy decides by, compiled from one set of documents for one workload.
#[derive(Clone, Debug)]
pub struct Snapshot {
    generation: u64,
    clusters: Chunks<Arc<Cluster>>,
    services: Chunks<Arc<Service>>,
    rest: Arc<Rest>,
}

/// What an endpoint change leaves as it is.
#[derive(Debug)]
struct Rest {
    router: Router,
    keys: Keys,
    mesh: MeshDocument,
    names: Box<[NamesDocument]>,
    listeners: Box<[ListenerDocument]>,
    plugins: Box<[PluginDocument]>,
    policies: Policies,
    authorizer: Authorizer,
    workload: Workload,
}

impl Snapshot {
    /// Compiles `documents` as `workload` uses them: of each key the document of the narrowest
    /// audience that it belongs to, conditions on the source decided.
    ///
    /// # Errors
    /// [`CompileError`] naming the document and field of the first mistake; nothing is applied.
    pub fn compile(documents: &Documents, workload: &Workload) -> Result<Self, CompileError> {
        let services = Services::compile(documents, workload)?;
        let listeners = listeners::compile(&documents.listeners, workload)?;
        let listening = listeners::listening(&listeners, workload);
        let router = Router::compile(&documents.routes, &services, &listening, workload)?;
        let policies = Policies::compile(documents)?;
        let rest = Rest {
            router,
            keys: services.keys,
            mesh: documents.mesh.clone().unwrap_or_default(),
            names: documents.names.as_slice().into(),
            listeners,
            plugins: plugins::compile(&documents.plugins, workload)?,
            authorizer: policies.of_workload(workload),
            policies,
            workload: workload.clone(),
        };
        Ok(Self {
            generation: next_generation(),
            clusters: services.clusters.into_iter().map(Arc::new).collect(),
            services: services.list.into_iter().map(Arc::new).collect(),
            rest: Arc::new(rest),
        })
    }

    /// A number that no other Snapshot of this process has; later ones have higher numbers.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The rule that serves `request`.
    ///
    /// # Errors
    /// [`NoRoute`] if there is none: 404 at a gateway; in the mesh a host without routes is left to
    /// [`Self::mesh`]'s `outbound`.
    pub fn route(
        &self,
        entry: Entry<'_>,
        request: &RequestView<'_>,
    ) -> Result<Matched<'_>, NoRoute> {
        let table = self.rest.router.table(entry, request);
        table
            .ok_or(NoRoute::Host)?
            .find(request)
            .ok_or(NoRoute::Rule)
    }

    /// As [`Self::route`], telling `trace` the host and each match that was tried. It tries one
    /// match after the other, so it is for explanations, not for traffic.
    ///
    /// # Errors
    /// As [`Self::route`].
    pub fn route_traced<T: Trace>(
        &self,
        entry: Entry<'_>,
        request: &RequestView<'_>,
        trace: &mut T,
    ) -> Result<Matched<'_>, NoRoute> {
        let Some(table) = self.rest.router.table(entry, request) else {
            let reason = format_args!("no routes for it at port {}", request.port);
            trace.leaf(
                "host",
                format_args!("{}", request.authority),
                "not_matched",
                reason,
            );
            return Err(NoRoute::Host);
        };
        trace.enter("host", format_args!("{}", table.host()));
        let found = table.find_traced(request, trace);
        match found {
            Some(_) => trace.leave("matched", format_args!("")),
            None => trace.leave("not_matched", format_args!("none of its routes matches")),
        }
        found.ok_or(NoRoute::Rule)
    }

    /// The rule that serves `request`, which arrived at `port` of a proxy that serves gateways:
    /// among the routes of every gateway that listens there, those of the most specific host.
    ///
    /// # Errors
    /// [`NoRoute`] if there is none (404).
    pub fn route_at(&self, port: u16, request: &RequestView<'_>) -> Result<Matched<'_>, NoRoute> {
        self.rest.router.at_port(port, request)
    }

    /// The listeners of the gateways that the workload serves.
    #[must_use]
    pub fn listeners(&self) -> &[ListenerDocument] {
        &self.rest.listeners
    }

    /// Those of its listeners that share `port`.
    pub fn listener(&self, port: u16) -> impl Iterator<Item = &ListenerDocument> {
        let at_port = move |listener: &&ListenerDocument| listener.port == port;
        self.rest.listeners.iter().filter(at_port)
    }

    /// The cluster of an id that this Snapshot, or one it shares its services with, gave out.
    ///
    /// # Panics
    /// If `id` is of a Snapshot with other services.
    #[must_use]
    pub fn cluster(&self, id: ClusterId) -> &Arc<Cluster> {
        self.clusters.get(id.index())
    }

    /// The id of the service called `namespace/name`: of its only port, or of its first.
    #[must_use]
    pub fn cluster_by_name(&self, name: &str) -> Option<ClusterId> {
        self.resolve(name, 0, "").or_else(|| {
            let service = self.service(name)?;
            Some(ClusterId::new(service.first))
        })
    }

    /// The id of a port and subset of the service called `namespace/name`; a port of 0 asks for
    /// the only one, an empty subset for all endpoints.
    #[must_use]
    pub fn resolve(&self, service: &str, port: u16, subset: &str) -> Option<ClusterId> {
        let service = self.service(service)?;
        let all = service.first..service.first + service.count;
        let clusters = all.map(|position| &**self.clusters.get(position));
        let found = services::part(clusters, port, subset).ok()?;
        Some(ClusterId::new(service.first + found))
    }

    fn service(&self, key: &str) -> Option<&Service> {
        match self.rest.keys.get(key)? {
            Known::Seen(index) => Some(self.services.get(*index)),
            Known::Hidden => None,
        }
    }

    /// The endpoints of the service called `namespace/name`, in all its slices, with what says
    /// which of its clusters they belong to.
    pub fn members(&self, service: &str) -> impl Iterator<Item = &Member> {
        let slices = self.service(service).map(|it| it.slices.values());
        slices.into_iter().flatten().flat_map(|slice| slice.iter())
    }

    /// Every cluster, in the documents' order.
    pub fn clusters(&self) -> impl Iterator<Item = &Arc<Cluster>> {
        self.clusters.iter()
    }

    /// Endpoints known by DNS name; what they resolve to belongs into
    /// [`Self::with_endpoints`], under the same service and slice.
    #[must_use]
    pub fn names(&self) -> &[NamesDocument] {
        &self.rest.names
    }

    /// What holds for the whole mesh.
    #[must_use]
    pub fn mesh(&self) -> &MeshDocument {
        &self.rest.mesh
    }

    /// The policies of the workload: who may ask it what.
    #[must_use]
    pub fn authorizer(&self) -> &Authorizer {
        &self.rest.authorizer
    }

    /// Every policy of the mesh.
    #[must_use]
    pub fn policies(&self) -> &Policies {
        &self.rest.policies
    }

    /// The workload that this was compiled for.
    #[must_use]
    pub fn workload(&self) -> &Workload {
        &self.rest.workload
    }

    /// The plugins, in the order in which their hooks run.
    #[must_use]
    pub fn plugins(&self) -> &[PluginDocument] {
        &self.rest.plugins
    }
}

/// Numbers need only differ and grow, so no ordering with other memory is asked for.
fn next_generation() -> u64 {
    GENERATIONS.fetch_add(1, Ordering::Relaxed)
}

#[cfg(test)]
mod tests;
