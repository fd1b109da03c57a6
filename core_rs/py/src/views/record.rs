//! `Record`: one finished request, in a batch that shares its memory.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use model::request::RequestView;
use model::snapshot::Cluster;
use proxy::telemetry::{Flags, Record as ProxyRecord};
use pyo3::prelude::*;
use pyo3::types::PyString;

/// The requests that ended on one worker since its last batch.
#[derive(Debug)]
pub(crate) struct Batch {
    text: String,
    entries: Vec<Entry>,
    /// One moment on both clocks, to tell the time of day of each request.
    base: (Instant, SystemTime),
}

#[derive(Debug)]
struct Entry {
    method: Range<usize>,
    authority: Range<usize>,
    path: Range<usize>,
    reason: Range<usize>,
    identity: Option<Range<usize>>,
    record: ProxyRecord,
    address: std::net::SocketAddr,
    client: std::net::IpAddr,
}

impl Batch {
    /// An empty batch with room for `records`.
    pub(crate) fn new(records: usize) -> Self {
        Self {
            text: String::with_capacity(records * 64),
            entries: Vec::with_capacity(records),
            base: (Instant::now(), SystemTime::now()),
        }
    }

    /// How many requests it holds.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Copies one request into it.
    pub(crate) fn push(&mut self, request: &RequestView<'_>, record: &ProxyRecord) {
        let text = &mut self.text;
        let mut put = |part: &str| {
            let start = text.len();
            text.push_str(part);
            start..text.len()
        };
        self.entries.push(Entry {
            method: put(request.method),
            authority: put(request.authority),
            path: put(request.path),
            reason: put(&record.reason),
            identity: request.peer.identity.map(&mut put),
            record: ProxyRecord {
                reason: std::borrow::Cow::Borrowed(""),
                ..record.clone()
            },
            address: request.peer.address,
            client: request.peer.client,
        });
    }
}

/// One finished request.
#[pyclass(frozen, module = "pymesh._core")]
pub(crate) struct Record {
    batch: Arc<Batch>,
    index: usize,
}

impl Record {
    pub(crate) fn new(batch: Arc<Batch>, index: usize) -> Self {
        Self { batch, index }
    }

    fn entry(&self) -> &Entry {
        &self.batch.entries[self.index]
    }

    fn record(&self) -> &ProxyRecord {
        &self.entry().record
    }

    fn text<'py>(&self, py: Python<'py>, range: &Range<usize>) -> Bound<'py, PyString> {
        PyString::new(py, &self.batch.text[range.clone()])
    }
}

#[pymethods]
impl Record {
    #[getter]
    fn time(&self) -> f64 {
        let (instant, system) = self.batch.base;
        let start = self.record().start;
        let time = match start.checked_duration_since(instant) {
            Some(after) => system + after,
            None => system - instant.duration_since(start),
        };
        time.duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0.0, |since| since.as_secs_f64())
    }

    #[getter]
    fn duration_seconds(&self) -> f64 {
        self.record().duration.as_secs_f64()
    }

    #[getter]
    fn upstream_seconds(&self) -> Option<f64> {
        self.record()
            .upstream_duration
            .map(|duration| duration.as_secs_f64())
    }

    #[getter]
    fn method<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        super::text::method(py, &self.batch.text[self.entry().method.clone()])
    }

    #[getter]
    fn authority<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        self.text(py, &self.entry().authority)
    }

    #[getter]
    fn path<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        self.text(py, &self.entry().path)
    }

    #[getter]
    fn status(&self) -> u16 {
        self.record().status
    }

    #[getter]
    fn flags(&self) -> String {
        let flags = self.record().flags;
        if flags == Flags::default() {
            return "-".into();
        }
        flags.names().collect::<Vec<_>>().join(",")
    }

    #[getter]
    fn reason<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        self.text(py, &self.entry().reason)
    }

    #[getter]
    fn request_bytes(&self) -> u64 {
        self.record().request_bytes
    }

    #[getter]
    fn response_bytes(&self) -> u64 {
        self.record().response_bytes
    }

    #[getter]
    fn route(&self) -> Option<&str> {
        self.record().route.as_deref()
    }

    #[getter]
    fn service(&self) -> Option<&str> {
        self.record()
            .cluster
            .as_ref()
            .map(|cluster: &Arc<Cluster>| &*cluster.name)
    }

    #[getter]
    fn endpoint(&self) -> Option<String> {
        self.record().endpoint.map(|endpoint| endpoint.to_string())
    }

    #[getter]
    fn address(&self) -> String {
        self.entry().address.to_string()
    }

    #[getter]
    fn client(&self) -> String {
        self.entry().client.to_string()
    }

    #[getter]
    fn identity<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyString>> {
        self.entry()
            .identity
            .as_ref()
            .map(|identity| self.text(py, identity))
    }

    #[getter]
    fn id(&self) -> Option<&str> {
        let id = std::str::from_utf8(self.record().request_id()).ok()?;
        (!id.is_empty()).then_some(id)
    }

    #[getter]
    fn plugin(&self) -> Option<&str> {
        self.record().plugin.as_deref()
    }

    #[getter]
    fn attempts(&self) -> u32 {
        self.record().attempts
    }

    fn __repr__(&self) -> String {
        let entry = self.entry();
        let text = &self.batch.text;
        format!(
            "Record({} {}{} {})",
            &text[entry.method.clone()],
            &text[entry.authority.clone()],
            &text[entry.path.clone()],
            entry.record.status
        )
    }
}
