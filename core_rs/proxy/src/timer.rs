//! A coarse timer wheel, one per worker: a deadline costs a store, not a heap operation.
//!
//! Deadlines of a connection move later with every request. The wheel is lazy: moving a deadline
//! later writes one number, and the entry is put into its new slot when the old one comes up.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// Width of a slot. Deadlines are met late by at most this much, never early.
const TICK: Duration = Duration::from_millis(10);
/// Slots in the wheel; deadlines beyond `SLOTS` ticks wait in the farthest slot and move on.
const SLOTS: u64 = 512;
const NEVER: u64 = u64::MAX;

struct Entry {
    /// Tick at which it expires, or [`NEVER`].
    deadline: u64,
    /// Tick of the slot it is in, or [`NEVER`] when in none. Never later than `deadline`.
    placed: u64,
    /// Where in the slot it is.
    position: usize,
    expired: bool,
    waker: Option<Waker>,
}

#[derive(Default)]
struct Slots {
    entries: Vec<Entry>,
    free: Vec<usize>,
    turn: Vec<Vec<usize>>,
    /// All slots up to this tick have been emptied.
    done: u64,
    live: usize,
}

/// The wheel of one worker.
pub(crate) struct Wheel {
    start: Instant,
    /// When the clock was last read.
    recent: Cell<Instant>,
    entries: RefCell<Slots>,
    /// The tick at which the driver will wake next.
    wakes_at: Cell<u64>,
    earlier: Notify,
}

impl Wheel {
    /// An empty wheel whose first tick is `start`.
    #[must_use]
    pub(crate) fn new(start: Instant) -> Rc<Self> {
        let turn = (0..SLOTS).map(|_| Vec::new()).collect();
        Rc::new(Self {
            start,
            recent: Cell::new(start),
            entries: RefCell::new(Slots {
                turn,
                ..Slots::default()
            }),
            wakes_at: Cell::new(NEVER),
            earlier: Notify::new(),
        })
    }

    /// Reads the clock: 25 ns, so a request does it three times and not at every step.
    pub(crate) fn now(&self) -> Instant {
        let now = Instant::now();
        self.recent.set(now);
        now
    }

    /// The last reading. Right after [`Wheel::now`] in the same poll it is as good as a new one.
    pub(crate) fn recent(&self) -> Instant {
        self.recent.get()
    }

    /// A timer that is not set.
    #[must_use]
    pub(crate) fn timer(self: &Rc<Self>) -> Timer {
        let mut all = self.entries.borrow_mut();
        let fresh = Entry {
            deadline: NEVER,
            placed: NEVER,
            position: 0,
            expired: false,
            waker: None,
        };
        let key = if let Some(key) = all.free.pop() {
            all.entries[key] = fresh;
            key
        } else {
            all.entries.push(fresh);
            all.entries.len() - 1
        };
        all.live += 1;
        Timer {
            wheel: Rc::clone(self),
            key,
        }
    }

    /// Wakes every task that waits on a timer, so that it looks at the world again (a drain began).
    pub(crate) fn wake_all(&self) {
        let wakers: Vec<Waker> = self
            .entries
            .borrow_mut()
            .entries
            .iter_mut()
            .filter_map(|e| e.waker.take())
            .collect();
        wakers.into_iter().for_each(Waker::wake);
    }

    fn tick_at(&self, now: Instant) -> u64 {
        let elapsed = now.saturating_duration_since(self.start).as_millis();
        u64::try_from(elapsed).unwrap_or(NEVER - 1) / TICK.as_millis() as u64
    }

    /// Expires what is due at `now`.
    fn advance(&self, now: Instant) {
        let target = self.tick_at(now);
        let mut all = self.entries.borrow_mut();
        let all = &mut *all;
        // After a long sleep one turn of the wheel visits every slot; more would repeat them.
        let first = (all.done + 1).max((target + 1).saturating_sub(SLOTS));
        for tick in first..=target {
            let mut slot = std::mem::take(&mut all.turn[(tick % SLOTS) as usize]);
            for key in slot.drain(..) {
                let entry = &mut all.entries[key];
                if entry.deadline <= target {
                    entry.placed = NEVER;
                    entry.deadline = NEVER;
                    entry.expired = true;
                    if let Some(waker) = entry.waker.take() {
                        waker.wake();
                    }
                } else if entry.deadline == NEVER {
                    entry.placed = NEVER;
                } else {
                    let placed = entry.deadline.min(target + SLOTS - 1);
                    let slot = &mut all.turn[(placed % SLOTS) as usize];
                    entry.placed = placed;
                    entry.position = slot.len();
                    slot.push(key);
                }
            }
            let home = &mut all.turn[(tick % SLOTS) as usize];
            // Keep the drained slot's capacity unless an entry was put back into the very same slot.
            if home.is_empty() {
                *home = slot;
            }
        }
        all.done = all.done.max(target);
    }

    /// The first occupied slot after the last emptied one.
    fn next_tick(&self) -> u64 {
        let all = self.entries.borrow();
        (all.done + 1..all.done + SLOTS)
            .find(|tick| !all.turn[(tick % SLOTS) as usize].is_empty())
            .unwrap_or(NEVER)
    }

