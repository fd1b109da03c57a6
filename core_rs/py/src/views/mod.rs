//! The objects that hooks are handed.

mod fields;
mod frame;
mod headers;
mod owned;
mod record;
mod request;
mod response;
mod slot;
mod text;

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;

pub(crate) use frame::Frame;
pub(crate) use headers::Headers;
pub(crate) use owned::OwnedCall;
pub(crate) use record::{Batch, Record};
pub(crate) use request::{Peer, Request, Route};
pub(crate) use response::Response;
pub(crate) use slot::{CallData, Slot};

/// One of the two heads of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Request,
    Response,
}

/// Which head the hook that runs may edit.
#[derive(Debug, Default)]
pub(crate) struct Editable(AtomicU8);

impl Editable {
    fn set(&self, side: Option<Side>) {
        self.0
            .store(side.map_or(0, |side| side as u8 + 1), Ordering::Relaxed);
    }

    fn get(&self) -> Option<Side> {
        match self.0.load(Ordering::Relaxed) {
            1 => Some(Side::Request),
            2 => Some(Side::Response),
            _ => None,
        }
    }
}

/// Where a view finds its data.
#[derive(Clone)]
pub(crate) enum Source {
    /// In a worker's call, as long as it lasts.
    Lent(Arc<Slot>),
    /// In a copy.
    Owned(Arc<OwnedCall>),
}

impl Source {
    fn editable(&self) -> &Editable {
        match self {
            Self::Lent(slot) => &slot.editable,
            Self::Owned(call) => &call.editable,
        }
    }

    /// Lets `look` see the call.
    ///
    /// `look` makes no Python object but text and numbers: others may start a garbage collection,
    /// and a finalizer may look at the same call again.
    fn with<R>(&self, look: impl for<'x> FnOnce(&'x CallData<'x>) -> R) -> PyResult<R> {
        match self {
            Self::Lent(slot) => slot.with(look).ok_or_else(kept),
            Self::Owned(call) => Ok(call.with(look)),
        }
    }
}

/// What `cell` holds, made first if it holds nothing.
///
/// Not `PyOnceLock`: it gives Python's lock away and takes it again around each making.
fn once<T>(cell: &OnceLock<T>, make: impl FnOnce() -> PyResult<T>) -> PyResult<&T> {
    if let Some(value) = cell.get() {
        return Ok(value);
    }
    let value = make()?;
    Ok(cell.get_or_init(|| value))
}

/// Whether someone beside us holds the object.
fn is_shared<T>(_py: Python<'_>, object: &Py<T>) -> bool {
    // SAFETY: reads a number of a live object, with the lock held as `_py` shows.
    unsafe { ffi::Py_REFCNT(object.as_ptr()) > 1 }
}

#[cold]
fn kept() -> PyErr {
    PyRuntimeError::new_err(
        "this view is used outside the hook call it was passed to; keep the values, not the view",
    )
}
