//! The matcher and the authorization engine, asked without a socket.

use model::Documents;
use model::explain;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error;

/// Compiled documents that answer questions; shared between threads.
#[pyclass(frozen, module = "pymesh._core")]
pub(crate) struct Engine(explain::Engine);

#[pymethods]
impl Engine {
    #[new]
    fn new(py: Python<'_>, documents: &[u8]) -> PyResult<Self> {
        let compiled = py.detach(|| Documents::parse(documents).and_then(explain::Engine::compile));
        compiled
            .map(Self)
            .map_err(|error| error::bad_document(error.to_string()))
    }

    #[pyo3(signature = (lines, tree = false))]
    fn answer<'py>(&self, py: Python<'py>, lines: &[u8], tree: bool) -> Bound<'py, PyBytes> {
        let answers = py.detach(|| self.0.answer_lines(lines, tree));
        PyBytes::new(py, &answers)
    }
}
