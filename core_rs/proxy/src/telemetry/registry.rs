//! The numbers of all workers, in one place.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use super::access_log::AccessLogCounters;
use super::audit::{AuditCounters, Verdict};
use super::counters::{EndpointCounters, Family, WorkerCounters};
use super::labels::{self, Workload};
use super::number::Number;
use super::record::Record;
use super::scrape::Scrape;
use super::series::{Series, Table};

/// The numbers of all workers, by family and label.
type Labelled = HashMap<(Family, &'static str), Vec<Arc<Number>>>;
/// The decisions of all workers, by verdict and policy.
type Decisions = HashMap<(Verdict, Arc<str>), Vec<Arc<Number>>>;
/// The counts of all workers, by cluster and address.
type Endpoints = HashMap<(Arc<str>, SocketAddr), Vec<Weak<EndpointCounters>>>;

/// What all workers count, read by the admin endpoint.
///
/// Its locks are taken when a worker meets a series, a label or an endpoint for the first time, and
/// when it is scraped; never for a request that is like one before it.
#[derive(Debug)]
pub struct MetricsRegistry {
    /// The labels that all request series share.
    pub(super) common: String,
    series: Mutex<Table>,
    workers: Mutex<Vec<Arc<WorkerCounters>>>,
    labelled: Mutex<Labelled>,
    endpoints: Mutex<Endpoints>,
    decisions: Mutex<Decisions>,
    access_log: OnceLock<Arc<AccessLogCounters>>,
    audit: OnceLock<Arc<AuditCounters>>,
    generation: AtomicU64,
}

/// What all workers together know of one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointReport {
    /// `namespace/service`.
    pub cluster: Arc<str>,
    /// Where it listens.
    pub address: SocketAddr,
    /// Requests in the works now.
    pub active: u64,
    /// Requests sent.
    pub requests: u64,
    /// Requests that failed there.
    pub failures: u64,
    /// Connections open now, idle or not.
    pub open: u64,
    /// Connections that wait in the pool now.
    pub idle: u64,
}

impl MetricsRegistry {
    /// How many request series there may be; what is beyond them is counted as `other`.
    pub const SERIES_CAP: usize = 1_000;

    /// An empty registry for a proxy of `workload`.
    #[must_use]
    pub fn new(workload: &Workload) -> Self {
        Self::with_series_cap(workload, Self::SERIES_CAP)
    }

    /// As [`MetricsRegistry::new`], with at most `cap` request series.
    #[must_use]
    pub fn with_series_cap(workload: &Workload, cap: usize) -> Self {
        Self {
            common: labels::common(workload),
            series: Mutex::new(Table::new(cap)),
            workers: Mutex::default(),
            labelled: Mutex::default(),
            endpoints: Mutex::default(),
            decisions: Mutex::default(),
            access_log: OnceLock::new(),
            audit: OnceLock::new(),
            generation: AtomicU64::new(0),
        }
    }

    /// Notes which configuration is in force.
    pub fn set_generation(&self, generation: u64) {
        self.generation.store(generation, Ordering::Relaxed);
    }

    /// The metrics in the Prometheus text format, piece by piece.
    #[must_use]
    pub fn scrape(self: &Arc<Self>) -> Scrape {
        Scrape::new(Arc::clone(self))
    }

    /// What is known of each endpoint that a worker uses, ordered by cluster and address.
    #[must_use]
    pub fn endpoints(&self) -> Vec<EndpointReport> {
        let mut endpoints = lock(&self.endpoints);
        endpoints.retain(|_, workers| {
            workers.retain(|worker| worker.strong_count() > 0);
            !workers.is_empty()
        });
        let mut reports: Vec<_> = endpoints
            .iter()
            .map(|((cluster, address), workers)| {
                let workers: Vec<_> = workers.iter().filter_map(Weak::upgrade).collect();
                let sum = |read: fn(&EndpointCounters) -> &Number| {
                    workers
                        .iter()
                        .map(|it| read(it).get())
                        .fold(0, u64::wrapping_add)
                };
                EndpointReport {
                    cluster: Arc::clone(cluster),
                    address: *address,
                    active: sum(|it| &it.active),
                    requests: sum(|it| &it.requests),
                    failures: sum(|it| &it.failures),
                    open: sum(|it| &it.open),
                    idle: sum(|it| &it.idle),
                }
            })
            .collect();
        drop(endpoints);
        reports.sort_by(|one, other| {
            (&one.cluster, one.address).cmp(&(&other.cluster, other.address))
        });
        reports
    }

