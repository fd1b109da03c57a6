//! Lends a request that lives on a worker's stack to Python objects that outlive the call.
//!
//! The views are made once per worker and used again for each request, so that an inline hook
//! allocates nothing of ours. They share one [`Slot`], which points at the request while a call
//! lasts and at nothing otherwise.

use std::cell::{Cell, RefCell};
use std::ptr::NonNull;

use http1::Edits;
use model::request::RequestView;
use proxy::hooks::{ResponseView, RouteView};

use super::Editable;

thread_local! {
    /// Its address tells threads apart at the price of a register.
    static MARK: u8 = const { 0 };
}

fn thread() -> usize {
    MARK.with(|mark| std::ptr::from_ref(mark) as usize)
}

/// What one call's views look at.
pub(crate) struct CallData<'a> {
    pub(crate) request: RequestView<'a>,
    pub(crate) route: Option<RouteView<'a>>,
    pub(crate) response: Option<ResponseView<'a>>,
    /// A status that a hook has set; 0 if none has.
    pub(crate) status: Cell<u16>,
    /// Of the request's fields, or in `on_response` of the response's.
    pub(crate) edits: RefCell<&'a mut Edits>,
}

/// Points at a [`CallData`] while it is lent.
pub(crate) struct Slot {
    /// The only thread that may look.
    owner: usize,
    data: Cell<Option<NonNull<()>>>,
    pub(super) editable: Editable,
}

// SAFETY: `data` is read and written by the thread `owner` only, which `lend` and `with` check.
unsafe impl Send for Slot {}
// SAFETY: as above.
unsafe impl Sync for Slot {}

/// Takes the loan back, even if a hook's call unwinds.
struct Loan<'a>(&'a Slot);

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        self.0.data.set(None);
        self.0.editable.set(None);
    }
}

impl Slot {
    /// A slot for the calling thread.
    pub(crate) fn new() -> Self {
        Self {
            owner: thread(),
            data: Cell::new(None),
            editable: Editable::default(),
        }
    }

    /// Runs `call`, during which views on this thread see `data`.
    pub(crate) fn lend<R>(&self, data: &CallData<'_>, call: impl FnOnce() -> R) -> R {
        debug_assert_eq!(self.owner, thread());
        let _loan = Loan(self);
        self.data.set(Some(NonNull::from(data).cast()));
        call()
    }

    /// Lets `look` see what is lent; `None` if nothing is, or not to this thread.
    pub(crate) fn with<R>(&self, look: impl for<'x> FnOnce(&'x CallData<'x>) -> R) -> Option<R> {
        if self.owner != thread() {
            return None;
        }
        let data = self.data.get()?;
        // SAFETY: the pointer is set by `lend` only, whose borrow of the `CallData` lasts until
        // it is cleared again. `lend` runs on this thread, so it is below us on this very stack and
        // cannot end before `look` does, and `look` cannot keep the reference.
        Some(look(unsafe { data.cast::<CallData<'_>>().as_ref() }))
    }
}
