//! Ends Python code of another thread by raising an exception in it.

use std::ffi::c_long;
use std::ptr;

use pyo3::ffi;
use pyo3::prelude::*;

/// The calling thread, as Python knows it.
pub(crate) fn this_thread() -> u64 {
    // SAFETY: asks the system for the thread's number; needs neither a thread state nor the lock.
    unsafe { ffi::PyThread_get_thread_ident() }
}

/// Raises `exception`, a class, in a thread as soon as it runs Python code again.
pub(crate) fn raise(_py: Python<'_>, thread: u64, exception: &Py<PyAny>) {
    // SAFETY: `_py` shows that Python's lock is held; the class is alive and Python takes a
    // reference of its own; a number that is no thread's is ignored.
    unsafe { ffi::PyThreadState_SetAsyncExc(thread.cast_signed() as c_long, exception.as_ptr()) };
}

/// Takes back what [`raise`] sent if it has not arrived.
pub(crate) fn clear(_py: Python<'_>, thread: u64) {
    // SAFETY: as above; null stands for no exception.
    unsafe { ffi::PyThreadState_SetAsyncExc(thread.cast_signed() as c_long, ptr::null_mut()) };
}
