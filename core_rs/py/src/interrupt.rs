//! Ends Python code of another thread by raising an exception in it.

use std::ffi::{CStr, c_long};

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

/// Takes back what [`raise`] sent to the calling thread, `thread`, if it has not arrived.
///
/// Lets it arrive, where nobody minds. Simply forgetting it would leave behind what
/// Python 3.11 notes, that some thread has an exception to raise: every function call of every thread would stop to
/// look for it from then on.
pub(crate) fn clear(py: Python<'_>, thread: u64, exception: &Py<PyAny>) {
    const CALLS: &CStr = c"(lambda: None)()";
    raise(py, thread, exception);
    // It arrives at the first call, which is this one.
    let _arrived = py.eval(CALLS, None, None);
}
