//! The services that a workload sees, and what their names lead to.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::audience::{EVERYONE, is_of};
use super::cluster::{Cluster, ClusterId};
use super::members::{self, Slices};
use crate::error::{CompileError, ErrorCode};
use crate::wire::{Documents, NamesDocument, ServiceDocument};
use crate::workload::Workload;

/// A service: where its clusters are, and its endpoints.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) key: Arc<str>,
    /// The first of its clusters; the others follow.
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) slices: Slices,
}

/// What a service's key leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// The service at this position.
    Seen(usize),
    /// A service that other audiences see, and this workload does not.
    Hidden,
}

/// Services by key, `namespace/name`.
pub(super) type Keys = FxHashMap<Arc<str>, Known>;

/// Why a reference to a service leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unresolved {
    /// There is no such service at all.
    Service,
    /// Only others see it.
    Hidden,
    /// It has no such port.
    Port,
    /// It has no such subset.
    Subset,
    /// No port is given, and it has several.
    Ambiguous,
}

/// The compiled services.
#[derive(Debug, Default)]
pub(super) struct Services {
    pub(super) list: Vec<Service>,
    pub(super) clusters: Vec<Cluster>,
    pub(super) keys: Keys,
}

impl Services {
    /// Compiles the services, endpoints and names of `documents` as `workload` sees them.
    pub(super) fn compile(
        documents: &Documents,
        workload: &Workload,
    ) -> Result<Self, CompileError> {
        let mut services = Self::default();
        for document in chosen(&documents.services, workload)? {
            services.add(document)?;
        }
        for document in &documents.services {
            let key: Arc<str> = document.key().into();
            services.keys.entry(key).or_insert(Known::Hidden);
        }
        services.fill(documents)?;
        check_names(&documents.names, &services.keys)?;
        Ok(services)
    }

    fn add(&mut self, document: &ServiceDocument) -> Result<(), CompileError> {
        let clusters = Cluster::all_of(document);
        let mut parts = FxHashSet::default();
        for (index, cluster) in clusters.iter().enumerate() {
            let refuse = |code, field: &str, reason| {
                let field = format!("clusters[{index}].{field}");
                Err(CompileError::new(code, name(document), field, reason))
            };
            if !parts.insert((cluster.port, &cluster.subset)) {
                let reason = "another cluster has this port and subset";
                return refuse(ErrorCode::Duplicate, "subset", reason);
            }
            if cluster.subset.contains('/') {
                return refuse(ErrorCode::InvalidValue, "subset", "must hold no slash");
            }
        }
        let key: Arc<str> = document.key().into();
        self.keys
            .insert(Arc::clone(&key), Known::Seen(self.list.len()));
        self.list.push(Service {
            key,
            first: self.clusters.len(),
            count: clusters.len(),
            slices: Slices::new(),
        });
        self.clusters.extend(clusters);
        Ok(())
    }

    fn fill(&mut self, documents: &Documents) -> Result<(), CompileError> {
        for document in &documents.endpoints {
            let refuse = |code, field, reason| {
                Err(CompileError::new(
                    code,
                    members::document_name(document),
                    field,
                    reason,
                ))
            };
            let index = match self.keys.get(document.service.as_str()) {
                None => return refuse(ErrorCode::DanglingReference, "service", "no such service"),
                Some(Known::Hidden) => continue,
                Some(Known::Seen(index)) => *index,
            };
            let slice = members::slice(document)?;
            let slices = &mut self.list[index].slices;
            if slices
                .insert(document.slice.as_str().into(), slice)
                .is_some()
            {
                let reason = "the service has this slice already";
                return refuse(ErrorCode::Duplicate, "slice", reason);
            }
        }
        for service in self.list.iter().filter(|it| !it.slices.is_empty()) {
            for cluster in &mut self.clusters[service.first..service.first + service.count] {
                cluster.take_endpoints(&service.slices);
            }
        }
        Ok(())
    }

