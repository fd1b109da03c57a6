//! The four metrics of each kind of request.

use std::collections::HashMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::histogram::{DURATION, Histogram, SIZE, Sum};
use super::labels::{self, Distinction};
use super::record::{Flags, Record};

/// One worker's numbers of one series. The count of requests is that of the durations.
#[derive(Debug, Default)]
pub(super) struct Series {
    duration: Histogram,
    request_bytes: Histogram,
    response_bytes: Histogram,
}

impl Series {
    pub(super) fn observe(&self, record: &Record) {
        let micros = u64::try_from(record.duration.as_micros()).unwrap_or(u64::MAX);
        self.duration.observe(&DURATION, micros);
        self.request_bytes.observe(&SIZE, record.request_bytes);
        self.response_bytes.observe(&SIZE, record.response_bytes);
    }
}

/// One series of all workers.
#[derive(Debug)]
struct Shared {
    /// Each followed by a comma.
    labels: Arc<str>,
    /// By worker, none where that worker has not met the series.
    workers: Vec<Option<Arc<Series>>>,
}

impl Shared {
    fn new(labels: String) -> Self {
        Self {
            labels: labels.into(),
            workers: Vec::new(),
        }
    }

    fn worker(&mut self, worker: usize) -> Arc<Series> {
        if self.workers.len() <= worker {
            self.workers.resize_with(worker + 1, || None);
        }
        self.workers[worker].get_or_insert_default().clone()
    }

    /// The sums over all workers: durations, request bytes, response bytes.
    fn sums(&self) -> [Sum; 3] {
        let mut sums = [Sum::default(); 3];
        for series in self.workers.iter().flatten() {
            sums[0].add(&series.duration);
            sums[1].add(&series.request_bytes);
            sums[2].add(&series.response_bytes);
        }
        sums
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    cluster: Option<Arc<str>>,
    status: u16,
    flags: u32,
}

/// All series, by what tells them apart.
#[derive(Debug)]
pub(super) struct Table {
    index: HashMap<Key, usize>,
    /// The first takes what is over the cap.
    all: Vec<Shared>,
    cap: usize,
    /// How often a new series was refused because of the cap.
    pub(super) refused: u64,
}

impl Table {
    pub(super) fn new(cap: usize) -> Self {
        Self {
            index: HashMap::new(),
            all: vec![Shared::new(labels::other())],
            cap,
            refused: 0,
        }
    }

    /// The worker's numbers of the series that `record` belongs to; made if it is new.
    pub(super) fn find(&mut self, worker: usize, record: &Record) -> Arc<Series> {
        let cluster = record.cluster.as_deref();
        let key = Key {
            cluster: cluster.map(|it| Arc::clone(&it.name)),
            status: record.status,
            flags: record.flags.bits(),
        };
        let place = if let Some(place) = self.index.get(&key) {
            *place
        } else if self.index.len() < self.cap {
            self.all.push(Shared::new(labels::series(&Distinction {
                cluster,
                status: record.status,
                flags: record.flags,
            })));
            self.index.insert(key, self.all.len() - 1);
            self.all.len() - 1
        } else {
            self.refused += 1;
            0
        };
        self.all[place].worker(worker)
    }

    /// Labels and sums of the series at `place`, counted from 0; none behind the last.
    pub(super) fn get(&self, place: usize) -> Option<(Arc<str>, [Sum; 3])> {
        let shared = self.all.get(place)?;
        Some((Arc::clone(&shared.labels), shared.sums()))
    }
}

/// Finds a worker's series without the table's lock.
#[derive(Debug, Default)]
pub(super) struct Cache {
    entries: FxHashMap<(usize, u16, Flags), Entry>,
}

#[derive(Debug)]
struct Entry {
    series: Arc<Series>,
    /// Keeps the name's address from being used by another one, as the address is the key.
    _cluster: Option<Arc<str>>,
}

impl Cache {
    /// New configuration brings names at new addresses; past this many entries the cache is
    /// emptied, which costs a look into the table for each series in use.
    const CAPACITY: usize = 1_024;

    /// Observes `record` if its series was met before.
    pub(super) fn observe(&self, record: &Record) -> bool {
        match self.entries.get(&Self::key(record)) {
            Some(entry) => {
                entry.series.observe(record);
                true
            }
            None => false,
        }
    }

    pub(super) fn insert(&mut self, record: &Record, series: Arc<Series>) {
        if self.entries.len() >= Self::CAPACITY {
            self.entries.clear();
        }
        let entry = Entry {
            series,
            _cluster: record.cluster.as_ref().map(|it| Arc::clone(&it.name)),
        };
        self.entries.insert(Self::key(record), entry);
    }

    fn key(record: &Record) -> (usize, u16, Flags) {
        let cluster = record
            .cluster
            .as_ref()
            .map_or(0, |it| it.name.as_ptr().addr());
        (cluster, record.status, record.flags)
    }
}
