//! What the documents say about services and gateways beyond what a proxy needs to know.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::behind::{Behind, telling_labels};
use crate::route::HOST_BYTES;
use crate::wire::{
    ClusterEntry, Documents, EndpointEntry, ListenerProtocol, NameEntry, Protocol, ServiceDocument,
};
use crate::workload::Workload;

/// Labels of a workload.
pub(super) type Labels = BTreeMap<String, String>;

/// A service as one audience sees it, with its endpoints.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) document: ServiceDocument,
    pub(super) endpoints: Arc<[EndpointEntry]>,
    pub(super) names: Arc<[NameEntry]>,
    /// What is behind each port and subset that was asked for.
    behind: Mutex<FxHashMap<(u16, String), Arc<Behind>>>,
}

/// A gateway, as its listeners tell of it.
#[derive(Debug, Default)]
pub(super) struct Gateway {
    pub(super) listeners: Vec<(u16, ListenerProtocol)>,
    selector: Labels,
}

/// Services and gateways by name.
#[derive(Debug, Default)]
pub(super) struct Directory {
    /// By `namespace/name`, one for each audience.
    services: FxHashMap<String, Vec<Service>>,
    /// Services by their hosts and aliases.
    hosts: FxHashMap<String, Vec<Known>>,
    gateways: FxHashMap<String, Gateway>,
    telling: BTreeSet<String>,
}

/// A service under one of its names.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    key: String,
    /// The namespace whose workloads alone may use the name; empty for all.
    namespace: String,
}

impl Directory {
    pub(super) fn new(documents: &Documents) -> Self {
        let mut endpoints: FxHashMap<&str, Vec<EndpointEntry>> = FxHashMap::default();
        for slice in &documents.endpoints {
            let all = endpoints.entry(&slice.service).or_default();
            all.extend_from_slice(&slice.endpoints);
        }
        let mut names: FxHashMap<&str, Vec<NameEntry>> = FxHashMap::default();
        for slice in &documents.names {
            let all = names.entry(&slice.service).or_default();
            all.extend_from_slice(&slice.names);
        }
        let mut directory = Self {
            telling: telling_labels(documents),
            ..Self::default()
        };
        for document in &documents.services {
            let key = document.key();
            let service = Service {
                endpoints: endpoints.get(&*key).cloned().unwrap_or_default().into(),
                names: names.get(&*key).cloned().unwrap_or_default().into(),
                document: document.clone(),
                behind: Mutex::default(),
            };
            directory.know(&document.host, &key, "");
            directory.services.entry(key).or_default().push(service);
        }
        directory.learn_aliases(documents);
        directory.learn_gateways(documents);
        directory
    }

    fn know(&mut self, host: &str, key: &str, namespace: &str) {
        let known = Known {
            key: key.to_owned(),
            namespace: namespace.to_owned(),
        };
        let all = self.hosts.entry(host.to_ascii_lowercase()).or_default();
        if !all.contains(&known) {
            all.push(known);
        }
    }

    fn learn_aliases(&mut self, documents: &Documents) {
        for routes in documents.routes.iter().filter(|one| one.gateway.is_empty()) {
            let host = routes.host.to_ascii_lowercase();
            for known in self.hosts.get(&host).cloned().unwrap_or_default() {
                for alias in &routes.aliases {
                    self.know(alias, &known.key, &known.namespace);
                }
                for alias in &routes.local_aliases {
                    self.know(alias, &known.key, &routes.namespace);
                }
            }
        }
    }

    fn learn_gateways(&mut self, documents: &Documents) {
        for listener in &documents.listeners {
            let gateway = self.gateways.entry(listener.gateway.clone()).or_default();
            gateway.listeners.push((listener.port, listener.protocol));
            gateway.selector.extend(listener.selector.clone());
        }
    }

    pub(super) fn gateway(&self, name: &str) -> Option<&Gateway> {
        self.gateways.get(name)
    }

    /// The service called `key` as workloads of `namespace` see it.
    pub(super) fn service(&self, key: &str, namespace: &str) -> Option<&Service> {
        let all = self.services.get(key)?;
        let audience = |wanted: &str| all.iter().find(|one| one.document.audience == wanted);
        audience(namespace).or_else(|| audience("*"))
    }

    /// The service that workloads of `namespace` know as `host`: by its very name, else by the
    /// longest wildcard; of equal ones that of their own namespace.
    pub(super) fn by_host(&self, host: &str, namespace: &str) -> Option<&Service> {
        if host.len() > HOST_BYTES {
            return None;
        }
        let host = host.to_ascii_lowercase();
        let dots = host.match_indices('.').filter(|(dot, _)| *dot > 0);
        let wildcards = dots.map(|(dot, _)| format!("*{}", &host[dot..]));
        let everything = ["*".to_owned()];
        let mut names = std::iter::once(host.clone())
            .chain(wildcards)
            .chain(everything);
        names.find_map(|name| self.named(&name, namespace))
    }