    /// The cluster that a reference leads to, and the service's key.
    pub(super) fn resolve(
        &self,
        key: &str,
        port: u16,
        subset: &str,
    ) -> Result<(ClusterId, &Arc<str>), Unresolved> {
        let service = match self.keys.get(key) {
            None => return Err(Unresolved::Service),
            Some(Known::Hidden) => return Err(Unresolved::Hidden),
            Some(Known::Seen(index)) => &self.list[*index],
        };
        let clusters = &self.clusters[service.first..service.first + service.count];
        let found = part(clusters.iter(), port, subset)?;
        Ok((ClusterId::new(service.first + found), &service.key))
    }
}

/// The position of the cluster for `port` and `subset`: of the very port, else of every port; a
/// port of 0 asks for the only one.
pub(super) fn part<'c>(
    clusters: impl Iterator<Item = &'c Cluster>,
    port: u16,
    subset: &str,
) -> Result<usize, Unresolved> {
    let (mut every_port, mut other, mut fitting, mut several) = (None, false, None, false);
    for (index, cluster) in clusters.enumerate() {
        if port != 0 && cluster.port != 0 && cluster.port != port {
            continue;
        }
        if *cluster.subset != *subset {
            other = true;
        } else if cluster.port == port {
            return Ok(index);
        } else if cluster.port == 0 {
            every_port = Some(index);
        } else {
            several = fitting.is_some();
            fitting = Some(index);
        }
    }
    match every_port.or(fitting) {
        Some(_) if several && every_port.is_none() => Err(Unresolved::Ambiguous),
        Some(index) => Ok(index),
        None if other => Err(Unresolved::Subset),
        None => Err(Unresolved::Port),
    }
}

fn name(document: &ServiceDocument) -> String {
    format!("service {}", document.key())
}

/// The documents that `workload` sees, the narrowest of each key, in the documents' order.
fn chosen<'d>(
    documents: &'d [ServiceDocument],
    workload: &Workload,
) -> Result<Vec<&'d ServiceDocument>, CompileError> {
    let mut seen: FxHashSet<(&str, &str, &str)> = FxHashSet::default();
    let mut places: FxHashMap<(&str, &str), usize> = FxHashMap::default();
    let mut chosen: Vec<&ServiceDocument> = Vec::with_capacity(documents.len());
    for document in documents {
        let refuse =
            |code, field, reason| Err(CompileError::new(code, name(document), field, reason));
        for (field, value) in [("namespace", &document.namespace), ("name", &document.name)] {
            if value.is_empty() || value.contains('/') {
                let reason = "must be a name without a slash";
                return refuse(ErrorCode::InvalidValue, field, reason);
            }
        }
        let key = (document.namespace.as_str(), document.name.as_str());
        if !seen.insert((key.0, key.1, &document.audience)) {
            let reason = "another service has this name";
            return refuse(ErrorCode::Duplicate, "name", reason);
        }
        if !is_of(&document.audience, workload) {
            continue;
        }
        match places.get(&key) {
            None => {
                places.insert(key, chosen.len());
                chosen.push(document);
            }
            Some(&place) if document.audience != EVERYONE => chosen[place] = document,
            Some(_) => {}
        }
    }
    Ok(chosen)
}

fn check_names(documents: &[NamesDocument], keys: &Keys) -> Result<(), CompileError> {
    let mut seen = FxHashSet::default();
    for document in documents {
        let refuse = |code, field: String, reason| {
            let name = format!("names {} {}", document.service, document.slice);
            Err(CompileError::new(code, name.trim_end(), field, reason))
        };
        if !keys.contains_key(document.service.as_str()) {
            let reason = "no such service";
            return refuse(ErrorCode::DanglingReference, "service".to_owned(), reason);
        }
        if !seen.insert((&document.service, &document.slice)) {
            let reason = "the service has names in this slice already";
            return refuse(ErrorCode::Duplicate, "slice".to_owned(), reason);
        }
        for (index, entry) in document.names.iter().enumerate() {
            if !super::hosts::is_name(&entry.host) {
                let reason = "must be a host name or an IP address";
                let field = format!("names[{index}].host");
                return refuse(ErrorCode::InvalidValue, field, reason);
            }
            if entry.port == 0 {
                let field = format!("names[{index}].port");
                return refuse(ErrorCode::InvalidValue, field, "must not be 0");
            }
        }
    }
    Ok(())
}
