//! `CoreError`: why a proxy did not start, or did not end well.

use pyo3::exceptions::PyException;
use pyo3::prelude::*;

/// The exception of [`crate::run`] and [`crate::compile`].
#[pyclass(extends = PyException, frozen, get_all, module = "pymesh._core")]
pub(crate) struct CoreError {
    /// Stable, for scripts.
    code: String,
    /// What is wrong, in one line.
    message: String,
    /// The process's exit code.
    exit_code: u8,
}

#[pymethods]
impl CoreError {
    #[new]
    #[pyo3(signature = (code, message, exit_code = 1))]
    fn new(code: String, message: String, exit_code: u8) -> Self {
        Self {
            code,
            message,
            exit_code,
        }
    }

    fn __str__(&self) -> &str {
        &self.message
    }
}

/// The data plane's error as a Python exception.
pub(crate) fn translate(error: &app::Error) -> PyErr {
    raise(error.code(), error.to_string(), error.exit_code())
}

/// An error in documents.
pub(crate) fn bad_document(message: String) -> PyErr {
    raise("bad-document", message, 65)
}

fn raise(code: &str, message: String, exit_code: u8) -> PyErr {
    PyErr::new::<CoreError, _>((code.to_owned(), message, exit_code))
}