    /// Drives the wheel until the worker ends; sleeps while no timer is set.
    pub(crate) async fn run(self: Rc<Self>) {
        loop {
            let next = self.next_tick();
            self.wakes_at.set(next);
            if next == NEVER {
                self.earlier.notified().await;
                continue;
            }
            let at = self.start + Duration::from_millis(next * TICK.as_millis() as u64);
            tokio::select! {
                () = tokio::time::sleep_until(at.into()) => self.advance(Instant::now()),
                () = self.earlier.notified() => {}
            }
        }
    }

    fn set(&self, key: usize, now: Instant, after: Duration) {
        let current = self.tick_at(now);
        // The tick after the one it falls into: never early.
        let deadline = self.tick_at(now + after) + 1;
        let mut all = self.entries.borrow_mut();
        let all = &mut *all;
        if self.wakes_at.get() == NEVER {
            // The wheel was empty and stood still: its slots up to now need no visit.
            all.done = all.done.max(current);
        }
        let entry = &mut all.entries[key];
        entry.deadline = deadline;
        entry.expired = false;
        if entry.placed <= deadline {
            return;
        }
        if entry.placed != NEVER {
            remove_from_slot(all, key);
        }
        // A slot at or before `done` would be visited only a turn later.
        let placed = deadline
            .min(current.max(all.done) + SLOTS - 1)
            .max(all.done + 1);
        let slot = &mut all.turn[(placed % SLOTS) as usize];
        let entry = &mut all.entries[key];
        entry.placed = placed;
        entry.position = slot.len();
        slot.push(key);
        if placed < self.wakes_at.get() {
            self.wakes_at.set(placed);
            self.earlier.notify_one();
        }
    }
}

fn remove_from_slot(all: &mut Slots, key: usize) {
    let (placed, position) = (all.entries[key].placed, all.entries[key].position);
    let slot = &mut all.turn[(placed % SLOTS) as usize];
    slot.swap_remove(position);
    if let Some(&moved) = slot.get(position) {
        all.entries[moved].position = position;
    }
    all.entries[key].placed = NEVER;
}

/// One deadline, owned by one task.
pub(crate) struct Timer {
    wheel: Rc<Wheel>,
    key: usize,
}

impl Timer {
    /// Expires `after` from the last reading of the clock; replaces what was set before.
    pub(crate) fn set(&self, after: Duration) {
        self.wheel.set(self.key, self.wheel.recent(), after);
    }

    /// Expires `after` from now; for callers that have waited since the clock was read.
    pub(crate) fn set_from_now(&self, after: Duration) {
        self.wheel.set(self.key, self.wheel.now(), after);
    }

    /// Ready once the deadline has passed; stays ready until it is set again.
    pub(crate) fn poll_expired(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut all = self.wheel.entries.borrow_mut();
        let entry = &mut all.entries[self.key];
        if entry.expired {
            return Poll::Ready(());
        }
        match &mut entry.waker {
            Some(waker) => waker.clone_from(context.waker()),
            None => entry.waker = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let mut all = self.wheel.entries.borrow_mut();
        if all.entries[self.key].placed != NEVER {
            remove_from_slot(&mut all, self.key);
        }
        all.entries[self.key].waker = None;
        all.free.push(self.key);
        all.live -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expired(timer: &Timer) -> bool {
        timer
            .poll_expired(&mut Context::from_waker(Waker::noop()))
            .is_ready()
    }

    #[test]
    fn never_early_and_at_most_two_ticks_late() {
        let start = Instant::now();
        let wheel = Wheel::new(start);
        let timer = wheel.timer();
        for after in [0_u64, 1, 9, 10, 11, 50, 4_999, 5_120, 60_000, 300_000] {
            let base = start + Duration::from_secs(1_000) + Duration::from_millis(after * 7);
            wheel.advance(base);
            wheel.recent.set(base);
            timer.set(Duration::from_millis(after));
            let mut now = base;
            let deadline = base + Duration::from_millis(after);
            while !expired(&timer) {
                now += Duration::from_millis(3);
                wheel.advance(now);
                assert!(
                    now <= deadline + 2 * TICK + Duration::from_millis(3),
                    "{after} ms is late"
                );
            }
            assert!(now >= deadline, "{after} ms came early");
        }
    }

    #[test]
    fn moved_later_moved_earlier_and_dropped() {
        let start = Instant::now();
        let wheel = Wheel::new(start);
        let (first, second) = (wheel.timer(), wheel.timer());
        wheel.recent.set(start);
        first.set(Duration::from_millis(100));
        wheel.recent.set(start);
        second.set(Duration::from_millis(100));
        wheel.recent.set(start);
        first.set(Duration::from_secs(20));
        wheel.advance(start + Duration::from_millis(500));
        assert!(!expired(&first) && expired(&second));
        wheel.recent.set(start + Duration::from_millis(500));
        first.set(Duration::from_millis(50));
        drop(second);
        wheel.advance(start + Duration::from_millis(600));
        assert!(expired(&first));
        drop(first);
        assert_eq!(wheel.entries.borrow().live, 0);
        assert_eq!(wheel.next_tick(), NEVER);
    }

    #[test]
    fn a_long_sleep_expires_everything_that_was_due() {
        let start = Instant::now();
        let wheel = Wheel::new(start);
        let timers: Vec<Timer> = (0..100).map(|_| wheel.timer()).collect();
        for (index, timer) in timers.iter().enumerate() {
            wheel.recent.set(start);
            timer.set(Duration::from_millis(index as u64 * 40));
        }
        wheel.advance(start + Duration::from_hours(1));
        assert!(timers.iter().all(expired));
    }
}
