//! The thread that writes the access log.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

use super::super::log;
use super::{Format, Target};

/// How many blocks of all workers may wait for the writer.
const QUEUE: usize = 64;

/// How a log file is made: readable by the owner's group, as log shippers are.
const FILE_MODE: u32 = 0o640;

/// Lines of a worker on their way.
pub(super) struct Block {
    pub(super) bytes: Vec<u8>,
    pub(super) lines: u64,
    /// Where the empty block goes back to.
    pub(super) home: SyncSender<Vec<u8>>,
}

enum Message {
    Block(Block),
    /// Look at the mark that [`WriterThread::reopen`] sets.
    Wake,
    Stop,
}

/// Whether the writer took a block.
pub(super) enum Delivery {
    Taken,
    /// It is behind or gone; the lines are lost and counted. Here is the block.
    Refused(Vec<u8>),
}

/// Lines of the access log, by what became of them. Touched once per block.
#[derive(Debug, Default)]
pub struct AccessLogCounters {
    written: AtomicU64,
    dropped: AtomicU64,
}

impl AccessLogCounters {
    /// Lines written.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Lines lost because the writer was behind or could not write.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(super) fn drop_lines(&self, lines: u64) {
        self.dropped.fetch_add(lines, Ordering::Relaxed);
    }
}

/// Hands blocks to the writer thread. Cheap to clone, one for each worker.
#[derive(Clone)]
pub struct AccessLogWriter {
    queue: SyncSender<Message>,
    format: Format,
    counters: Arc<AccessLogCounters>,
}

impl AccessLogWriter {
    /// What became of the lines so far.
    #[must_use]
    pub fn counters(&self) -> &Arc<AccessLogCounters> {
        &self.counters
    }

    pub(super) fn format(&self) -> Format {
        self.format
    }

    pub(super) fn deliver(&self, block: Block) -> Delivery {
        match self.queue.try_send(Message::Block(block)) {
            Ok(()) => Delivery::Taken,
            Err(TrySendError::Full(message) | TrySendError::Disconnected(message)) => {
                let Message::Block(block) = message else {
                    return Delivery::Taken;
                };
                self.counters.drop_lines(block.lines);
                Delivery::Refused(block.bytes)
            }
        }
    }
}

/// The writer thread, held by whoever stops it.
pub struct WriterThread {
    queue: SyncSender<Message>,
    renamed: Arc<AtomicBool>,
    ended: Receiver<()>,
}

impl WriterThread {
    /// Opens the file anew before the next block is written: it has been renamed by log rotation.
    pub fn reopen(&self) {
        self.renamed.store(true, Ordering::Relaxed);
        // a full queue means that the writer is awake
        drop(self.queue.try_send(Message::Wake));
    }

    /// Writes what is queued and ends the thread, or leaves it behind after `patience`, since a
    /// full pipe may block it for ever. Workers must have flushed before.
    pub fn stop(self, patience: Duration) {
        // a queue that stays full means a blocked writer, which the wait below gives up on
        drop(self.queue.try_send(Message::Stop));
        drop(self.queue);
        if self.ended.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
            log::warn(format_args!(
                "the access log's writer is blocked, its last lines are lost"
            ));
        }
    }
}

/// Where the bytes go, and how to find it again.
struct Sink {
    target: Target,
    renamed: Arc<AtomicBool>,
    output: Box<dyn Write + Send>,
}

impl Sink {
    fn open(target: Target, renamed: Arc<AtomicBool>) -> io::Result<Self> {
        let output: Box<dyn Write + Send> = match &target {
            // a descriptor of our own: unbuffered, and no lock that another thread may hold
            Target::Stdout => {
                use std::os::fd::AsFd;
                Box::new(File::from(io::stdout().as_fd().try_clone_to_owned()?))
            }
            Target::File(path) => Box::new(
                OpenOptions::new()
                    .append(true)
                    .create(true)
                    .mode(FILE_MODE)
                    .open(path)?,
            ),
        };
        Ok(Self {
            target,
            renamed,
            output,
        })
    }

    /// Opens the file anew if it was renamed; keeps to the old one if that is not possible.
    fn follow(&mut self) {
        if !self.renamed.swap(false, Ordering::Relaxed) {
            return;
        }
        match Self::open(self.target.clone(), Arc::clone(&self.renamed)) {
            Ok(sink) => *self = sink,
            Err(error) => log::error(format_args!("cannot reopen the access log: {error}")),
        }
    }
}

pub(super) fn start(target: Target, format: Format) -> io::Result<(AccessLogWriter, WriterThread)> {
    let renamed = Arc::new(AtomicBool::new(false));
    let sink = Sink::open(target, Arc::clone(&renamed))?;
    let (queue, messages) = sync_channel(QUEUE);
    let (end, ended) = sync_channel(1);
    let counters = Arc::new(AccessLogCounters::default());
    let writer = AccessLogWriter {
        queue: queue.clone(),
        format,
        counters: Arc::clone(&counters),
    };
    thread::Builder::new()
        .name("pymesh-access".into())
        .spawn(move || {
            run(sink, &messages, &counters);
            drop(end);
        })?;
    Ok((
        writer,
        WriterThread {
            queue,
            renamed,
            ended,
        },
    ))
}

fn run(mut sink: Sink, messages: &Receiver<Message>, counters: &AccessLogCounters) {
    while let Ok(message) = messages.recv() {
        match message {
            Message::Block(Block {
                mut bytes,
                lines,
                home,
            }) => {
                sink.follow();
                match sink.output.write_all(&bytes) {
                    Ok(()) => {
                        counters.written.fetch_add(lines, Ordering::Relaxed);
                    }
                    Err(error) => {
                        counters.drop_lines(lines);
                        log::limited(
                            log::Level::Error,
                            Duration::from_secs(10),
                            "access_log_write",
                            format_args!("cannot write the access log: {error}"),
                        );
                    }
                }
                bytes.clear();
                // the worker may be gone
                drop(home.try_send(bytes));
            }
            Message::Wake => sink.follow(),
            Message::Stop => return,
        }
    }
}
