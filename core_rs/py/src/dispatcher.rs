//! The thread that calls hooks which must not run on a worker.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Waker;
use std::thread;

use proxy::hooks::RequestVerdict;
use proxy::telemetry::log;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::chain::{self, Admission, Cursor, Place};
use crate::clock;
use crate::interrupt;
use crate::job::{Inbox, Job, Progress};
use crate::kept::KeptThread;
use crate::meter::Tier;
use crate::queue::Work;
use crate::report;
use crate::shared::{Running, Shared};
use crate::table::{Group, Hook, Phase};
use crate::views::{Batch, Frame, Record};

/// Answers are handed over after this time even if the batch has not ended.
const HAND_OVER_NANOSECONDS: u64 = 100_000;

const QUARANTINED: &str = "is in quarantine: it ran past its deadline again and again";

/// Starts a dispatcher thread.
pub(crate) fn start(shared: &Arc<Shared>, epoch: u64) -> std::io::Result<()> {
    let mine = Arc::clone(shared);
    shared.dispatcher_started();
    let spawned = thread::Builder::new()
        .name(format!("pymesh-hooks-{epoch}"))
        .spawn(move || {
            // Dropped last: the thread state is gone when the count says so.
            let _count = Alive(&mine);
            let _kept = KeptThread::new();
            Dispatcher::new(&mine, epoch).run();
        });
    if spawned.is_err() {
        shared.dispatcher_ended();
    }
    spawned.map(drop)
}

struct Alive<'a>(&'a Shared);

impl Drop for Alive<'_> {
    fn drop(&mut self) {
        self.0.dispatcher_ended();
    }
}

struct Dispatcher<'a> {
    shared: &'a Shared,
    epoch: u64,
    thread: u64,
    /// The time at the last event, which saves reading the clock twice between two hooks.
    mark: u64,
    answers: Vec<(Arc<Inbox>, u64, RequestVerdict)>,
}

impl<'a> Dispatcher<'a> {
    fn new(shared: &'a Shared, epoch: u64) -> Self {
        Self {
            shared,
            epoch,
            thread: interrupt::this_thread(),
            mark: 0,
            answers: Vec::new(),
        }
    }

    fn run(&mut self) {
        let mut jobs = Vec::new();
        while self.shared.epoch() == self.epoch {
            let work = self.shared.queue.next(&mut jobs);
            if matches!(work, Work::Stop) {
                return;
            }
            // Requests whose answers a panic loses get theirs from the deadline.
            let done = catch_unwind(AssertUnwindSafe(|| self.batch(&mut jobs, &work)));
            if done.is_err() {
                self.shared.running().take();
                jobs.clear();
                log::error(format_args!("a panic in the hook dispatcher was contained"));
            }
        }
    }

    fn batch(&mut self, jobs: &mut Vec<Job>, work: &Work) {
        let held = self.shared.token.enter();
        Python::try_attach(|py| {
            self.mark = clock::now();
            match work {
                Work::Records(batch, range) => self.tell(py, batch, range.clone()),
                _ => self.call_all(py, jobs),
            }
            self.shared.look_for_threads(py);
        });
        drop(held);
        self.hand_over();
    }

    fn call_all(&mut self, py: Python<'_>, jobs: &mut Vec<Job>) {
        let mut handed_over = self.mark;
        for job in jobs.drain(..) {
            self.call(py, job);
            if self.shared.epoch() != self.epoch {
                return;
            }
            if self.mark - handed_over > HAND_OVER_NANOSECONDS {
                self.hand_over();
                handed_over = self.mark;
            }
        }
    }

    fn call(&mut self, py: Python<'_>, job: Job) {
        if job.call.progress.is_abandoned() {
            return;
        }
        let Job {
            ticket,
            inbox,
            table,
            phase,
            mut cursor,
            call,
            mut verdict,
            shipped,
        } = job;
        let progress = &call.progress;
        let frame = Frame::owned(Arc::clone(&call));
        let mut place = Here {
            dispatcher: self,
            progress: Some(progress),
            first: Some(shipped),
            destination_kept: verdict.destination.is_some(),
        };
        let ended = chain::run(
            py,
            &mut place,
            &table,
            phase,
            &mut cursor,
            &frame,
            &mut verdict,
        );
        frame.open(None);
        if ended && !progress.is_abandoned() {
            self.answers.push((inbox, ticket, verdict));
        }
    }

