//! What waits for the dispatcher: calls of requests first, telemetry when there are none.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::job::Job;
use crate::views::Batch;

/// Calls that may wait; beyond that a hook's failure policy answers at once.
const JOBS: usize = 4096;
/// Calls that the dispatcher takes at once.
pub(crate) const JOBS_AT_ONCE: usize = 64;
/// Telemetry batches that may wait; beyond that they are dropped.
const BATCHES: usize = 32;
/// Records that a telemetry hook is told of in one call: what a waiting request waits at most.
const RECORDS_AT_ONCE: usize = 128;

/// The dispatcher's queue.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    filled: Condvar,
    /// Calls that wait here or on their way here.
    admitted: AtomicUsize,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    /// With the index of the first record that has not been told.
    batches: VecDeque<(Arc<Batch>, usize)>,
    /// Whether a dispatcher sleeps, so that nobody is woken in vain.
    sleeps: bool,
    stopped: bool,
}

/// What the dispatcher does next.
pub(crate) enum Work {
    /// The calls it was given.
    Jobs,
    /// Telling these records.
    Records(Arc<Batch>, Range<usize>),
    /// Ending.
    Stop,
}

impl Queue {
    /// Makes room for a call; false if the queue is full.
    pub(crate) fn admit(&self) -> bool {
        if self.admitted.fetch_add(1, Ordering::Relaxed) < JOBS {
            return true;
        }
        self.admitted.fetch_sub(1, Ordering::Relaxed);
        false
    }

    /// Queues calls that were admitted, and wakes the dispatcher once for all of them.
    pub(crate) fn push(&self, jobs: &mut Vec<Job>) {
        let mut waiting = self.lock();
        waiting.jobs.extend(jobs.drain(..));
        self.wake(waiting);
    }

    /// Queues a batch; returns whether there was room for it.
    pub(crate) fn push_batch(&self, batch: Batch) -> bool {
        let mut waiting = self.lock();
        if waiting.batches.len() >= BATCHES {
            return false;
        }
        waiting.batches.push_back((Arc::new(batch), 0));
        self.wake(waiting);
        true
    }

    /// Waits for work; calls are put into `jobs`. Once stopped, first hands out what is left.
    pub(crate) fn next(&self, jobs: &mut Vec<Job>) -> Work {
        let mut waiting = self.lock();
        loop {
            if !waiting.jobs.is_empty() {
                let count = waiting.jobs.len().min(JOBS_AT_ONCE);
                jobs.extend(waiting.jobs.drain(..count));
                self.admitted.fetch_sub(count, Ordering::Relaxed);
                return Work::Jobs;
            }
            if let Some((batch, start)) = waiting.batches.pop_front() {
                let end = batch.len().min(start + RECORDS_AT_ONCE);
                if end < batch.len() {
                    waiting.batches.push_front((Arc::clone(&batch), end));
                }
                return Work::Records(batch, start..end);
            }
            if waiting.stopped {
                return Work::Stop;
            }
            waiting.sleeps = true;
            waiting = self
                .filled
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
            waiting.sleeps = false;
        }
    }

    /// Lets the dispatcher end when nothing is left.
    pub(crate) fn stop(&self) {
        self.lock().stopped = true;
        self.filled.notify_all();
    }

    /// How many calls wait.
    pub(crate) fn len(&self) -> usize {
        self.admitted.load(Ordering::Relaxed)
    }

    fn wake(&self, waiting: MutexGuard<'_, Waiting>) {
        let sleeps = waiting.sleeps;
        drop(waiting);
        if sleeps {
            self.filled.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
