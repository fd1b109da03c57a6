//! The thread that writes to standard error.

use std::io::{self, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

/// How many lines may wait.
const QUEUE: usize = 256;

enum Message {
    Line(String),
    Flush(SyncSender<()>),
}

/// Starts with the first line and lives as long as the process; none if it could not be started.
static THREAD: OnceLock<Option<SyncSender<Message>>> = OnceLock::new();
static DROPPED: AtomicU64 = AtomicU64::new(0);

/// Queues a line, or drops it and counts it if 256 wait already.
pub(super) fn send(line: &str) {
    match THREAD.get_or_init(start) {
        Some(queue) => {
            if let Err(TrySendError::Full(_)) = queue.try_send(Message::Line(line.to_owned())) {
                DROPPED.fetch_add(1, Ordering::Relaxed);
            }
        }
        None => write(line),
    }
}

/// Waits until the lines so far are written, at most `patience`.
pub fn flush(patience: Duration) {
    let Some(Some(queue)) = THREAD.get() else {
        return;
    };
    let (done, wait) = sync_channel(1);
    if queue.try_send(Message::Flush(done)).is_ok() {
        // on a timeout the lines are late, which is all that can be said
        let _ = wait.recv_timeout(patience);
    }
}

fn start() -> Option<SyncSender<Message>> {
    let (queue, messages) = sync_channel(QUEUE);
    let thread = thread::Builder::new().name("pymesh-log".into());
    thread.spawn(move || run(&messages)).ok().map(|_| queue)
}

fn run(messages: &Receiver<Message>) {
    while let Ok(message) = messages.recv() {
        match message {
            Message::Line(line) => write(&line),
            Message::Flush(done) => drop(done.try_send(())),
        }
        let dropped = DROPPED.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            write(&format!(
                "pymesh: warn: {dropped} lines of this log were dropped\n"
            ));
        }
    }
}

fn write(line: &str) {
    // there is nowhere to report that standard error is gone
    drop(io::stderr().write_all(line.as_bytes()));
}
