//! The hooks of one worker.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use http1::Edits;
use model::request::RequestView;
use proxy::hooks::{
    Hooks, Phases, Reply, RequestVerdict, ResponseVerdict, ResponseView, RouteView, Step, Ticket,
};
use proxy::telemetry::Record;
use pyo3::prelude::*;

use crate::chain::{self, Cursor};
use crate::clock;
use crate::inline::Inline;
use crate::job::{Job, Progress};
use crate::kept::KeptThread;
use crate::meter::{Outcome, Tier};
use crate::report;
use crate::shared::Shared;
use crate::stall::Delays;
use crate::table::{Hook, Phase, Policy, Table};
use crate::verdict::{self, Flow};
use crate::views::{Batch, CallData, Frame, OwnedCall, Slot};
use crate::waiting::{Room, Waiting};

/// Records of one batch at most.
const RECORDS: usize = 1024;
/// After so many calls a worker looks whether plugins have started threads.
const LOOK_EVERY: u32 = 256;
/// After so many calls a worker measures how long it waits for Python's lock.
const MEASURE_EVERY: u32 = 16;
/// A wait for Python's lock from which on someone else must have had it.
const SUSPICIOUS_NANOSECONDS: u64 = 200_000;
/// A deadline's timer may come early by so much.
const EARLY: Duration = Duration::from_millis(2);

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
        let table = shared.table();
        Self {
            phases: Cell::new(table.phases),
            generation: Cell::new(shared.generation()),
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

    /// Runs a phase: here as far as hooks may run here, then on the dispatcher.
    fn start(
        &self,
        phase: Phase,
        request: &RequestView<'_>,
        route: Option<RouteView<'_>>,
        response: Option<&ResponseView<'_>>,
        edits: &mut Edits,
    ) -> Step<Decided> {
        let table = self.table.borrow();
        let (mut cursor, mut verdict) = (Cursor::default(), RequestVerdict::default());
        let mut code = 0;
        let here = table
            .groups(phase)
            .first()
            .is_some_and(|group| match group.wrappers {
                0 => group.hooks.first().is_some_and(|hook| hook.is_inline()),
                _ => group.is_inline(),
            });
        if here
            && self.shared.inline.load(Ordering::Relaxed)
            && let Some(_token) = self.shared.token.try_enter()
        {
            let data = CallData {
                request: *request,
                route,
                response: response.map(|response| ResponseView { ..*response }),
                status: Cell::new(0),
                edits: RefCell::new(edits),
            };
            if self.run(&table, phase, &mut cursor, &data, &mut verdict) {
                return Step::Done((verdict, data.status.get()));
            }
            code = data.status.get();
        }
        let response = response.map(|response| (response, code));
        let call = Arc::new(OwnedCall::copy(request, route, response, edits));
        self.ship(&table, phase, cursor, verdict, call, edits)
    }

    /// Runs hooks on this thread; returns whether the phase has ended.
    fn run(
        &self,
        table: &Table,
        phase: Phase,
        cursor: &mut Cursor,
        data: &CallData<'_>,
        verdict: &mut RequestVerdict,
    ) -> bool {
        let calls = self.calls.get().wrapping_add(1);
        self.calls.set(calls);
        let asked = calls.is_multiple_of(MEASURE_EVERY).then(clock::now);
        let mut views = self.views.borrow_mut();
        let (slot, frame) = &*views;
        let run = |py: Python<'_>| {
            let mut place = Inline::new(asked, &self.delays);
            let waited = place.waited();
            let ended = slot.lend(data, || {
                chain::run(py, &mut place, table, phase, cursor, frame, verdict)
            });
            if waited > SUSPICIOUS_NANOSECONDS || calls.is_multiple_of(LOOK_EVERY) {
                self.shared.look_for_threads(py);
            }
            (ended, frame.is_kept(py))
        };
        let (ended, kept) = Python::try_attach(run).unwrap_or_default();
        if kept {
            // They look at nothing from now on and raise.
            *views = self::views();
        }
        ended
    }

    /// Sends a call to the dispatcher; what cannot be sent fails at once.
    fn ship(
        &self,
        table: &Arc<Table>,
        phase: Phase,
        mut cursor: Cursor,
        mut verdict: RequestVerdict,
        call: Arc<OwnedCall>,
        edits: &mut Edits,
    ) -> Step<Decided> {
        loop {
            let Some(group) = table.groups(phase).get(cursor.group) else {
                return Step::Done((verdict, call.apply(edits)));
            };
            let hook = &group.hooks[cursor.hook];
            if !self.shared.queue.admit() {
                hook.meter.count(Tier::Dispatcher, Outcome::Overflow);
                report::failed(hook, &|| "was not called: too many calls wait".to_owned());
                if give_up(table, phase, &mut cursor, &mut verdict) {
                    return Step::Done((verdict, call.apply(edits)));
                }
                continue;
            }
            let now = clock::now();
            let ticket = self.room.ticket();
            let progress = Arc::new(Progress::new(cursor, now));
            let job = Job {
                ticket,
                inbox: Arc::clone(&self.room.inbox),
                table: Arc::clone(table),
                phase,
                cursor,
                call: Arc::clone(&call),
                progress: Arc::clone(&progress),
                verdict,
                shipped: now,
            };
            self.room.send(job, &self.shared);
            let waiting = Waiting::new(Arc::clone(table), phase, call, progress);
            self.room.enter(ticket, waiting);
            return Step::Wait {
                ticket: Ticket(ticket),
                deadline: hook.deadline,
            };
        }
    }

    fn poll(&self, ticket: u64, edits: &mut Edits, context: &Context<'_>) -> Poll<Step<Decided>> {
        if let Some((waiting, verdict)) = self.room.take_answered(ticket) {
            let status = waiting.call.apply(edits);
            return Poll::Ready(Step::Done((verdict, status)));
        }
        if self.room.wait(ticket, context) {
            Poll::Pending
        } else {
            Poll::Ready(Step::Done((lost(), 0)))
        }
    }

    fn expire(&self, ticket: u64, edits: &mut Edits) -> Step<Decided> {
        self.room.fetch(None);
        if let Some((waiting, verdict)) = self.room.take_answered(ticket) {
            return Step::Done((verdict, waiting.call.apply(edits)));
        }
        let Some((mut cursor, left)) = self.room.look(ticket, |waiting| {
            let (cursor, since) = waiting.progress.read();
            let elapsed = Duration::from_nanos(clock::now().saturating_sub(since));
            let hook = &waiting.table.groups(waiting.phase)[cursor.group].hooks[cursor.hook];
            (cursor, hook.deadline.saturating_sub(elapsed))
        }) else {
            return Step::Done((lost(), 0));
        };
        if left > EARLY {
            // The dispatcher has turned to the next hook meanwhile.
            return Step::Wait {
                ticket: Ticket(ticket),
                deadline: left,
            };
        }
        let Some(waiting) = self.room.leave(ticket) else {
            return Step::Done((lost(), 0));
        };
        late(&waiting.table.groups(waiting.phase)[cursor.group].hooks[cursor.hook]);
        self.shared.report_late();
        let mut verdict = RequestVerdict {
            reply: None,
            destination: waiting.progress.destination(),
        };
        if give_up(&waiting.table, waiting.phase, &mut cursor, &mut verdict) {
            return Step::Done((verdict, waiting.call.apply(edits)));
        }
        let call = Arc::new(waiting.call.fork());
        self.ship(&waiting.table, waiting.phase, cursor, verdict, call, edits)
    }
}

