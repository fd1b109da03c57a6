//! `Source`: a child process that makes documents.

use std::sync::{Mutex, PoisonError};

use app::Feed;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde_json::json;

use crate::error;

/// A started child with its first documents; [`crate::run`] takes it.
#[pyclass(frozen, module = "pymesh._core")]
pub(crate) struct Source(Mutex<Option<app::Source>>);

#[pymethods]
impl Source {
    #[new]
    fn new(py: Python<'_>, command: Vec<String>) -> PyResult<Self> {
        let started = py.detach(|| app::Source::start(command));
        let source = started.map_err(|error| error::translate(&error))?;
        Ok(Self(Mutex::new(Some(source))))
    }

    /// The listeners and plugins of the first documents, as JSON.
    fn prerequisites<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let source = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(source) = &*source else {
            return Err(taken());
        };
        let documents = source.documents();
        let text = json!({"listeners": documents.listeners, "plugins": documents.plugins});
        Ok(PyBytes::new(py, text.to_string().as_bytes()))
    }
}

fn taken() -> PyErr {
    PyValueError::new_err("the source serves a proxy already")
}

/// What `run` is given: documents as JSON, or a [`Source`].
pub(crate) fn feed(given: &Bound<'_, PyAny>) -> PyResult<Feed> {
    if let Ok(json) = given.cast::<PyBytes>() {
        return Ok(crate::read_documents(json.as_bytes())?.into());
    }
    let source = given
        .cast::<Source>()
        .map_err(|_| PyTypeError::new_err("documents must be bytes or a Source"))?;
    let mut source = source
        .get()
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let source = source.take().ok_or_else(taken)?;
    Ok(Feed::Source(Box::new(source)))
}
