//! From bytes to Python text.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// Text in which each character is one byte (latin-1): any value can be read, none is changed.
pub(super) fn latin1<'py>(py: Python<'py>, bytes: &[u8]) -> Bound<'py, PyString> {
    if bytes.is_ascii()
        && let Ok(text) = PyString::from_bytes(py, bytes)
    {
        return text;
    }
    PyString::new(py, &wide(bytes))
}

/// As [`latin1`], in Rust.
pub(super) fn wide(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// The bytes of such a text; `None` if a character is no byte.
pub(super) fn narrow(text: &str) -> Option<Vec<u8>> {
    text.chars()
        .map(|character| u8::try_from(character).ok())
        .collect()
}

/// A method's name; the usual ones are made once.
pub(super) fn method<'py>(py: Python<'py>, name: &str) -> Bound<'py, PyString> {
    match name {
        "GET" => intern!(py, "GET").clone(),
        "POST" => intern!(py, "POST").clone(),
        "PUT" => intern!(py, "PUT").clone(),
        "HEAD" => intern!(py, "HEAD").clone(),
        "DELETE" => intern!(py, "DELETE").clone(),
        "PATCH" => intern!(py, "PATCH").clone(),
        "OPTIONS" => intern!(py, "OPTIONS").clone(),
        _ => PyString::new(py, name),
    }
}
