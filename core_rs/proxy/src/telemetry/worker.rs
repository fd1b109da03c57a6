//! One worker's end of telemetry.

use std::borrow::Cow;
use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::Arc;

use model::request::RequestView;
use rustc_hash::FxHashMap;

use super::access_log::{AccessLog, AccessLogWriter};
use super::audit::{Audit, AuditWriter, Decision, Verdict};
use super::counters::{EndpointCounters, Family, WorkerCounters};
use super::number::Number;
use super::record::Record;
use super::registry::MetricsRegistry;
use super::series::Cache;

/// Counts and logs the requests of one worker. It lives on the worker's thread.
pub struct Telemetry {
    registry: Arc<MetricsRegistry>,
    worker: usize,
    counters: Arc<WorkerCounters>,
    series: RefCell<Cache>,
    /// Few enough that a linear search is quickest.
    labelled: RefCell<Vec<(Family, &'static str, Arc<Number>)>>,
    access_log: Option<RefCell<AccessLog>>,
    audit: Option<Audit>,
    /// By verdict, then by policy.
    decisions: RefCell<[FxHashMap<Arc<str>, Arc<Number>>; Verdict::ALL.len()]>,
}

impl Telemetry {
    /// The telemetry of `worker`, which counts from 0. Two workers must not share a number.
    #[must_use]
    pub fn new(
        registry: &Arc<MetricsRegistry>,
        worker: usize,
        access_log: Option<AccessLogWriter>,
    ) -> Self {
        let counters = Arc::new(WorkerCounters::default());
        registry.add_worker(Arc::clone(&counters));
        if let Some(writer) = &access_log {
            registry.set_access_log(writer.counters());
        }
        Self {
            registry: Arc::clone(registry),
            worker,
            counters,
            series: RefCell::default(),
            labelled: RefCell::default(),
            access_log: access_log.map(|writer| RefCell::new(AccessLog::new(writer))),
            audit: None,
            decisions: RefCell::default(),
        }
    }

    /// The same, with an audit log.
    #[must_use]
    pub fn with_audit(mut self, writer: AuditWriter) -> Self {
        self.registry.set_audit(writer.counters());
        self.audit = Some(Audit::new(writer));
        self
    }

    /// Counts one finished request and adds its line to the access log.
    ///
    /// A message that could not be parsed is reported, too, with an empty view. Costs no
    /// allocation, lock or system call unless the series is new or the log's block is full.
    pub fn report(&self, request: &RequestView<'_>, record: &Record) {
        let mut series = self.series.borrow_mut();
        if !series.observe(record) {
            let found = self.registry.series(self.worker, record);
            found.observe(record);
            series.insert(record, found);
        }
        // reasons that a plugin makes up are not bounded
        if let Cow::Borrowed(reason) = record.reason
            && !reason.is_empty()
        {
            self.count(Family::Errors, reason);
        }
        if let Some(log) = &self.access_log {
            log.borrow_mut().append(request, record);
        }
    }

    /// Notes an accepted client connection.
    pub fn connection_opened(&self) {
        self.counters.connections.increment();
        self.counters.connections_active.increment();
    }

    /// Notes the end of a client connection.
    pub fn connection_closed(&self) {
        self.counters.connections_active.decrement();
    }

    /// The worker's counts; only this worker's thread may add to them.
    #[must_use]
    pub fn counters(&self) -> &WorkerCounters {
        &self.counters
    }

    /// Counts one more of `label`, which must be one of few texts of the program.
    pub fn count(&self, family: Family, label: &'static str) {
        let mut labelled = self.labelled.borrow_mut();
        if let Some((_, _, number)) = labelled.iter().find(|it| it.0 == family && it.1 == label) {
            number.increment();
        } else {
            let number = self.registry.labelled(family, label);
            number.increment();
            labelled.push((family, label, number));
        }
    }

    /// Whether [`Telemetry::decided`] is to be told of requests that were let pass.
    #[must_use]
    pub fn wants_grants(&self) -> bool {
        self.audit
            .as_ref()
            .is_some_and(|audit| audit.wants(Verdict::Allow))
    }

    /// Counts what a policy decided and writes it to the audit log. Allocates.
    pub fn decided(&self, decision: &Decision<'_>, request: &RequestView<'_>, record: &Record) {
        let policy = decision.policy.unwrap_or_default();
        let mut decisions = self.decisions.borrow_mut();
        let counted = &mut decisions[decision.verdict as usize];
        if let Some(number) = counted.get(policy) {
            number.increment();
        } else {
            let policy: Arc<str> = policy.into();
            let number = self.registry.decisions(decision.verdict, &policy);
            number.increment();
            counted.insert(policy, number);
        }
        if let Some(audit) = self
            .audit
            .as_ref()
            .filter(|audit| audit.wants(decision.verdict))
        {
            audit.append(decision, request, record.request_id(), record.start);
        }
    }

    /// New counts of one endpoint of the cluster named `cluster`, to be kept by this worker for as
    /// long as it uses the endpoint. Takes a lock and allocates.
    #[must_use]
    pub fn endpoint(&self, cluster: &Arc<str>, address: SocketAddr) -> Arc<EndpointCounters> {
        self.registry.endpoint(cluster, address)
    }

    /// Hands what was logged to the writer. Called every 100 ms and when the worker ends.
    pub fn flush(&self) {
        if let Some(log) = &self.access_log {
            log.borrow_mut().flush();
        }
        if let Some(audit) = &self.audit {
            audit.flush();
        }
    }
}
