//! Endpoints that are known by name: looked up at the start and every few seconds.

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use model::wire::{Documents, EndpointEntry, EndpointsDocument, NamesDocument, SLICE_ENDPOINTS};
use proxy::telemetry::log;
use tokio::time::Instant;

use crate::configuration::Configuration;
use crate::error::Error;

/// How often names are looked up.
const PERIOD: Duration = Duration::from_secs(5);
/// How long one look-up may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many addresses of one name are used.
const ADDRESSES: usize = 64;

/// Keeps the endpoints of named slices up to date.
pub(crate) struct Resolver {
    names: Vec<NamesDocument>,
    /// What is known, by service and slice.
    known: HashMap<(String, String), EndpointsDocument>,
    /// When they are looked up next.
    next: Instant,
}

impl Resolver {
    /// Looks up the names of `documents` and puts their addresses in.
    ///
    /// # Errors
    /// [`Error::Unavailable`] for a name that is not found, unless `documents` come from a source:
    /// then its service has no endpoint until the name is found.
    pub(crate) async fn start(documents: &mut Documents, sourced: bool) -> Result<Self, Error> {
        let mut resolver = Self {
            names: Vec::new(),
            known: HashMap::new(),
            next: Instant::now() + PERIOD,
        };
        for slice in &documents.names {
            match look_up(slice).await {
                Ok(found) => drop(resolver.known.insert(key(slice), found)),
                Err((host, error)) if sourced => not_found(&host, &error),
                Err((what, source)) => return Err(Error::Unavailable { what, source }),
            }
        }
        resolver.follow(documents);
        Ok(resolver)
    }

    /// Turns to the names of `documents` and puts the addresses in that are known; those that are
    /// not are looked up next.
    pub(crate) fn follow(&mut self, documents: &mut Documents) {
        self.names.clone_from(&documents.names);
        let wanted: HashSet<_> = self.names.iter().map(key).collect();
        self.known.retain(|key, _| wanted.contains(key));
        for slice in &self.names {
            match self.known.get(&key(slice)) {
                Some(found) => documents.endpoints.push(found.clone()),
                None => self.next = Instant::now(),
            }
        }
    }

    /// Waits until the names are to be looked up; for ever if there are none.
    pub(crate) async fn due(&self) {
        if self.names.is_empty() {
            return std::future::pending().await;
        }
        tokio::time::sleep_until(self.next).await;
    }

    /// Looks the names up once and replaces the endpoints that have changed. A name that is not
    /// found keeps its last addresses.
    pub(crate) async fn refresh(&mut self, configuration: &Configuration) {
        for slice in &self.names {
            let found = match look_up(slice).await {
                Ok(found) => found,
                Err((host, error)) => {
                    not_found(&host, &error);
                    continue;
                }
            };
            if self.known.get(&key(slice)) == Some(&found) {
                continue;
            }
            let snapshot = configuration.snapshot.load();
            match snapshot.with_endpoints(&slice.service, &found) {
                Ok(changed) => {
                    configuration.swap(changed);
                    log::debug(format_args!("{} has new addresses", slice.service));
                    self.known.insert(key(slice), found);
                }
                Err(error) => log::error(format_args!("cannot use resolved addresses: {error}")),
            }
        }
        self.next = Instant::now() + PERIOD;
    }
}

fn key(slice: &NamesDocument) -> (String, String) {
    (slice.service.clone(), slice.slice.clone())
}

fn not_found(host: &str, error: &io::Error) {
    log::limited(
        log::Level::Warn,
        Duration::from_mins(1),
        &format!("resolve {host}"),
        format_args!("cannot resolve {host}: {error}; its last addresses are used, if any"),
    );
}