    fn tell(&mut self, py: Python<'_>, batch: &Arc<Batch>, range: std::ops::Range<usize>) {
        let table = self.shared.table();
        let make = |index| Py::new(py, Record::new(Arc::clone(batch), index));
        let records = range.map(make).collect::<PyResult<Vec<_>>>();
        let Ok(records) = records.and_then(|records| PyList::new(py, records)) else {
            return log::error(format_args!("no memory for telemetry records"));
        };
        let frame = Frame::records(records.into_any().unbind());
        let mut place = Here {
            dispatcher: self,
            progress: None,
            first: None,
            destination_kept: true,
        };
        let (mut cursor, mut verdict) = (Cursor::default(), RequestVerdict::default());
        chain::run(
            py,
            &mut place,
            &table,
            Phase::Telemetry,
            &mut cursor,
            &frame,
            &mut verdict,
        );
    }

    fn hand_over(&mut self) {
        let mut wakers: Vec<Waker> = Vec::new();
        for (inbox, ticket, verdict) in self.answers.drain(..) {
            wakers.extend(inbox.put(ticket, verdict));
        }
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// The dispatcher as a place for one call's hooks.
struct Here<'d, 's> {
    dispatcher: &'d mut Dispatcher<'s>,
    progress: Option<&'d Progress>,
    /// When the call was queued, until its first hook runs.
    first: Option<u64>,
    destination_kept: bool,
}

impl Place for Here<'_, '_> {
    const TIER: Tier = Tier::Dispatcher;

    fn admits_all(&self, _: &Group) -> bool {
        true
    }

    fn admit(&mut self, hook: &Arc<Hook>, cursor: Cursor, verdict: &RequestVerdict) -> Admission {
        let dispatcher = &mut *self.dispatcher;
        let now = dispatcher.mark;
        if let Some(progress) = self.progress {
            if progress.is_abandoned() || dispatcher.shared.epoch() != dispatcher.epoch {
                return Admission::Stop;
            }
            if let Some(destination) = &verdict.destination
                && !self.destination_kept
            {
                self.destination_kept = true;
                progress.keep_destination(destination);
            }
            match self.first.take() {
                Some(shipped) => hook.meter.wait.observe(now.saturating_sub(shipped)),
                None => progress.turn_to(cursor, now),
            }
        }
        if hook.quarantine.holds(now) {
            return Admission::Fail;
        }
        *dispatcher.shared.running() = Some(Running {
            hook: Arc::clone(hook),
            started: now,
            thread: dispatcher.thread,
            interrupted: false,
        });
        Admission::Call
    }

    fn ended(&mut self, py: Python<'_>, hook: &Arc<Hook>) -> bool {
        let dispatcher = &mut *self.dispatcher;
        let now = clock::now();
        if dispatcher.shared.epoch() != dispatcher.epoch {
            // Another dispatcher is in charge: what runs is its own.
            return false;
        }
        let running = dispatcher.shared.running().take();
        if running.as_ref().is_some_and(|running| running.interrupted) {
            // The exception may not have arrived: the next hook must not get it.
            let exception = &dispatcher.shared.table().interrupt;
            interrupt::clear(py, dispatcher.thread, exception);
        }
        let held = now.saturating_sub(dispatcher.mark);
        dispatcher.mark = now;
        hook.meter.hold.observe(held);
        if u128::from(held) <= hook.deadline.as_nanos() {
            hook.quarantine.pass();
        } else if hook.quarantine.strike(now) {
            report::failed(hook, &|| QUARANTINED.to_owned());
        }
        !self.progress.is_some_and(Progress::is_abandoned)
    }
}
