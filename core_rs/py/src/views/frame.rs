//! The views of one call, made when a hook asks for them.

use std::sync::{Arc, OnceLock};

use pyo3::prelude::*;

use super::request::{Request, Route};
use super::response::Response;
use super::slot::Slot;
use super::{OwnedCall, Side, Source, is_shared, once};
use crate::table::{Argument, Kind};

/// What the hooks of one call are handed.
pub(crate) struct Frame {
    source: Source,
    request: OnceLock<Py<Request>>,
    route: OnceLock<Py<Route>>,
    response: OnceLock<Py<Response>>,
    records: Option<Py<PyAny>>,
}

impl Frame {
    fn new(source: Source, records: Option<Py<PyAny>>) -> Self {
        Self {
            source,
            request: OnceLock::new(),
            route: OnceLock::new(),
            response: OnceLock::new(),
            records,
        }
    }

    /// Views of what is lent to `slot`, to be used again until a hook keeps one of them.
    pub(crate) fn lent(slot: Arc<Slot>) -> Self {
        Self::new(Source::Lent(slot), None)
    }

    /// Views of a copy.
    pub(crate) fn owned(call: Arc<OwnedCall>) -> Self {
        Self::new(Source::Owned(call), None)
    }

    /// Records only; the other views show nothing.
    pub(crate) fn records(records: Py<PyAny>) -> Self {
        Self::new(Source::Lent(Arc::new(Slot::new())), Some(records))
    }

    /// Lets the hooks of one kind edit what they may.
    pub(crate) fn open(&self, kind: Option<Kind>) {
        self.source.editable().set(match kind {
            Some(Kind::OnRequest) => Some(Side::Request),
            Some(Kind::OnResponse) => Some(Side::Response),
            _ => None,
        });
    }

    /// The object for an argument.
    pub(crate) fn object(&self, py: Python<'_>, argument: Argument) -> PyResult<&Py<PyAny>> {
        Ok(match argument {
            Argument::Request => self.request(py)?.as_any(),
            Argument::Peer => self.request(py)?.get().peer(py)?.as_any(),
            Argument::Route => {
                let make = || Py::new(py, Route::new(self.source.clone()));
                once(&self.route, make)?.as_any()
            }
            Argument::Response => {
                let make = || Py::new(py, Response::new(self.source.clone()));
                once(&self.response, make)?.as_any()
            }
            Argument::Records => match &self.records {
                Some(records) => records,
                None => self.request(py)?.as_any(),
            },
        })
    }

    fn request(&self, py: Python<'_>) -> PyResult<&Py<Request>> {
        let make = || Py::new(py, Request::new(self.source.clone()));
        once(&self.request, make)
    }

    /// Whether someone else holds one of the views: they are not used again then, and raise.
    pub(crate) fn is_kept(&self, py: Python<'_>) -> bool {
        self.request
            .get()
            .is_some_and(|request| is_shared(py, request) || request.get().holds_kept(py))
            || self.route.get().is_some_and(|route| is_shared(py, route))
            || self
                .response
                .get()
                .is_some_and(|response| is_shared(py, response) || response.get().holds_kept(py))
    }
}
