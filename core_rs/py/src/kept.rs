//! A thread that enters Python again and again with one thread state.
//!
//! Making a thread state costs microseconds, entering with a kept one tens of nanoseconds.

use std::marker::PhantomData;

use pyo3::ffi;

/// The calling thread's Python thread state, kept until this is dropped on the same thread.
pub(crate) struct KeptThread {
    state: *mut ffi::PyThreadState,
    ensured: ffi::PyGILState_STATE,
    /// The state belongs to its thread.
    not_send: PhantomData<*mut ()>,
}

impl KeptThread {
    /// Waits for the interpreter's lock once, so it is for a thread's start.
    pub(crate) fn new() -> Self {
        // SAFETY: the interpreter runs (this is an extension module of it); the two calls leave the
        // thread detached, with a state that `PyGILState_Ensure` finds again.
        let (ensured, state) = unsafe { (ffi::PyGILState_Ensure(), ffi::PyEval_SaveThread()) };
        Self {
            state,
            ensured,
            not_send: PhantomData,
        }
    }
}

impl Drop for KeptThread {
    fn drop(&mut self) {
        // SAFETY: undoes `new` in reverse on the same thread, which is detached here; the threads
        // that keep a state are joined before the interpreter is finalized.
        unsafe {
            ffi::PyEval_RestoreThread(self.state);
            ffi::PyGILState_Release(self.ensured);
        }
    }
}
