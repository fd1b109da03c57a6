//! One line per request, rendered on the worker and written by a thread of its own.
//!
//! A worker renders into a block that it owns and hands the block over when it is full, or every
//! 100 ms. The writer sends the empty block back. A worker whose blocks are all with the writer
//! drops its lines and counts them; it never waits.

mod block;
pub mod escape;
mod json;
mod text;
mod writer;

use std::io;
use std::path::PathBuf;

pub(super) use block::AccessLog;
pub use writer::{AccessLogCounters, AccessLogWriter, WriterThread};

/// How a line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// The default format of Istio's sidecars.
    #[default]
    Text,
    /// The same values as a JSON object per line, with Istio's keys.
    Json,
}

/// Where lines go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The process's standard output.
    Stdout,
    /// A file, appended to, and opened anew by [`WriterThread::reopen`].
    File(PathBuf),
}

/// Starts the writer thread.
///
/// # Errors
///
/// The file cannot be opened, or the thread not be started.
pub fn start(target: Target, format: Format) -> io::Result<(AccessLogWriter, WriterThread)> {
    writer::start(target, format)
}
