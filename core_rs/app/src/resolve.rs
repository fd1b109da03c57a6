//! Endpoints that are known by name: looked up at the start and every few seconds.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use model::snapshot::Snapshot;
use model::wire::{Documents, EndpointEntry, EndpointsDocument, SLICE_ENDPOINTS};
use proxy::telemetry::{MetricsRegistry, log};

use crate::error::Error;
use crate::settings::{NamedEndpoint, NamedEndpoints};

/// How often names are looked up.
const PERIOD: Duration = Duration::from_secs(5);
/// How long one look-up may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many addresses of one name are used.
const ADDRESSES: usize = 64;

/// Puts the addresses of named endpoints into `documents`.
///
/// A slice that `documents` hold already stays as it is if a name of it cannot be found.
pub(crate) async fn fill(named: &[NamedEndpoints], documents: &mut Documents) -> Result<(), Error> {
    for slice in named {
        let place = documents
            .endpoints
            .iter()
            .position(|it| it.service == slice.service && it.slice == slice.slice);
        match (look_up(slice).await, place) {
            (Ok(found), Some(place)) => documents.endpoints[place] = found,
            (Ok(found), None) => documents.endpoints.push(found),
            (Err((host, error)), Some(_)) => {
                log::warn(format_args!(
                    "cannot resolve {host}: {error}; its known address is used"
                ));
            }
            (Err((host, source)), None) => {
                return Err(Error::Unavailable { what: host, source });
            }
        }
    }
    Ok(())
}

/// Keeps the endpoints of named slices up to date.
pub(crate) struct Resolver {
    named: Vec<NamedEndpoints>,
    snapshot: Arc<ArcSwap<Snapshot>>,
    metrics: Arc<MetricsRegistry>,
    /// What is in force, by service and slice.
    last: HashMap<(String, String), EndpointsDocument>,
}

impl Resolver {
    /// For the slices `named`, of which `documents` say what is in force.
    pub(crate) fn new(
        named: &[NamedEndpoints],
        documents: &Documents,
        snapshot: Arc<ArcSwap<Snapshot>>,
        metrics: Arc<MetricsRegistry>,
    ) -> Self {
        let key = |it: &EndpointsDocument| (it.service.clone(), it.slice.clone());
        let last = documents.endpoints.iter().map(|it| (key(it), it.clone()));
        Self {
            named: named.to_vec(),
            snapshot,
            metrics,
            last: last.collect(),
        }
    }

    /// Looks the names up for ever.
    pub(crate) async fn run(mut self) {
        loop {
            tokio::time::sleep(PERIOD).await;
            self.refresh().await;
        }
    }

    /// Looks the names up once and replaces the endpoints that have changed. A name that is not
    /// found keeps its last addresses.
    async fn refresh(&mut self) {
        for slice in &self.named {
            let found = match look_up(slice).await {
                Ok(found) => found,
                Err((host, error)) => {
                    log::limited(
                        log::Level::Warn,
                        Duration::from_mins(1),
                        &format!("resolve {host}"),
                        format_args!("cannot resolve {host}: {error}; its last addresses are used"),
                    );
                    continue;
                }
            };
            let key = (slice.service.clone(), slice.slice.clone());
            if self.last.get(&key) == Some(&found) {
                continue;
            }
            match self.snapshot.load().with_endpoints(&slice.service, &found) {
                Ok(changed) => {
                    self.metrics.set_generation(changed.generation());
                    self.snapshot.store(Arc::new(changed));
                    log::debug(format_args!("{} has new addresses", slice.service));
                    self.last.insert(key, found);
                }
                Err(error) => log::error(format_args!("cannot use resolved addresses: {error}")),
            }
        }
    }
}

/// The endpoints of a slice, or the name that could not be found.
async fn look_up(slice: &NamedEndpoints) -> Result<EndpointsDocument, (String, io::Error)> {
    let mut endpoints: Vec<EndpointEntry> = Vec::new();
    for NamedEndpoint { host, port, weight } in &slice.endpoints {
        let look_up = tokio::net::lookup_host((host.as_str(), *port));
        let found = match tokio::time::timeout(PATIENCE, look_up).await {
            Ok(Ok(found)) => choose(found),
            Ok(Err(error)) => return Err((host.clone(), error)),
            Err(_) => return Err((host.clone(), io::ErrorKind::TimedOut.into())),
        };
        if found.is_empty() {
            return Err((host.clone(), io::ErrorKind::NotFound.into()));
        }
        for address in found {
            if !endpoints.iter().any(|known| known.address == address) {
                endpoints.push(EndpointEntry {
                    address,
                    weight: *weight,
                });
            }
        }
    }
    endpoints.truncate(SLICE_ENDPOINTS);
    Ok(EndpointsDocument {
        service: slice.service.clone(),
        slice: slice.slice.clone(),
        endpoints,
    })
}

