//! A call on its way to the dispatcher and back.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Waker;

use proxy::hooks::{Destination, RequestVerdict};

use crate::chain::Cursor;
use crate::table::{Phase, Table};
use crate::views::OwnedCall;

/// How far a call has got, for the worker that waits for it.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// The hook that is waited for, packed.
    cursor: AtomicU64,
    /// Since when, in nanoseconds: being queued counts.
    since: AtomicU64,
    abandoned: AtomicBool,
    /// What a `route` hook chose, should a later hook be given up.
    destination: Mutex<Option<Box<Destination>>>,
}

impl Progress {
    /// The dispatcher turns to a hook, or the call is queued for it.
    pub(crate) fn turn_to(&self, cursor: Cursor, now: u64) {
        // In this order, so that a reader of the new cursor reads the new time.
        self.since.store(now, Ordering::Release);
        self.cursor.store(cursor.pack(), Ordering::Release);
    }

    /// The hook that is waited for, and since when.
    pub(crate) fn read(&self) -> (Cursor, u64) {
        let cursor = Cursor::unpack(self.cursor.load(Ordering::Acquire));
        (cursor, self.since.load(Ordering::Acquire))
    }

    /// Nobody waits any more.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Relaxed)
    }

    pub(crate) fn keep_destination(&self, destination: &Destination) {
        *self
            .destination
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Box::new(destination.clone()));
    }

    pub(crate) fn destination(&self) -> Option<Box<Destination>> {
        self.destination
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// A call for the dispatcher.
pub(crate) struct Job {
    pub(crate) ticket: u64,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) table: Arc<Table>,
    pub(crate) phase: Phase,
    pub(crate) cursor: Cursor,
    pub(crate) call: Arc<OwnedCall>,
    pub(crate) verdict: RequestVerdict,
    /// When it was queued, in nanoseconds.
    pub(crate) shipped: u64,
}

/// Answers for one worker.
#[derive(Debug, Default)]
pub(crate) struct Inbox(Mutex<Mail>);

#[derive(Debug, Default)]
struct Mail {
    answers: Vec<(u64, RequestVerdict)>,
    /// Of the worker's task that fetches answers.
    waker: Option<Waker>,
}

impl Inbox {
    /// Leaves an answer; returns whom to wake, once for all answers until they are fetched.
    pub(crate) fn put(&self, ticket: u64, verdict: RequestVerdict) -> Option<Waker> {
        let mut mail = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mail.answers.push((ticket, verdict));
        mail.waker.take()
    }

    /// Fetches all answers into `answers`, which is empty, and says whom to wake for the next.
    pub(crate) fn fetch(&self, answers: &mut Vec<(u64, RequestVerdict)>, wake: Wake<'_>) {
        let mut mail = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut mail.answers, answers);
        match wake {
            Wake::AsBefore => {}
            Wake::Nobody => mail.waker = None,
            Wake::This(waker) => match &mail.waker {
                Some(known) if known.will_wake(waker) => {}
                _ => mail.waker = Some(waker.clone()),
            },
        }
    }
}

/// Whom the next answer wakes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wake<'a> {
    /// Whom it would have woken before.
    AsBefore,
    /// Nobody: the worker looks again by itself.
    Nobody,
    /// The task of this waker.
    This(&'a Waker),
}
