//! A worker's end of the access log: lines rendered into blocks that come back.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use http1::Version;
use model::request::RequestView;

use super::super::clock::Clock;
use super::super::record::Record;
use super::writer::{AccessLogWriter, Block, Delivery};
use super::{Format, json, text};

/// A block that holds this much is handed over.
const BLOCK_BYTES: usize = 64 * 1_024;

/// Above the longest line there can be: six fields from the request and three from configuration
/// of 512 bytes, each byte at most six when escaped, and the rest.
const LINE_BYTES: usize = 32 * 1_024;

/// How many blocks a worker may have with the writer: 768 KiB at most, none before they are needed.
const BLOCKS: usize = 8;

/// Renders the lines of one worker.
pub(in super::super) struct AccessLog {
    writer: AccessLogWriter,
    clock: Clock,
    values: Values,
    /// The block in work; without room when there is none.
    bytes: Vec<u8>,
    lines: u64,
    /// Blocks made, at most [`BLOCKS`].
    made: usize,
    empty: Receiver<Vec<u8>>,
    home: SyncSender<Vec<u8>>,
}

impl AccessLog {
    pub(in super::super) fn new(writer: AccessLogWriter) -> Self {
        let (home, empty) = sync_channel(BLOCKS);
        Self {
            writer,
            clock: Clock::new(),
            values: Values::default(),
            bytes: Vec::new(),
            lines: 0,
            made: 0,
            empty,
            home,
        }
    }

    /// Adds the line of one request, or counts it as dropped if all blocks are with the writer.
    pub(in super::super) fn append(&mut self, request: &RequestView<'_>, record: &Record) {
        if self.bytes.capacity() == 0 && !self.take_block() {
            self.writer.counters().drop_lines(1);
            return;
        }
        let out = &mut self.bytes;
        match self.writer.format() {
            Format::Text => {
                out.push(b'[');
                self.clock.write(record.start, out);
                text::write(request, record, &mut self.values, out);
            }
            Format::Json => {
                out.extend_from_slice(b"{\"start_time\":\"");
                self.clock.write(record.start, out);
                json::write(request, record, &mut self.values, out);
            }
        }
        out.push(b'\n');
        self.lines += 1;
        if self.bytes.len() >= BLOCK_BYTES {
            self.hand_over();
        }
    }

    /// Hands over what there is.
    pub(in super::super) fn flush(&mut self) {
        self.clock.adjust();
        if self.lines > 0 {
            self.hand_over();
        }
    }

    fn take_block(&mut self) -> bool {
        if let Ok(block) = self.empty.try_recv() {
            self.bytes = block;
            return true;
        }
        if self.made < BLOCKS {
            self.made += 1;
            self.bytes = Vec::with_capacity(BLOCK_BYTES + LINE_BYTES);
            return true;
        }
        false
    }

    fn hand_over(&mut self) {
        let block = Block {
            bytes: std::mem::take(&mut self.bytes),
            lines: std::mem::take(&mut self.lines),
            home: self.home.clone(),
        };
        if let Delivery::Refused(mut bytes) = self.writer.deliver(block) {
            bytes.clear();
            self.bytes = bytes;
        }
    }
}

impl Drop for AccessLog {
    fn drop(&mut self) {
        self.flush();
    }
}

/// The values of a line that both formats need, and what is reused to render them.
#[derive(Default)]
pub(super) struct Values {
    path: Vec<u8>,
    digits: itoa::Buffer,
}

impl Values {
    pub(super) fn path(&mut self, request: &RequestView<'_>) -> &[u8] {
        let Some(query) = request.query else {
            self.path.clear();
            self.path.extend_from_slice(request.path.as_bytes());
            return &self.path;
        };
        self.path.clear();
        self.path.extend_from_slice(request.path.as_bytes());
        self.path.push(b'?');
        self.path.extend_from_slice(query.as_bytes());
        &self.path
    }

    pub(super) fn number(&mut self, value: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(self.digits.format(value).as_bytes());
    }

    pub(super) fn protocol(record: &Record) -> &'static str {
        match record.version {
            Version::Http10 => "HTTP/1.0",
            Version::Http11 => "HTTP/1.1",
        }
    }

    pub(super) fn flags(record: &Record, out: &mut Vec<u8>) {
        if record.flags.is_empty() {
            out.push(b'-');
        }
        for (index, name) in record.flags.names().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(name.as_bytes());
        }
    }

    /// Why the answer is what it is, as Envoy says it when the upstream answered.
    pub(super) fn details(record: &Record) -> &str {
        if record.reason.is_empty() && record.status != 0 {
            "via_upstream"
        } else {
            &record.reason
        }
    }

    pub(super) fn millis(duration: Duration) -> u64 {
        u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn cluster(record: &Record) -> &str {
        record.cluster.as_ref().map_or("", |cluster| &cluster.name)
    }

    pub(super) fn route(record: &Record) -> &str {
        record.route.as_deref().unwrap_or_default()
    }

    pub(super) fn address(address: Option<SocketAddr>, out: &mut Vec<u8>) {
        match address {
            // writing to a vector cannot fail
            Some(address) => drop(write!(out, "{address}")),
            None => out.push(b'-'),
        }
    }
}