/// The endpoints of a slice, or the name that could not be found.
async fn look_up(slice: &NamesDocument) -> Result<EndpointsDocument, (String, io::Error)> {
    let mut endpoints: Vec<EndpointEntry> = Vec::new();
    for name in &slice.names {
        let host = &name.host;
        let look_up = tokio::net::lookup_host((host.as_str(), name.port));
        let found = match tokio::time::timeout(PATIENCE, look_up).await {
            Ok(Ok(found)) => choose(found),
            Ok(Err(error)) => return Err((host.clone(), error)),
            Err(_) => return Err((host.clone(), io::ErrorKind::TimedOut.into())),
        };
        if found.is_empty() {
            return Err((host.clone(), io::ErrorKind::NotFound.into()));
        }
        for address in found {
            let port = name.service_port;
            let same = |known: &EndpointEntry| (known.address, known.port) == (address, port);
            if !endpoints.iter().any(same) {
                endpoints.push(EndpointEntry {
                    weight: name.weight,
                    port,
                    labels: name.labels.clone(),
                    ..EndpointEntry::new(address)
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
    use std::sync::Arc;

    use proxy::telemetry::{MetricsRegistry, Workload};

    use super::*;

    /// Refused by the resolver itself: a label has at most 63 bytes (RFC 1035 section 2.3.4).
    const NO_NAME: &str =
        "no-such-name-because-no-label-of-a-name-may-be-longer-than-sixty-three-bytes.invalid";

    fn named(host: &str, service: &str) -> NamesDocument {
        let json = format!(
            r#"{{"service": "{service}", "names": [{{"host": "{host}", "port": 80, "weight": 3}}]}}"#
        );
        serde_json::from_str(&json).expect("a names document")
    }

    fn documents(names: Vec<NamesDocument>) -> Documents {
        let json = br#"{"services": [{"namespace": "default", "name": "a", "host": "a"},
            {"namespace": "default", "name": "b", "host": "b"}]}"#;
        Documents {
            names,
            ..Documents::parse(json).expect("valid")
        }
    }

    fn addresses(documents: &Documents) -> Vec<(String, String)> {
        let endpoints = documents.endpoints.iter();
        endpoints
            .map(|it| (it.service.clone(), it.endpoints[0].address.to_string()))
            .collect()
    }

    fn run(future: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
            .block_on(future);
    }

    #[test]
    fn names_become_addresses() {
        run(async {
            let mut found = documents(vec![
                named("localhost", "default/a"),
                named("127.0.0.9", "default/b"),
            ]);
            Resolver::start(&mut found, false).await.expect("found");
            let expected = [("default/a", "127.0.0.1:80"), ("default/b", "127.0.0.9:80")];
            assert_eq!(
                addresses(&found),
                expected.map(|(service, it)| (service.to_owned(), it.to_owned()))
            );
            assert_eq!(found.endpoints[0].endpoints[0].weight, 3);
        });
    }

    #[test]
    fn a_name_that_is_not_found_ends_the_start_unless_a_source_may_mend_it() {
        run(async {
            let mut gone = documents(vec![named(NO_NAME, "default/a")]);
            let error = Resolver::start(&mut gone, false)
                .await
                .err()
                .expect("refused");
            assert_eq!(error.code(), "unavailable");
            Resolver::start(&mut gone, true).await.expect("goes on");
            assert_eq!(addresses(&gone), []);
        });
    }

    #[test]
    fn a_change_of_addresses_swaps_the_endpoints_of_its_service_alone() {
        run(async {
            let mut first = documents(vec![
                named("127.0.0.9", "default/a"),
                named("127.0.0.9", "default/b"),
            ]);
            let mut resolver = Resolver::start(&mut first, false).await.expect("found");
            let metrics = Arc::new(MetricsRegistry::new(&Workload::default()));
            let configuration =
                Configuration::new(first, model::workload::Workload::default(), metrics, None)
                    .expect("valid");
            let addresses = || -> Vec<_> {
                let snapshot = configuration.snapshot.load();
                let clusters = snapshot.clusters().map(|it| it.endpoints.list()[0].address);
                clusters.map(|it| it.to_string()).collect()
            };
            resolver.names = vec![named("localhost", "default/a"), named(NO_NAME, "default/b")];
            resolver.refresh(&configuration).await;
            assert_eq!(addresses(), ["127.0.0.1:80", "127.0.0.9:80"]);
            let generation = configuration.snapshot.load().generation();
            resolver.refresh(&configuration).await;
            assert_eq!(configuration.snapshot.load().generation(), generation);
        });
    }

    #[test]
    fn new_documents_keep_known_addresses_and_have_unknown_names_looked_up() {
        run(async {
            let mut first = documents(vec![named("localhost", "default/a")]);
            let mut resolver = Resolver::start(&mut first, false).await.expect("found");
            let mut next = documents(vec![
                named("localhost", "default/a"),
                named(NO_NAME, "default/b"),
            ]);
            resolver.follow(&mut next);
            assert_eq!(
                addresses(&next),
                [("default/a".to_owned(), "127.0.0.1:80".to_owned())]
            );
            assert!(resolver.next <= Instant::now());
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
