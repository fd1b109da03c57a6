//! Endpoints that are known by name: looked up at the start and every few seconds.

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use model::wire::{Documents, EndpointEntry, EndpointsDocument, NamesDocument, SLICE_ENDPOINTS};
use proxy::telemetry::log;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::configuration::Configuration;
use crate::error::Error;

/// How often names are looked up.
const PERIOD: Duration = Duration::from_secs(5);
/// How long one look-up may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many slices are looked up at once, so that one that takes its time holds up no other.
const AT_ONCE: usize = 16;
/// How many addresses of one name are used.
const ADDRESSES: usize = 64;

/// The endpoints of a slice, or the name that could not be found.
type Found = Result<EndpointsDocument, (String, io::Error)>;

/// Keeps the endpoints of named slices up to date.
pub(crate) struct Resolver {
    names: Vec<NamesDocument>,
    /// What is known, by service and slice.
    known: HashMap<(String, String), EndpointsDocument>,
    /// To be looked up in this round.
    waiting: Vec<NamesDocument>,
    /// Being looked up.
    running: JoinSet<(NamesDocument, Found)>,
    /// When the next round begins.
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
            names: documents.names.clone(),
            known: HashMap::new(),
            waiting: documents.names.clone(),
            running: JoinSet::new(),
            next: Instant::now() + PERIOD,
        };
        while let Some((slice, found)) = resolver.looked_up().await {
            match found {
                Ok(found) => drop(resolver.known.insert(key(&slice), found)),
                Err((host, error)) if sourced => not_found(&host, &error),
                Err((what, source)) => return Err(Error::Unavailable { what, source }),
            }
        }
        resolver.complete(documents);
        Ok(resolver)
    }

    /// Puts the addresses into `documents` that are known of its names.
    pub(crate) fn complete(&self, documents: &mut Documents) {
        let keys = documents.names.iter().map(key);
        let known = keys.filter_map(|key| self.known.get(&key).cloned());
        documents.endpoints.extend(known);
    }

    /// Turns to the names of documents that are in force now. Those that are new, or not known
    /// yet, are looked up at once.
    pub(crate) fn follow(&mut self, names: Vec<NamesDocument>) {
        let before: HashMap<_, _> = self.names.drain(..).map(|it| (key(&it), it)).collect();
        let wanted: HashSet<_> = names.iter().map(key).collect();
        self.known.retain(|key, _| wanted.contains(key));
        let is_new = |it: &&NamesDocument| {
            let key = key(it);
            before.get(&key) != Some(*it) || !self.known.contains_key(&key)
        };
        self.waiting = names.iter().filter(is_new).cloned().collect();
        self.names = names;
    }

    /// What has been looked up next; for ever if there are no names. Cancelling it loses nothing.
    pub(crate) async fn next(&mut self) -> (NamesDocument, Found) {
        loop {
            if let Some(done) = self.looked_up().await {
                return done;
            }
            if self.names.is_empty() {
                return std::future::pending().await;
            }
            tokio::time::sleep_until(self.next).await;
            self.next = Instant::now() + PERIOD;
            self.waiting.clone_from(&self.names);
        }
    }

    /// The next that has been looked up in this round; `None` at its end.
    async fn looked_up(&mut self) -> Option<(NamesDocument, Found)> {
        loop {
            while self.running.len() < AT_ONCE
                && let Some(slice) = self.waiting.pop()
            {
                self.running.spawn(async {
                    let found = look_up(&slice).await;
                    (slice, found)
                });
            }
            // One that failed to run is looked up again in the next round.
            if let Ok(done) = self.running.join_next().await? {
                return Some(done);
            }
        }
    }

    /// Replaces the endpoints of a slice if they have changed. A name that is not found keeps its
    /// last addresses.
    pub(crate) fn apply(
        &mut self,
        slice: &NamesDocument,
        found: Found,
        configuration: &Configuration,
    ) {
        if !self.names.contains(slice) {
            return; // new documents came while it was looked up
        }
        let found = match found {
            Ok(found) => found,
            Err((host, error)) => return not_found(&host, &error),
        };
        if self.known.get(&key(slice)) == Some(&found) {
            return;
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

async fn look_up(slice: &NamesDocument) -> Found {
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
mod tests;
