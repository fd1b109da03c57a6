//! `Headers`: the fields of a request or a response.

use http1::{EditError, Edits};
use model::request::Headers as ModelHeaders;
use pyo3::exceptions::{PyKeyError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyList, PyString};

use super::slot::CallData;
use super::{Side, Source, fields, text};

/// The end-to-end fields of a head.
#[pyclass(frozen, mapping, module = "pymesh._core")]
pub(crate) struct Headers {
    source: Source,
    side: Side,
}

impl Headers {
    pub(super) fn new(source: Source, side: Side) -> Self {
        Self { source, side }
    }

    fn with<R>(&self, look: impl FnOnce(&dyn ModelHeaders, &Edits) -> R) -> PyResult<R> {
        self.source.with(|data| {
            let edits = data.edits.borrow();
            match (self.side, &data.response) {
                (Side::Response, Some(response)) => look(response.headers, &edits),
                // The edits of a call that has a response are the response's.
                (_, Some(_)) => look(data.request.headers, &Edits::new()),
                (_, None) => look(data.request.headers, &edits),
            }
        })
    }

    fn edit(
        &self,
        name: &str,
        edit: impl FnOnce(&mut Edits) -> Result<(), EditError>,
    ) -> PyResult<()> {
        if self.source.editable().get() != Some(self.side) {
            return Err(PyTypeError::new_err(
                "headers can be edited in on_request (the request's) and on_response (the response's) only",
            ));
        }
        self.source
            .with(|data: &CallData<'_>| edit(&mut data.edits.borrow_mut()))?
            .map_err(|error| PyValueError::new_err(format!("{name}: {error}")))
    }

    fn all(&self) -> PyResult<Vec<(String, Vec<u8>)>> {
        self.with(|headers, edits| {
            let mut all = Vec::new();
            let mut push = |name: &str, value: &[u8]| all.push((name.to_owned(), value.to_vec()));
            fields::visit(headers, edits, &mut push);
            all
        })
    }
}

fn bytes(name: &str, value: &str) -> PyResult<Vec<u8>> {
    text::narrow(value).ok_or_else(|| {
        PyValueError::new_err(format!("{name}: a value's characters are within latin-1"))
    })
}

#[pymethods]
impl Headers {
    #[pyo3(signature = (name, default=None))]
    fn get<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let first = |headers: &dyn ModelHeaders, edits: &Edits| {
            fields::first(headers, edits, name).map(|value| text::latin1(py, value))
        };
        Ok(self.with(first)?.map(Bound::into_any).or(default))
    }

    fn getall<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Vec<Bound<'py, PyString>>> {
        let values = self.with(|headers, edits| fields::all(headers, edits, name))?;
        Ok(values.iter().map(|value| text::latin1(py, value)).collect())
    }

    fn items(&self) -> PyResult<Vec<(String, String)>> {
        let all = self.all()?.into_iter();
        Ok(all
            .map(|(name, value)| (name, text::wide(&value)))
            .collect())
    }

    fn add(&self, name: &str, value: &str) -> PyResult<()> {
        let value = bytes(name, value)?;
        self.edit(name, |edits| edits.add(name, &value))
    }

    fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        self.get(py, name, None)?
            .ok_or_else(|| PyKeyError::new_err(name.to_owned()))
    }

    fn __setitem__(&self, name: &str, value: &str) -> PyResult<()> {
        let value = bytes(name, value)?;
        self.edit(name, |edits| edits.set(name, &value))
    }

    fn __delitem__(&self, name: &str) -> PyResult<()> {
        self.edit(name, |edits| edits.remove(name))
    }

    fn __contains__(&self, name: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Ok(name) = name.cast::<PyString>() else {
            return Ok(false);
        };
        let name = name.to_str()?;
        self.with(|headers, edits| fields::first(headers, edits, name).is_some())
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        let names = self.all()?.into_iter().map(|(name, _)| name);
        PyList::new(py, names.collect::<Vec<_>>())?.try_iter()
    }

    fn __len__(&self) -> PyResult<usize> {
        self.all().map(|all| all.len())
    }

    fn __repr__(&self) -> PyResult<String> {
        // Values may be secrets, and a representation ends in logs.
        let all = self.all()?;
        let names: Vec<_> = all.iter().map(|(name, _)| name.as_str()).collect();
        Ok(format!("Headers({})", names.join(", ")))
    }
}