/// All addresses of one family, in an order that does not change from look-up to look-up. IPv4
/// comes before IPv6 because `localhost` often has both, and most servers there listen on
/// 127.0.0.1 only.
fn choose(found: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let mut found: Vec<_> = found.collect();
    found.sort_unstable();
    found.dedup();
    if found.iter().any(SocketAddr::is_ipv4) {
        found.retain(SocketAddr::is_ipv4);
    }
    found.truncate(ADDRESSES);
    found
}

#[cfg(test)]
mod tests {
    use proxy::telemetry::Workload;

    use super::*;

    /// Refused by the resolver itself: a label has at most 63 bytes (RFC 1035 section 2.3.4).
    const NO_NAME: &str =
        "no-such-name-because-no-label-of-a-name-may-be-longer-than-sixty-three-bytes.invalid";

    fn named(host: &str, service: &str) -> NamedEndpoints {
        NamedEndpoints {
            service: service.into(),
            slice: String::new(),
            endpoints: vec![NamedEndpoint {
                host: host.into(),
                port: 80,
                weight: 3,
            }],
        }
    }

    fn run(future: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
            .block_on(future);
    }

    #[test]
    fn names_become_addresses_and_known_ones_stay_if_a_name_is_gone() {
        run(async {
            let mut documents = Documents::default();
            let localhost = [
                named("localhost", "default/a"),
                named("127.0.0.9", "default/b"),
            ];
            fill(&localhost, &mut documents).await.expect("found");
            let addresses: Vec<_> = documents
                .endpoints
                .iter()
                .map(|it| (it.service.as_str(), it.endpoints[0].address.to_string()))
                .collect();
            let expected = [("default/a", "127.0.0.1:80"), ("default/b", "127.0.0.9:80")];
            assert_eq!(
                addresses,
                expected.map(|(service, it)| (service, it.to_owned()))
            );
            assert_eq!(documents.endpoints[0].endpoints[0].weight, 3);

            let before = documents.clone();
            let gone = [named(NO_NAME, "default/a")];
            fill(&gone, &mut documents).await.expect("known before");
            assert_eq!(documents, before);
            let gone = [named(NO_NAME, "default/new")];
            let error = fill(&gone, &mut documents).await.expect_err("never known");
            assert_eq!(error.code(), "unavailable");
        });
    }

    #[test]
    fn a_change_of_addresses_swaps_the_endpoints_of_its_service_alone() {
        run(async {
            let json = br#"{"services": [{"namespace": "default", "name": "a", "host": "a"},
                {"namespace": "default", "name": "b", "host": "b"}],
                "endpoints": [{"service": "default/a", "endpoints": [{"address": "127.0.0.9:80"}]},
                {"service": "default/b", "endpoints": [{"address": "127.0.0.9:80"}]}]}"#;
            let documents = Documents::parse(json).expect("valid");
            let snapshot = Snapshot::compile(&documents).expect("valid");
            let snapshot = Arc::new(ArcSwap::from_pointee(snapshot));
            let metrics = Arc::new(MetricsRegistry::new(&Workload::default()));
            let names = [named("localhost", "default/a"), named(NO_NAME, "default/b")];
            let mut resolver = Resolver::new(&names, &documents, Arc::clone(&snapshot), metrics);
            let addresses = || -> Vec<_> {
                let snapshot = snapshot.load();
                let clusters = snapshot.clusters().map(|it| it.endpoints.list()[0].address);
                clusters.map(|it| it.to_string()).collect()
            };
            resolver.refresh().await;
            assert_eq!(addresses(), ["127.0.0.1:80", "127.0.0.9:80"]);
            let generation = snapshot.load().generation();
            resolver.refresh().await;
            assert_eq!(snapshot.load().generation(), generation);
        });
    }

    #[test]
    fn one_family_is_chosen_and_ordered() {
        let parse = |texts: &[&str]| -> Vec<SocketAddr> {
            texts
                .iter()
                .map(|it| it.parse().expect("an address"))
                .collect()
        };
        let chosen =
            choose(parse(&["[::1]:1", "10.0.0.2:1", "10.0.0.1:1", "10.0.0.2:1"]).into_iter());
        assert_eq!(chosen, parse(&["10.0.0.1:1", "10.0.0.2:1"]));
        assert_eq!(choose(parse(&["[::1]:1"]).into_iter()), parse(&["[::1]:1"]));
    }
}