/// Counts and reports a hook that missed its deadline.
fn late(hook: &Hook) {
    hook.meter.count(Tier::Dispatcher, Outcome::Timeout);
    report::failed(hook, &|| {
        format!(
            "missed its deadline of {} ms",
            hook.deadline.as_secs_f64() * 1e3
        )
    });
}

fn views() -> (Arc<Slot>, Frame) {
    let slot = Arc::new(Slot::new());
    (Arc::clone(&slot), Frame::lent(slot))
}

/// Applies the failure policy of the hook at `cursor` and turns to the one behind it; returns
/// whether the phase has ended.
///
/// A hook inside wrappers takes them with it: they cannot be asked any more, so the strictest policy
/// among them decides.
fn give_up(table: &Table, phase: Phase, cursor: &mut Cursor, verdict: &mut RequestVerdict) -> bool {
    let group = &table.groups(phase)[cursor.group];
    let hook = &group.hooks[cursor.hook];
    let mut wrappers = group.hooks[..group.wrappers].iter();
    let strictest = match hook.policy {
        Policy::Deny => hook,
        _ => wrappers
            .find(|wrapper| wrapper.policy == Policy::Deny)
            .unwrap_or(hook),
    };
    match verdict::fail(strictest, verdict) {
        Flow::End => return true,
        Flow::Next => cursor.hook = (cursor.hook + 1).max(group.wrappers),
        Flow::NextGroup => cursor.hook = group.hooks.len(),
    }
    if cursor.hook >= group.hooks.len() {
        *cursor = Cursor {
            group: cursor.group + 1,
            hook: 0,
        };
    }
    cursor.group >= table.groups(phase).len()
}

/// For a ticket that nobody knows, which does not happen: refuses rather than lets pass.
fn lost() -> RequestVerdict {
    RequestVerdict {
        reply: Some(Box::new(Reply {
            status: 503,
            headers: Vec::new(),
            body: Vec::new(),
            reason: Cow::Borrowed(verdict::FAILED),
            denied: false,
            plugin: "".into(),
        })),
        destination: None,
    }
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
