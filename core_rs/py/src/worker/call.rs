//! One phase's hooks for one message: on this thread, on the dispatcher, or given up.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use http1::Edits;
use model::request::RequestView;
use proxy::hooks::{RequestVerdict, ResponseView, RouteView, Step, Ticket};
use pyo3::prelude::*;

use super::fallback::{give_up, late, lost};
use super::{Decided, Worker, views};
use crate::chain::{self, Cursor};
use crate::clock;
use crate::inline::Inline;
use crate::job::{Job, Wake};
use crate::meter::{Outcome, Tier};
use crate::report;
use crate::table::{Phase, Table};
use crate::views::{CallData, OwnedCall};
use crate::waiting::Waiting;

/// After so many calls a worker looks whether plugins have started threads.
const LOOK_EVERY: u32 = 256;
/// After so many calls a worker measures how long it waits for Python's lock.
const MEASURE_EVERY: u32 = 16;
/// A wait for Python's lock from which on someone else must have had it.
const SUSPICIOUS_NANOSECONDS: u64 = 200_000;
/// A deadline's timer may come early by so much.
const EARLY: Duration = Duration::from_millis(2);

impl Worker {
    /// Runs a phase: here as far as hooks may run here, then on the dispatcher.
    pub(super) fn start(
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
        let call = self
            .room
            .copy(|call| call.refill(request, route, response, edits));
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
            call.progress.turn_to(cursor, now);
            let job = Job {
                ticket,
                inbox: Arc::clone(&self.room.inbox),
                table: Arc::clone(table),
                phase,
                cursor,
                call: Arc::clone(&call),
                verdict,
                shipped: now,
            };
            self.room.send(job, &self.shared);
            let waiting = Waiting::new(Arc::clone(table), phase, call);
            self.room.enter(ticket, waiting);
            return Step::Wait {
                ticket: Ticket(ticket),
                deadline: hook.deadline,
            };
        }
    }

    pub(super) fn poll(
        &self,
        ticket: u64,
        edits: &mut Edits,
        context: &Context<'_>,
    ) -> Poll<Step<Decided>> {
        if let Some((waiting, verdict)) = self.room.take_answered(ticket) {
            let status = waiting.call.apply(edits);
            self.room.recycle(waiting.call);
            return Poll::Ready(Step::Done((verdict, status)));
        }
        if self.room.wait(ticket, context) {
            Poll::Pending
        } else {
            Poll::Ready(Step::Done((lost(), 0)))
        }
    }

    pub(super) fn expire(&self, ticket: u64, edits: &mut Edits) -> Step<Decided> {
        self.room.fetch(Wake::AsBefore);
        if let Some((waiting, verdict)) = self.room.take_answered(ticket) {
            return Step::Done((verdict, waiting.call.apply(edits)));
        }
        let Some((mut cursor, left)) = self.room.look(ticket, |waiting| {
            let (cursor, since) = waiting.call.progress.read();
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
            destination: waiting.call.progress.destination(),
        };
        if give_up(&waiting.table, waiting.phase, &mut cursor, &mut verdict) {
            return Step::Done((verdict, waiting.call.apply(edits)));
        }
        let call = Arc::new(waiting.call.fork());
        self.ship(&waiting.table, waiting.phase, cursor, verdict, call, edits)
    }
}
