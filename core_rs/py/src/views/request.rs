//! `Request`, `Peer` and `Route`.

use std::sync::OnceLock;

use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use super::headers::Headers;
use super::{Side, Source, fields, is_shared, once, text};

/// The request's head.
#[pyclass(frozen, module = "pymesh._core")]
pub(crate) struct Request {
    source: Source,
    headers: OnceLock<Py<Headers>>,
    peer: OnceLock<Py<Peer>>,
}

impl Request {
    pub(super) fn new(source: Source) -> Self {
        Self {
            source,
            headers: OnceLock::new(),
            peer: OnceLock::new(),
        }
    }

    pub(super) fn headers(&self, py: Python<'_>) -> PyResult<&Py<Headers>> {
        let make = || Py::new(py, Headers::new(self.source.clone(), Side::Request));
        once(&self.headers, make)
    }

    pub(super) fn peer(&self, py: Python<'_>) -> PyResult<&Py<Peer>> {
        let make = || {
            Py::new(
                py,
                Peer {
                    source: self.source.clone(),
                },
            )
        };
        once(&self.peer, make)
    }

    /// Whether a hook kept one of the objects that this one holds.
    pub(super) fn holds_kept(&self, py: Python<'_>) -> bool {
        self.headers
            .get()
            .is_some_and(|headers| is_shared(py, headers))
            || self.peer.get().is_some_and(|peer| is_shared(py, peer))
    }
}

/// The host of an authority, without port.
fn host(authority: &str) -> &str {
    if authority.starts_with('[') {
        return authority.split_inclusive(']').next().unwrap_or(authority);
    }
    authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host)
}

#[pymethods]
impl Request {
    #[getter]
    fn method<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        self.source
            .with(|data| text::method(py, data.request.method))
    }

    #[getter]
    fn scheme<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        self.source
            .with(|data| PyString::new(py, data.request.scheme))
    }

    #[getter]
    fn authority<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        self.source
            .with(|data| PyString::new(py, data.request.authority))
    }

    #[getter]
    fn host(&self) -> PyResult<String> {
        self.source
            .with(|data| host(data.request.authority).to_ascii_lowercase())
    }

    #[getter]
    fn path<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        self.source
            .with(|data| PyString::new(py, data.request.path))
    }

    #[getter]
    fn query<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        self.source
            .with(|data| data.request.query.map(|query| PyString::new(py, query)))
    }

    #[getter(headers)]
    fn get_headers(&self, py: Python<'_>) -> PyResult<Py<Headers>> {
        self.headers(py).map(|headers| headers.clone_ref(py))
    }

    #[getter(peer)]
    fn get_peer(&self, py: Python<'_>) -> PyResult<Py<Peer>> {
        self.peer(py).map(|peer| peer.clone_ref(py))
    }

    #[getter]
    fn id<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        self.source.with(|data| {
            let edits = data.edits.borrow();
            let id = fields::first(data.request.headers, &edits, "x-request-id");
            id.map(|id| text::latin1(py, id))
        })
    }

    fn __repr__(&self) -> PyResult<String> {
        self.source.with(|data| {
            let request = &data.request;
            format!(
                "Request({} {}{})",
                request.method, request.authority, request.path
            )
        })
    }
}

/// Who sent the request.
#[pyclass(frozen, module = "pymesh._core")]
pub(crate) struct Peer {
    source: Source,
}

#[pymethods]
impl Peer {
    #[getter]
    fn address(&self) -> PyResult<String> {
        self.source
            .with(|data| data.request.peer.address.to_string())
    }

    #[getter]
    fn client(&self) -> PyResult<String> {
        self.source
            .with(|data| data.request.peer.client.to_string())
    }

    #[getter]
    fn identity<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        let identity = |identity: &str| PyString::new(py, identity);
        self.source
            .with(|data| data.request.peer.identity.map(identity))
    }

    fn __repr__(&self) -> PyResult<String> {
        self.source
            .with(|data| format!("Peer({})", data.request.peer.address))
    }
}

/// The route that the request matched.
#[pyclass(frozen, module = "pymesh._core")]
pub(crate) struct Route {
    source: Source,
}

impl Route {
    pub(super) fn new(source: Source) -> Self {
        Self { source }
    }
}

#[pymethods]
impl Route {
    #[getter]
    fn name<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        self.source
            .with(|data| PyString::new(py, data.route.map_or("", |route| route.name)))
    }

    #[getter]
    fn services<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let services = self.source.with(|data| {
            data.route
                .map(|route| route.services.to_vec())
                .unwrap_or_default()
        })?;
        PyTuple::new(py, services.iter().map(AsRef::<str>::as_ref))
    }

    #[getter]
    fn service<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        self.source
            .with(|data| PyString::new(py, data.route.map_or("", |route| route.service)))
    }

    fn __repr__(&self) -> PyResult<String> {
        self.source
            .with(|data| format!("Route({})", data.route.map_or("", |route| route.name)))
    }
}
