//! The routes of one host as one workload sees them, compiled when first needed and kept.
//!
//! A proxy compiles all routes once. Here many workloads ask, so only the documents that can have a
//! say about a host are compiled for one that asks for it; what they come to is the same, since no
//! other document names the host.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::error::CompileError;
use crate::route::{HOST_BYTES, canonical_host};
use crate::snapshot::Snapshot;
use crate::wire::{Documents, RouteMatch, RouteRuleEntry, RoutesDocument};
use crate::workload::Workload;

/// The most Snapshots that are kept; when there are more, all are dropped.
const SNAPSHOTS: usize = 4_096;

/// Stands for every namespace that no document names; no namespace can be called so.
const ELSEWHERE: &str = "~";

/// Documents by the names they are about, and the Snapshots that were made of them.
#[derive(Debug)]
pub(super) struct Views {
    documents: Documents,
    /// Positions of the routes that name a host, by gateway (empty for the mesh) and that name.
    hosts: FxHashMap<(String, String), Vec<usize>>,
    /// Positions of the documents of each service, by its key.
    services: FxHashMap<String, Vec<usize>>,
    kept: Mutex<FxHashMap<Key, Arc<Snapshot>>>,
}

/// Which routes are compiled, and what of a workload makes a difference to them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    routes: Vec<usize>,
    namespace: String,
    labels: BTreeMap<String, String>,
}

impl Views {
    /// Checks `documents` as a proxy would that serves every gateway.
    ///
    /// # Errors
    /// [`CompileError`] naming the document and field of the first mistake.
    pub(super) fn new(documents: Documents) -> Result<Self, CompileError> {
        let mut hosts: FxHashMap<(String, String), Vec<usize>> = FxHashMap::default();
        for (position, routes) in documents.routes.iter().enumerate() {
            for name in names(routes) {
                let key = (routes.gateway.clone(), canonical_host(name));
                hosts.entry(key).or_default().push(position);
            }
        }
        let mut services: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for (position, service) in documents.services.iter().enumerate() {
            services.entry(service.key()).or_default().push(position);
        }
        let gateways = documents.routes.iter().map(|routes| &routes.gateway);
        let everything = Workload {
            namespace: ELSEWHERE.to_owned(),
            gateways: gateways
                .collect::<BTreeSet<_>>()
                .into_iter()
                .cloned()
                .collect(),
            ..Workload::default()
        };
        Snapshot::compile(&documents, &everything)?;
        Ok(Self {
            documents,
            hosts,
            services,
            kept: Mutex::default(),
        })
    }

    /// What a workload of `namespace` with `labels`, or the one that serves `gateway`, knows of
    /// the host of `authority`.
    ///
    /// # Errors
    /// [`CompileError`] if the documents contradict each other for this workload.
    pub(super) fn snapshot(
        &self,
        authority: &str,
        workload: &Workload,
    ) -> Result<Arc<Snapshot>, CompileError> {
        let gateway = workload.gateways.first().map_or("", String::as_str);
        let key = self.key(self.routes_of(gateway, authority), workload);
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(snapshot) = kept.get(&key) {
            return Ok(Arc::clone(snapshot));
        }
        // Compiling may take long; other askers need not wait for it.
        drop(kept);
        let asker = Workload {
            namespace: key.namespace.clone(),
            service_account: String::new(),
            labels: key.labels.clone(),
            gateways: workload.gateways.clone(),
        };
        let snapshot = Arc::new(Snapshot::compile(&self.part(&key.routes), &asker)?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= SNAPSHOTS {
            kept.clear();
        }
        kept.insert(key, Arc::clone(&snapshot));
        Ok(snapshot)
    }

    /// The routes that name the host of `authority`, or a wildcard above it.
    fn routes_of(&self, gateway: &str, authority: &str) -> Vec<usize> {
        let mut host = canonical_host(without_port(authority));
        if host.len() > HOST_BYTES {
            // Only `*` can be meant.
            host.clear();
        }
        let dots = host
            .match_indices('.')
            .map(|(dot, _)| format!("*{}", &host[dot..]));
        let patterns: Vec<String> = dots.chain(["*".to_owned(), host.clone()]).collect();
        let found = patterns
            .into_iter()
            .filter_map(|pattern| self.hosts.get(&(gateway.to_owned(), pattern)));
        let mut routes: Vec<usize> = found.flatten().copied().collect();
        routes.sort_unstable();
        routes.dedup();
        routes
    }

    /// Namespaces and labels that the routes do not ask for make no difference, so that workloads
    /// which differ in nothing else share a Snapshot.
    fn key(&self, routes: Vec<usize>, workload: &Workload) -> Key {
        let documents = || {
            routes
                .iter()
                .map(|&position| &self.documents.routes[position])
        };
        let sources = || {
            documents()
                .flat_map(matches)
                .filter_map(|one| one.source.as_ref())
        };
        let own = &workload.namespace;
        let services = || {
            let keys = documents().flat_map(|one| &one.rules).flat_map(targets);
            keys.filter_map(|key| self.services.get(key)).flatten()
        };
        let told_apart = documents().any(|one| one.audience == *own || one.namespace == *own)
            || sources().any(|source| source.namespace == *own)
            || services().any(|&position| self.documents.services[position].audience == *own);
        let asked_for = |name: &String| sources().any(|source| source.labels.contains_key(name));
        Key {
            namespace: if told_apart { own } else { ELSEWHERE }.to_owned(),
            labels: workload
                .labels
                .iter()
                .filter(|(name, _)| asked_for(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            routes,
        }
    }

    /// The routes at these positions and the services that they send to. Endpoints have no say in
    /// where a request is routed.
    fn part(&self, routes: &[usize]) -> Documents {
        let all = &self.documents;
        let routes: Vec<_> = routes.iter().map(|&one| all.routes[one].clone()).collect();
        let keys: BTreeSet<&str> = routes
            .iter()
            .flat_map(|one| &one.rules)
            .flat_map(targets)
            .collect();
        let services = keys.into_iter().filter_map(|key| self.services.get(key));
        Documents {
            mesh: all.mesh.clone(),
            services: services
                .flatten()
                .map(|&one| all.services[one].clone())
                .collect(),
            routes,
            ..Documents::default()
        }
    }
}

/// Every name of the host.
fn names(routes: &RoutesDocument) -> impl Iterator<Item = &String> {
    let aliases = routes.aliases.iter().chain(&routes.local_aliases);
    std::iter::once(&routes.host).chain(aliases)
}

fn matches(routes: &RoutesDocument) -> impl Iterator<Item = &RouteMatch> {
    routes.rules.iter().flat_map(|rule| &rule.matches)
}

/// The services that a rule sends to, or copies to.
fn targets(rule: &RouteRuleEntry) -> impl Iterator<Item = &str> {
    let mirrors = rule.mirrors.iter().map(|one| one.service.as_str());
    let destinations = rule.destinations.iter();
    destinations.map(|one| one.service.as_str()).chain(mirrors)
}

/// The host of `authority`; an IPv6 literal keeps its brackets.
fn without_port(authority: &str) -> &str {
    if authority.starts_with('[') {
        let end = authority.find(']');
        return end.map_or(authority, |end| &authority[..=end]);
    }
    authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host)
}

#[cfg(test)]
mod tests;
