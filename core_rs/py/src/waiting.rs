//! The calls of one worker that wait for the dispatcher.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use proxy::hooks::RequestVerdict;
use rustc_hash::FxHashMap;

use crate::job::{Inbox, Job, Wake};
use crate::queue::JOBS_AT_ONCE;
use crate::shared::Shared;
use crate::table::{Phase, Table};
use crate::views::OwnedCall;

/// Ended calls that a worker keeps for reuse; a burst beyond that gives its memory back.
const SPARE: usize = 64;
/// How often a worker looks at its sockets for calls to take along before it hands over.
const LOOKS: usize = 8;

/// One call.
pub(crate) struct Waiting {
    pub(crate) table: Arc<Table>,
    pub(crate) phase: Phase,
    pub(crate) call: Arc<OwnedCall>,
    answer: Option<RequestVerdict>,
    waker: Option<Waker>,
}

impl Waiting {
    pub(crate) fn new(table: Arc<Table>, phase: Phase, call: Arc<OwnedCall>) -> Self {
        Self {
            table,
            phase,
            call,
            answer: None,
            waker: None,
        }
    }
}

/// All calls of a worker that wait.
#[derive(Default)]
pub(crate) struct Room {
    pub(crate) inbox: Arc<Inbox>,
    calls: RefCell<FxHashMap<u64, Waiting>>,
    last_ticket: Cell<u64>,
    fetched: RefCell<Vec<(u64, RequestVerdict)>>,
    /// Calls that have ended, for their memory.
    spare: RefCell<Vec<Arc<OwnedCall>>>,
    /// Calls of this pass of the event loop; they leave together, and wake the dispatcher once.
    outgoing: RefCell<Vec<Job>>,
    /// Of the task that sends them and fetches the answers, once it has been started.
    courier: RefCell<Option<Waker>>,
}

impl Room {
    /// A number that no call has had.
    pub(crate) fn ticket(&self) -> u64 {
        self.last_ticket.set(self.last_ticket.get() + 1);
        self.last_ticket.get()
    }

    pub(crate) fn enter(&self, ticket: u64, waiting: Waiting) {
        self.calls.borrow_mut().insert(ticket, waiting);
    }

    /// Copies a call, into memory that has served before if there is any.
    pub(crate) fn copy(&self, fill: impl FnOnce(&mut OwnedCall)) -> Arc<OwnedCall> {
        let spare = self.spare.borrow_mut().pop();
        let mut call = spare.unwrap_or_else(|| Arc::new(OwnedCall::new()));
        if let Some(room) = Arc::get_mut(&mut call) {
            fill(room);
            return call;
        }
        // Not reached: a spare one has no other owner.
        let mut room = OwnedCall::new();
        fill(&mut room);
        Arc::new(room)
    }

    /// Keeps the memory of a call that has ended, unless a hook kept one of its views.
    pub(crate) fn recycle(&self, mut call: Arc<OwnedCall>) {
        let mut spare = self.spare.borrow_mut();
        if spare.len() < SPARE && Arc::get_mut(&mut call).is_some() {
            spare.push(call);
        }
    }

    /// Sends an admitted call behind whatever else this pass of the event loop does: on a busy
    /// machine a wake for each call would be two switches between threads for each.
    pub(crate) fn send(self: &Rc<Self>, job: Job, shared: &Arc<Shared>) {
        let mut outgoing = self.outgoing.borrow_mut();
        outgoing.push(job);
        if outgoing.len() > 1 {
            return;
        }
        if let Some(courier) = &*self.courier.borrow() {
            return courier.wake_by_ref();
        }
        tokio::task::spawn_local(carry(Rc::downgrade(self), Arc::clone(shared)));
    }

    /// Looks at a call.
    pub(crate) fn look<R>(&self, ticket: u64, look: impl FnOnce(&Waiting) -> R) -> Option<R> {
        self.calls.borrow().get(&ticket).map(look)
    }

    /// Forgets a call; its answer will find nobody.
    pub(crate) fn leave(&self, ticket: u64) -> Option<Waiting> {
        let waiting = self.calls.borrow_mut().remove(&ticket);
        if let Some(waiting) = &waiting {
            waiting.call.progress.abandon();
        }
        waiting
    }

    /// The call and its answer if that has come.
    pub(crate) fn take_answered(&self, ticket: u64) -> Option<(Waiting, RequestVerdict)> {
        let mut calls = self.calls.borrow_mut();
        let answer = calls.get_mut(&ticket)?.answer.take()?;
        calls.remove(&ticket).map(|waiting| (waiting, answer))
    }

    /// Has `context`'s task woken when the answer is there; `false` if there is no such call.
    pub(crate) fn wait(&self, ticket: u64, context: &Context<'_>) -> bool {
        let mut calls = self.calls.borrow_mut();
        let Some(waiting) = calls.get_mut(&ticket) else {
            return false;
        };
        if !waiting
            .waker
            .as_ref()
            .is_some_and(|known| known.will_wake(context.waker()))
        {
            waiting.waker = Some(context.waker().clone());
        }
        true
    }

    /// Fetches what the dispatcher has answered and wakes those who waited for it.
    pub(crate) fn fetch(&self, wake: Wake<'_>) {
        let mut fetched = self.fetched.borrow_mut();
        self.inbox.fetch(&mut fetched, wake);
        let mut calls = self.calls.borrow_mut();
        for (ticket, answer) in fetched.drain(..) {
            if let Some(waiting) = calls.get_mut(&ticket) {
                waiting.answer = Some(answer);
                if let Some(waker) = waiting.waker.take() {
                    waker.wake();
                }
            }
        }
    }
}

/// The one task of a worker that hands calls over, behind the tasks that were ready with it, and
/// fetches the answers.
///
/// A hand-over costs two switches between threads, one more look at the sockets a twentieth of
/// that: so it looks for calls to take along for as long as each look brings some. Where the
/// dispatcher shares the CPU, its answers are there at the look behind the hand-over, and it need
/// not wake the worker, which is a system call.
async fn carry(room: Weak<Room>, shared: Arc<Shared>) {
    while let Some(mut gathered) = calls_to_send(&room).await {
        for _ in 0..LOOKS {
            tokio::task::yield_now().await;
            let Some(now) = room.upgrade().map(|room| room.outgoing.borrow().len()) else {
                return;
            };
            if now == gathered || now >= JOBS_AT_ONCE {
                break;
            }
            gathered = now;
        }
        let Some(room) = room.upgrade() else { return };
        shared.queue.push(&mut room.outgoing.borrow_mut());
        drop(room);
        tokio::task::yield_now().await;
    }
}

/// Fetches answers until there are calls to send, and says how many; `None` when the worker has
/// ended.
async fn calls_to_send(room: &Weak<Room>) -> Option<usize> {
    poll_fn(|context| {
        let Some(room) = room.upgrade() else {
            return Poll::Ready(None);
        };
        let mut courier = room.courier.borrow_mut();
        courier
            .get_or_insert_with(|| context.waker().clone())
            .clone_from(context.waker());
        let calls = room.outgoing.borrow().len();
        // Whoever is about to look again need not be woken.
        room.fetch(if calls == 0 {
            Wake::This(context.waker())
        } else {
            Wake::Nobody
        });
        if calls == 0 {
            Poll::Pending
        } else {
            Poll::Ready(Some(calls))
        }
    })
    .await
}
