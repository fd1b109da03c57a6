//! The hooks of one worker.

mod call;
mod fallback;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use http1::Edits;
use model::request::RequestView;
use proxy::hooks::{
    Hooks, Phases, RequestVerdict, ResponseVerdict, ResponseView, RouteView, Step, Ticket,
};
use proxy::telemetry::Record;

use crate::kept::KeptThread;
use crate::shared::Shared;
use crate::stall::Delays;
use crate::table::{Phase, Table};
use crate::views::{Batch, Frame, Slot};
use crate::waiting::Room;

/// Records of one batch at most.
const RECORDS: usize = 1024;

/// The hooks of one worker; lives on the worker's thread.
pub(crate) struct Worker {
    shared: Arc<Shared>,
    table: RefCell<Arc<Table>>,
    phases: Cell<Phases>,
    generation: Cell<u64>,
    views: RefCell<(Arc<Slot>, Frame)>,
    room: Rc<Room>,
    batch: RefCell<Batch>,
    calls: Cell<u32>,
    delays: Delays,
    /// Dropped last: what comes before holds Python objects.
    _kept: KeptThread,
}

/// What a phase has decided: the verdict, and the status of the response or 0.
type Decided = (RequestVerdict, u16);

impl Worker {
    /// The hooks of the calling thread.
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        // In this order, so that a table that comes in between is noticed later.
        let generation = shared.generation();
        let table = shared.table();
        Self {
            phases: Cell::new(table.phases),
            generation: Cell::new(generation),
            table: RefCell::new(table),
            views: RefCell::new(views()),
            room: Rc::default(),
            batch: RefCell::new(Batch::new(0)),
            calls: Cell::new(0),
            delays: Delays::new(),
            shared,
            _kept: KeptThread::new(),
        }
    }

    /// What is done every now and then.
    pub(crate) fn look_around(&self) {
        self.refresh();
        self.delays.look();
        // A telemetry hook that does not end has no request that would notice.
        self.shared.report_late();
    }

    /// Follows a reload.
    fn refresh(&self) {
        let generation = self.shared.generation();
        if generation != self.generation.get() {
            let table = self.shared.table();
            self.phases.set(table.phases);
            self.generation.set(generation);
            self.table.replace(table);
        }
    }
}

fn views() -> (Arc<Slot>, Frame) {
    let slot = Arc::new(Slot::new());
    (Arc::clone(&slot), Frame::lent(slot))
}

/// What has been decided as the phase's own verdict.
fn map<T>(step: Step<Decided>, verdict: impl FnOnce(Decided) -> T) -> Step<T> {
    match step {
        Step::Done(decided) => Step::Done(verdict(decided)),
        Step::Wait { ticket, deadline } => Step::Wait { ticket, deadline },
    }
}

fn of_request(step: Step<Decided>) -> Step<RequestVerdict> {
    map(step, |(verdict, _)| verdict)
}

fn of_response(step: Step<Decided>) -> Step<ResponseVerdict> {
    map(step, |(_, status)| ResponseVerdict {
        status: (status != 0).then_some(status),
    })
}

impl Hooks for Worker {
    fn phases(&self) -> Phases {
        self.refresh();
        self.phases.get()
    }

    fn request(
        &self,
        request: &RequestView<'_>,
        route: RouteView<'_>,
        edits: &mut Edits,
    ) -> Step<RequestVerdict> {
        of_request(self.start(Phase::Request, request, Some(route), None, edits))
    }

    fn custom(
        &self,
        provider: &str,
        request: &RequestView<'_>,
        edits: &mut Edits,
    ) -> Option<Step<RequestVerdict>> {
        self.refresh();
        let phase = self.table.borrow().provider(provider)?;
        Some(of_request(self.start(phase, request, None, None, edits)))
    }

    fn poll_request(
        &self,
        ticket: Ticket,
        edits: &mut Edits,
        context: &mut Context<'_>,
    ) -> Poll<Step<RequestVerdict>> {
        self.poll(ticket.0, edits, context).map(of_request)
    }

    fn expire_request(&self, ticket: Ticket, edits: &mut Edits) -> Step<RequestVerdict> {
        of_request(self.expire(ticket.0, edits))
    }

    fn response(
        &self,
        request: &RequestView<'_>,
        response: &ResponseView<'_>,
        edits: &mut Edits,
    ) -> Step<ResponseVerdict> {
        of_response(self.start(Phase::Response, request, None, Some(response), edits))
    }

    fn poll_response(
        &self,
        ticket: Ticket,
        edits: &mut Edits,
        context: &mut Context<'_>,
    ) -> Poll<Step<ResponseVerdict>> {
        self.poll(ticket.0, edits, context).map(of_response)
    }

    fn expire_response(&self, ticket: Ticket, edits: &mut Edits) -> Step<ResponseVerdict> {
        of_response(self.expire(ticket.0, edits))
    }

    fn cancel(&self, ticket: Ticket) {
        self.room.leave(ticket.0);
    }

    fn record(&self, request: &RequestView<'_>, record: &Record) {
        let mut batch = self.batch.borrow_mut();
        batch.push(request, record);
        if batch.len() >= RECORDS {
            drop(batch);
            self.flush();
        }
    }

    fn flush(&self) {
        self.look_around();
        let mut batch = self.batch.borrow_mut();
        if batch.len() == 0 {
            return;
        }
        let records = batch.len();
        let full = std::mem::replace(&mut *batch, Batch::new(records));
        if !self.shared.queue.push_batch(full) {
            self.shared
                .records_dropped
                .fetch_add(records as u64, Ordering::Relaxed);
        }
    }
}
