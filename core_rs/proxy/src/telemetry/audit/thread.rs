//! The thread that numbers, seals and appends entries.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::AuditSettings;
use super::chain::Chain;
use super::file::LogFile;
use crate::telemetry::clock::Clock;
use crate::telemetry::log;

/// Entries of all workers that may wait: about 4 MiB.
const QUEUE: usize = 8_192;
/// Entries that are written at once.
const AT_ONCE: usize = 256;

/// What became of entries.
#[derive(Debug, Default)]
pub struct AuditCounters {
    written: AtomicU64,
    lost: AtomicU64,
}

impl AuditCounters {
    /// Entries written.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Entries lost because the thread was behind or could not write.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

enum Message {
    Entry(Vec<u8>),
    Stop,
}

/// Hands entries to the thread. Cheap to clone, one for each worker.
#[derive(Clone)]
pub struct AuditWriter {
    queue: SyncSender<Message>,
    counters: Arc<AuditCounters>,
    grants: bool,
}

impl AuditWriter {
    /// What became of the entries so far.
    #[must_use]
    pub fn counters(&self) -> &Arc<AuditCounters> {
        &self.counters
    }

    pub(super) fn grants(&self) -> bool {
        self.grants
    }

    pub(super) fn deliver(&self, entry: Vec<u8>) {
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) =
            self.queue.try_send(Message::Entry(entry))
        {
            self.counters.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The thread, held by whoever stops it.
pub struct AuditThread {
    queue: SyncSender<Message>,
    ended: Receiver<()>,
}

impl AuditThread {
    /// Writes what is queued and ends the thread, or leaves it behind after `patience`. Workers
    /// must have ended before.
    pub fn stop(self, patience: Duration) {
        let deadline = Instant::now() + patience;
        // A full queue is being emptied; one that stays full belongs to a thread that is stuck,
        // and the entries before the message are written either way.
        let mut message = Message::Stop;
        while let Err(TrySendError::Full(back)) = self.queue.try_send(message) {
            if Instant::now() >= deadline {
                break;
            }
            message = back;
            thread::yield_now();
        }
        drop(self.queue);
        let left = deadline.saturating_duration_since(Instant::now());
        if self.ended.recv_timeout(left) == Err(RecvTimeoutError::Timeout) {
            log::warn(format_args!(
                "the audit log's disk is blocked, its last entries are lost"
            ));
        }
    }
}

pub(super) fn start(settings: AuditSettings) -> io::Result<(AuditWriter, AuditThread)> {
    let grants = settings.grants;
    let opened = LogFile::open(settings)?;
    let (queue, messages) = sync_channel(QUEUE);
    let (end, ended) = sync_channel(1);
    let counters = Arc::new(AuditCounters::default());
    let writer = AuditWriter {
        queue: queue.clone(),
        counters: Arc::clone(&counters),
        grants,
    };
    let mut scribe = Scribe {
        log: opened.log,
        chain: opened.chain,
        counters,
        told: 0,
        clock: Clock::new(),
        lines: Vec::new(),
    };
    thread::Builder::new()
        .name("pymesh-audit".into())
        .spawn(move || {
            scribe.run(&messages);
            drop(end);
        })?;
    Ok((writer, AuditThread { queue, ended }))
}

struct Scribe {
    log: LogFile,
    chain: Chain,
    counters: Arc<AuditCounters>,
    /// How many lost entries the log has been told of.
    told: u64,
    clock: Clock,
    lines: Vec<u8>,
}

impl Scribe {
    fn run(&mut self, messages: &Receiver<Message>) {
        let mut entries = Vec::new();
        while let Ok(first) = messages.recv() {
            let mut stop = false;
            for message in std::iter::once(first).chain(messages.try_iter()) {
                match message {
                    Message::Entry(entry) => entries.push(entry),
                    Message::Stop => stop = true,
                }
                if stop || entries.len() >= AT_ONCE {
                    break;
                }
            }
            self.write(&entries);
            entries.clear();
            if stop {
                break;
            }
        }
        if let Err(error) = self.log.sync() {
            log::error(format_args!("cannot sync the audit log: {error}"));
        }
    }

    fn write(&mut self, entries: &[Vec<u8>]) {
        let mut chain = self.chain.clone();
        self.lines.clear();
        if self.log.is_torn() {
            self.lines.push(b'\n');
            note(
                &mut chain,
                &mut self.clock,
                "torn_line",
                None,
                &mut self.lines,
            );
        }
        let lost = self.counters.lost();
        if lost > self.told {
            let count = Some(lost - self.told);
            note(
                &mut chain,
                &mut self.clock,
                "entries_lost",
                count,
                &mut self.lines,
            );
        }
        for entry in entries {
            chain.seal(entry, &mut self.lines);
        }
        if self.lines.is_empty() {
            return;
        }
        let count = entries.len() as u64;
        match self.log.append(&self.lines) {
            Ok(()) => {
                self.chain = chain;
                self.told = lost;
                self.counters.written.fetch_add(count, Ordering::Relaxed);
            }
            Err(error) => {
                self.counters.lost.fetch_add(count, Ordering::Relaxed);
                log::limited(
                    log::Level::Error,
                    Duration::from_secs(10),
                    "audit_log_write",
                    format_args!("cannot write the audit log: {error}"),
                );
            }
        }
    }
}

/// Seals an entry about the log itself.
fn note(chain: &mut Chain, clock: &mut Clock, event: &str, count: Option<u64>, out: &mut Vec<u8>) {
    let mut entry = b"\"time\":\"".to_vec();
    clock.adjust();
    clock.write(Instant::now(), &mut entry);
    entry.extend_from_slice(b"\",\"event\":\"");
    entry.extend_from_slice(event.as_bytes());
    entry.push(b'"');
    if let Some(count) = count {
        entry.extend_from_slice(b",\"count\":");
        entry.extend_from_slice(itoa::Buffer::new().format(count).as_bytes());
    }
    chain.seal(&entry, out);
}
