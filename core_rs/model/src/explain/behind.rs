//! What is behind a port and a subset of a service.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::directory::{Labels, Service, contains};
use crate::wire::{ClientTlsMode, ClusterEntry, Documents, ServiceKind};

/// The most addresses that explanations show.
const SHOWN: usize = 8;

/// Workloads that policies cannot tell apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Place {
    /// Those of their labels that a policy may ask for.
    pub(super) labels: Labels,
    /// The workload's own port.
    pub(super) port: u16,
}

/// What is behind a port and a subset of a service.
#[derive(Clone, Debug)]
pub(super) struct Behind {
    /// The workloads.
    pub(super) places: Vec<Place>,
    /// How many endpoints there are; none if that is not known.
    pub(super) endpoints: Option<usize>,
    /// The endpoints, as far as explanations show them.
    pub(super) shown: String,
    /// Whether the mesh's policies hold there.
    pub(super) in_mesh: bool,
    /// Whether the client's own TLS settings keep the mesh's identity from being sent.
    pub(super) without_identity: bool,
}

/// The labels that a policy or a peer authentication selects by: no other makes a difference.
pub(super) fn telling_labels(documents: &Documents) -> BTreeSet<String> {
    let policies = documents.policies.iter().map(|one| &one.selector);
    let peers = documents
        .peer_authentications
        .iter()
        .map(|one| &one.selector);
    policies
        .chain(peers)
        .flat_map(|selector| selector.keys().cloned())
        .collect()
}

impl Behind {
    /// What is behind `port` and `subset` of `service`; `telling` are the labels to keep.
    pub(super) fn new(
        service: &Service,
        port: u16,
        subset: &str,
        telling: &BTreeSet<String>,
    ) -> Self {
        let nothing = ClusterEntry::default();
        let whole = service.cluster(port, "").unwrap_or(&nothing);
        let cluster = service.cluster(port, subset).unwrap_or(whole);
        let told = |labels: &Labels| -> Labels {
            // Endpoints that came without labels have those that their service selects.
            let labels = if labels.is_empty() {
                &service.document.selector
            } else {
                labels
            };
            let kept = labels.iter().filter(|(name, _)| telling.contains(*name));
            kept.map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        };
        let serves = |of: u16| of == port || of == 0 || port == 0;
        let addresses = service
            .endpoints
            .iter()
            .filter(|one| serves(one.port))
            .map(|one| (one.address.to_string(), &one.labels, one.address.port()));
        let names = service
            .names
            .iter()
            .filter(|one| serves(one.service_port))
            .map(|one| (format!("{}:{}", one.host, one.port), &one.labels, one.port));
        let all: Vec<_> = addresses
            .chain(names)
            .filter(|(_, labels, _)| contains(labels, &cluster.labels))
            .collect();
        let mut places: Vec<Place> = all
            .iter()
            .map(|(_, labels, port)| Place {
                labels: told(labels),
                port: *port,
            })
            .collect();
        let known = service.document.known_endpoints
            || !service.endpoints.is_empty()
            || !service.names.is_empty();
        if !known {
            let mut labels = service.document.selector.clone();
            labels.extend(cluster.labels.clone());
            let target = [cluster.target_port, whole.target_port, port];
            places.push(Place {
                labels: told(&labels),
                port: target
                    .into_iter()
                    .find(|&port| port != 0)
                    .unwrap_or_default(),
            });
        }
        places.sort();
        places.dedup();
        let policy = cluster.policy.as_ref().or(whole.policy.as_ref());
        let tls = policy.and_then(|policy| policy.tls.as_ref());
        Self {
            places,
            endpoints: known.then_some(all.len()),
            shown: shown(all.iter().map(|(address, ..)| address.as_str())),
            in_mesh: service.document.kind == ServiceKind::Service
                || !service.document.selector.is_empty()
                || service
                    .endpoints
                    .iter()
                    .any(|one| !one.service_account.is_empty()),
            without_identity: tls.is_some_and(|tls| tls.mode != ClientTlsMode::IstioMutual),
        }
    }
}

/// The first of `addresses`, and how many more there are.
fn shown<'a>(addresses: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = addresses.len().saturating_sub(SHOWN);
    let mut text = addresses.take(SHOWN).collect::<Vec<_>>().join(", ");
    if more > 0 {
        // Writing to a String cannot fail.
        let _ = write!(text, " and {more} more");
    }
    text
}