    /// The hosts of the services called `name`, whatever their namespace.
    pub(super) fn hosts_of_services(&self, name: &str) -> BTreeSet<&str> {
        let services = self.services.values().flatten();
        services
            .filter(|service| service.document.name == name)
            .map(|service| service.document.host.as_str())
            .collect()
    }

    fn named(&self, name: &str, namespace: &str) -> Option<&Service> {
        let known = self.hosts.get(name)?;
        known
            .iter()
            .filter(|one| one.namespace.is_empty() || one.namespace == namespace)
            .filter_map(|one| self.service(&one.key, namespace))
            .min_by_key(|service| service.document.namespace != namespace)
    }

    /// What is behind a port and a subset of `service`.
    pub(super) fn behind(&self, service: &Service, port: u16, subset: &str) -> Arc<Behind> {
        let key = (port, subset.to_owned());
        let mut kept = service
            .behind
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let made = kept
            .entry(key)
            .or_insert_with(|| Arc::new(Behind::new(service, port, subset, &self.telling)));
        Arc::clone(made)
    }

    /// The workload that serves the gateway `name`, and its address if it is known.
    ///
    /// An Istio `Gateway` selects it by labels, so the first service that selects as much tells
    /// its namespace. Where nothing tells its service account it is called like that service, or
    /// else like the gateway.
    pub(super) fn gateway_workload(&self, name: &str) -> (Workload, Option<IpAddr>) {
        let (namespace, own_name) = name.split_once('/').unwrap_or(("default", name));
        let selector = self.gateway(name).map(|gateway| gateway.selector.clone());
        let selector = selector.unwrap_or_default();
        let serves = |service: &&Service| {
            !selector.is_empty() && contains(&service.document.selector, &selector)
        };
        let service = self
            .services
            .values()
            .flatten()
            .filter(serves)
            .min_by_key(|one| (&one.document.namespace, &one.document.name));
        let gateways = vec![name.to_owned()];
        let Some(service) = service else {
            let workload = Workload {
                namespace: namespace.to_owned(),
                service_account: own_name.to_owned(),
                labels: selector,
                gateways,
            };
            return (workload, None);
        };
        let endpoint = service.endpoints.first();
        let account = endpoint.map(|one| &one.service_account);
        let account = account.filter(|account| !account.is_empty());
        let labels = endpoint.map(|one| &one.labels);
        let labels = labels.filter(|labels| !labels.is_empty());
        let workload = Workload {
            namespace: service.document.namespace.clone(),
            service_account: account.unwrap_or(&service.document.name).clone(),
            labels: labels.unwrap_or(&service.document.selector).clone(),
            gateways,
        };
        (workload, endpoint.map(|one| one.address.ip()))
    }
}

/// Whether `labels` hold all of `wanted`.
pub(super) fn contains(labels: &Labels, wanted: &Labels) -> bool {
    wanted
        .iter()
        .all(|(name, value)| labels.get(name) == Some(value))
}

impl Gateway {
    /// Whether TLS ends at `port`, so that whatever arrives there was sent over it.
    pub(super) fn ends_tls(&self, port: u16) -> bool {
        self.listeners.contains(&(port, ListenerProtocol::Https))
    }

    /// The port at which a request for `port`, or without one for `usual`, arrives: that one, or,
    /// if none is asked for and nothing listens at the usual one, the gateway's lowest.
    pub(super) fn port(&self, port: Option<u16>, usual: u16) -> Option<u16> {
        let listens = |wanted: u16| self.listeners.iter().any(|(port, _)| *port == wanted);
        match port {
            Some(port) => listens(port).then_some(port),
            None if listens(usual) => Some(usual),
            None => self.listeners.iter().map(|(port, _)| *port).min(),
        }
    }
}

impl Service {
    /// The port that a destination means which names none: the service's only one.
    pub(super) fn port(&self, port: u16) -> u16 {
        match self.document.clusters.as_slice() {
            [first, rest @ ..] if port == 0 && rest.iter().all(|one| one.port == first.port) => {
                first.port
            }
            _ => port,
        }
    }

    pub(super) fn cluster(&self, port: u16, subset: &str) -> Option<&ClusterEntry> {
        let mut clusters = self.document.clusters.iter();
        clusters.find(|one| (one.port == port || one.port == 0) && one.subset == subset)
    }

    /// Whether the service has `port`.
    pub(super) fn has_port(&self, port: u16) -> bool {
        self.document.clusters.is_empty() || self.cluster(port, "").is_some()
    }

    /// Whether connections to `port` are passed on unread.
    pub(super) fn is_opaque(&self, port: u16) -> bool {
        self.cluster(port, "").is_some_and(|one| {
            matches!(
                one.protocol,
                Protocol::Tcp | Protocol::Tls | Protocol::Https
            )
        })
    }
}
