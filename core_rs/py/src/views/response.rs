//! `Response`.

use pyo3::exceptions::{PyTypeError, PyValueError};
use std::sync::OnceLock;

use pyo3::prelude::*;

use super::headers::Headers;
use super::{Side, Source, is_shared, once};

/// The response's head.
#[pyclass(frozen, module = "pymesh._core")]
pub(crate) struct Response {
    source: Source,
    headers: OnceLock<Py<Headers>>,
}

impl Response {
    pub(super) fn new(source: Source) -> Self {
        Self {
            source,
            headers: OnceLock::new(),
        }
    }

    pub(super) fn holds_kept(&self, py: Python<'_>) -> bool {
        self.headers
            .get()
            .is_some_and(|headers| is_shared(py, headers))
    }
}

#[pymethods]
impl Response {
    #[getter]
    fn status(&self) -> PyResult<u16> {
        self.source.with(|data| match data.status.get() {
            0 => data.response.as_ref().map_or(0, |response| response.status),
            status => status,
        })
    }

    #[setter]
    fn set_status(&self, status: u16) -> PyResult<()> {
        if !(200..=599).contains(&status) {
            return Err(PyValueError::new_err(format!(
                "the status is 200..599, not {status}"
            )));
        }
        if self.source.editable().get() != Some(Side::Response) {
            return Err(PyTypeError::new_err(
                "the status can be set in on_response only",
            ));
        }
        self.source.with(|data| data.status.set(status))
    }

    #[getter]
    fn headers(&self, py: Python<'_>) -> PyResult<Py<Headers>> {
        let make = || Py::new(py, Headers::new(self.source.clone(), Side::Response));
        once(&self.headers, make).map(|headers| headers.clone_ref(py))
    }

    fn __repr__(&self) -> PyResult<String> {
        Ok(format!("Response({})", self.status()?))
    }
}