    /// Client connections open now, over all workers.
    #[must_use]
    pub fn connections_active(&self) -> u64 {
        self.sum(|counters| counters.connections_active.get())
    }

    /// Requests in the works now, over all workers.
    #[must_use]
    pub fn requests_active(&self) -> u64 {
        self.sum(|counters| counters.requests_active.get())
    }

    pub(super) fn sum(&self, read: impl Fn(&WorkerCounters) -> u64) -> u64 {
        // wrapping: a gauge is read from one worker after the other
        lock(&self.workers)
            .iter()
            .map(|it| read(it))
            .fold(0, u64::wrapping_add)
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    pub(super) fn add_worker(&self, counters: Arc<WorkerCounters>) {
        lock(&self.workers).push(counters);
    }

    pub(super) fn series(&self, worker: usize, record: &Record) -> Arc<Series> {
        lock(&self.series).find(worker, record)
    }

    pub(super) fn table(&self) -> MutexGuard<'_, Table> {
        lock(&self.series)
    }

    /// A new number of the calling worker, for `label` of `family`.
    pub(super) fn labelled(&self, family: Family, label: &'static str) -> Arc<Number> {
        let number = Arc::new(Number::default());
        lock(&self.labelled)
            .entry((family, label))
            .or_default()
            .push(Arc::clone(&number));
        number
    }

    /// The labels of `family` with their sums, ordered.
    pub(super) fn labelled_sums(&self, family: Family) -> Vec<(&'static str, u64)> {
        let mut sums: Vec<_> = lock(&self.labelled)
            .iter()
            .filter(|((it, _), _)| *it == family)
            .map(|((_, label), numbers)| (*label, numbers.iter().map(|it| it.get()).sum()))
            .collect();
        sums.sort_unstable();
        sums
    }

    /// A new number of the calling worker, for what `policy` decided. Policies are few: they come
    /// from the configuration.
    pub(super) fn decisions(&self, verdict: Verdict, policy: &Arc<str>) -> Arc<Number> {
        let number = Arc::new(Number::default());
        lock(&self.decisions)
            .entry((verdict, Arc::clone(policy)))
            .or_default()
            .push(Arc::clone(&number));
        number
    }

    /// Verdicts and policies with their sums, ordered.
    pub(super) fn decision_sums(&self) -> Vec<(&'static str, Arc<str>, u64)> {
        let mut sums: Vec<_> = lock(&self.decisions)
            .iter()
            .map(|((verdict, policy), numbers)| {
                let sum = numbers.iter().map(|it| it.get()).sum();
                (verdict.name(), Arc::clone(policy), sum)
            })
            .collect();
        sums.sort_unstable();
        sums
    }

    pub(super) fn endpoint(
        &self,
        cluster: &Arc<str>,
        address: SocketAddr,
    ) -> Arc<EndpointCounters> {
        let counters = Arc::new(EndpointCounters::default());
        let mut endpoints = lock(&self.endpoints);
        let workers = endpoints.entry((Arc::clone(cluster), address)).or_default();
        workers.retain(|worker| worker.strong_count() > 0);
        workers.push(Arc::downgrade(&counters));
        counters
    }

    /// Shows the access log's own counts in the metrics.
    pub(super) fn set_access_log(&self, counters: &Arc<AccessLogCounters>) {
        self.access_log.get_or_init(|| Arc::clone(counters));
    }

    /// Shows the audit log's own counts in the metrics.
    pub(super) fn set_audit(&self, counters: &Arc<AuditCounters>) {
        self.audit.get_or_init(|| Arc::clone(counters));
    }

    pub(super) fn audit(&self) -> Option<&AuditCounters> {
        self.audit.get().map(|it| &**it)
    }

    pub(super) fn access_log(&self) -> Option<&AccessLogCounters> {
        self.access_log.get().map(|it| &**it)
    }
}

/// A panic while one of these locks is held leaves numbers that are still numbers.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
