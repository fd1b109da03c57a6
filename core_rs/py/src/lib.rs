//! The extension module.
use pyo3 as _;
