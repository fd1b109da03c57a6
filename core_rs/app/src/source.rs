//! Documents that arrive while the proxy runs, from a child process that makes them.
//!
//! The child writes one JSON object per line: `{"revision": 7, "documents": {…}}`, or
//! `{"revision": 7, "refused": [finding, …]}` where what it read is wrong. Each is answered on its
//! standard input by `{"revision": 7, "accepted": true}`, or `false` with the error. It ends when
//! its standard input does; if it ends by itself, it is started again.

use std::io::{self, BufRead, BufReader, Cursor, Read as _};
use std::os::fd::OwnedFd;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use model::error::CompileError;
use model::wire::Documents;
use proxy::telemetry::log;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, Chain};
use tokio::net::unix::pipe;
use tokio::time::Instant;

use crate::child::OwnChild;
use crate::configuration::Refusal;
use crate::error::Error;

/// The longest line that is read, in bytes; a mesh of ten thousand services stays below it.
const LINE_BYTES: u64 = 256 << 20;
/// How many findings are kept of files that were refused.
const FINDINGS: usize = 100;
/// For the child to take an answer.
const ANSWER: Duration = Duration::from_secs(1);
/// For the child to end once its input has.
const END: Duration = Duration::from_millis(500);
/// For a child that has refused its files to end, with the exit code that says so.
const LAST_WORDS: Duration = Duration::from_secs(10);
/// The shortest and longest pause before a child that ended is started again. It doubles from one
/// start to the next, unless the child ran for longer than the longest.
const PAUSE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// One line of the child.
#[derive(Debug)]
pub(crate) enum Update {
    /// Documents to be compiled and served.
    Documents {
        /// Counts the child's lines.
        revision: u64,
        /// All of the proxy's documents, or why they are none.
        documents: Result<Box<Documents>, CompileError>,
    },
    /// What was read is wrong; what is in force stays.
    Refused {
        /// Counts the child's lines.
        revision: u64,
        /// The first findings as the child wrote them, and how many more there are.
        findings: Vec<Value>,
    },
    /// The child has ended; it will be started again.
    Lost,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    revision: u64,
    #[serde(borrow)]
    documents: Option<&'a RawValue>,
    #[serde(borrow, default)]
    refused: Vec<&'a RawValue>,
}

/// A child that has given its first documents.
#[derive(Debug)]
pub struct Source {
    command: Vec<String>,
    process: Process,
    first: Documents,
    revision: u64,
}

/// Its input comes before itself, so that it is dropped first and the child may end by itself.
#[derive(Debug)]
struct Process {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    child: OwnChild,
}

impl Source {
    /// Starts the child and waits for its first documents. Blocks.
    ///
    /// # Errors
    /// [`Error::Source`] if it ends without any, which it does with its own exit code after it has
    /// said on standard error what is wrong.
    pub fn start(command: Vec<String>) -> Result<Self, Error> {
        let mut process = Process::spawn(&command)?;
        let mut line = Vec::new();
        first_line(&mut process.output, LINE_BYTES, &mut line).map_err(lost)?;
        if !line.is_empty()
            && let Update::Documents {
                revision,
                documents,
            } = read(&line).map_err(lost)?
        {
            return Ok(Self {
                command,
                process,
                first: *documents?,
                revision,
            });
        }
        drop(process.input);
        process.child.patience = LAST_WORDS;
        let status = process.child.end().map_err(lost)?;
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        Err(Error::Source {
            exit_code: code.filter(|code| *code != 0).unwrap_or(1),
        })
    }

    /// What is to be served first.
    #[must_use]
    pub fn documents(&self) -> &Documents {
        &self.first
    }

    /// Goes on reading in the runtime of the caller. Gives the first documents and their revision.
    pub(crate) fn watch(self) -> Result<(Documents, u64, Link), Error> {
        let pipes = Pipes::new(self.process).map_err(lost)?;
        let link = Link {
            command: self.command,
            pipes: Some(pipes),
            pause: PAUSE.0,
            started: Instant::now(),
            due: Instant::now(),
        };
        Ok((self.first, self.revision, link))
    }
}

impl Process {
    fn spawn(command: &[String]) -> Result<Self, Error> {
        let (program, arguments) = command
            .split_first()
            .ok_or_else(|| Error::setting("source", "must name a program"))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = OwnChild::spawn(&mut command, END).map_err(|source| Error::System {
            what: "start the translator",
            source,
        })?;
        let pipes = child.process();
        let (Some(input), Some(output)) = (pipes.stdin.take(), pipes.stdout.take()) else {
            return Err(lost(io::ErrorKind::BrokenPipe.into()));
        };
        Ok(Self {
            input,
            output: BufReader::new(output),
            child,
        })
    }
}

type Output = tokio::io::BufReader<Chain<Cursor<Vec<u8>>, pipe::Receiver>>;

/// In the order in which they are dropped, as [`Process`].
struct Pipes {
    input: pipe::Sender,
    output: Output,
    /// What has come of the next line.
    line: Vec<u8>,
    /// Whether the child takes its answers.
    hears: bool,
    child: OwnChild,
}

impl Pipes {
    fn new(process: Process) -> io::Result<Self> {
        let early = process.output.buffer().to_vec();
        let output = pipe::Receiver::from_owned_fd(OwnedFd::from(process.output.into_inner()))?;
        Ok(Self {
            input: pipe::Sender::from_owned_fd(OwnedFd::from(process.input))?,
            output: tokio::io::BufReader::new(tokio::io::AsyncReadExt::chain(
                Cursor::new(early),
                output,
            )),
            line: Vec::new(),
            hears: true,
            child: process.child,
        })
    }

    /// The next line; `None` at the end. Cancelling it loses nothing.
    async fn next(&mut self) -> io::Result<Option<Update>> {
        let left = LINE_BYTES.saturating_sub(self.line.len() as u64);
        let mut output = (&mut self.output).take(left);
        output.read_until(b'\n', &mut self.line).await?;
        if self.line.is_empty() {
            return Ok(None);
        }
        // Not kept for the next line, which may be shorter by far.
        read(&std::mem::take(&mut self.line)).map(Some)
    }
}

/// The proxy's end of a child.
pub(crate) struct Link {
    command: Vec<String>,
    /// None while it has to be started again.
    pipes: Option<Pipes>,
    /// Before the next start but one.
    pause: Duration,
    /// When the child was started.
    started: Instant,
    /// When it is started next, if it does not run.
    due: Instant,
}

impl Link {
    /// The next update. Cancelling it loses none.
    pub(crate) async fn next(&mut self) -> Update {
        loop {
            let Some(pipes) = &mut self.pipes else {
                self.start_again().await;
                continue;
            };
            match pipes.next().await {
                Ok(Some(update)) => return update,
                Ok(None) => log::error(format_args!(
                    "the translator has ended; what is in force stays, and it is started again"
                )),
                Err(error) => log::error(format_args!(
                    "the translator cannot be understood and is started again: {error}"
                )),
            }
            // A child whose lines are not read any more is of no use.
            pipes.child.patience = Duration::ZERO;
            self.pipes = None;
            if self.started.elapsed() > PAUSE.1 {
                self.pause = PAUSE.0;
            }
            self.wait();
            return Update::Lost;
        }
    }

    /// Puts the next start off.
    fn wait(&mut self) {
        self.due = Instant::now() + self.pause;
        self.pause = (self.pause * 2).min(PAUSE.1);
    }

    /// Starts the child when it is time. Cancelling it does not put that off.
    async fn start_again(&mut self) {
        tokio::time::sleep_until(self.due).await;
        match Process::spawn(&self.command).and_then(|it| Pipes::new(it).map_err(lost)) {
            Ok(pipes) => {
                self.pipes = Some(pipes);
                self.started = Instant::now();
            }
            Err(error) => {
                log::error(format_args!("{error}"));
                self.wait();
            }
        }
    }

    /// Tells the child what became of a revision.
    pub(crate) async fn answer(&mut self, revision: u64, result: Result<(), &Refusal>) {
        let answer = match result {
            Ok(()) => json!({"revision": revision, "accepted": true}),
            Err(refusal) => json!({
                "revision": revision,
                "accepted": false,
                "error": refusal.report(),
            }),
        };
        let Some(pipes) = self.pipes.as_mut().filter(|pipes| pipes.hears) else {
            return;
        };
        let line = format!("{answer}\n");
        // A child that is gone is noticed where its lines are read.
        let sent = pipes.input.write_all(line.as_bytes());
        if tokio::time::timeout(ANSWER, sent).await.is_err() {
            // Part of the answer may be in the pipe, so another one could not be told from it.
            pipes.hears = false;
            log::warn(format_args!(
                "the translator does not take its answers and is not sent any more"
            ));
        }
    }
}

fn lost(source: io::Error) -> Error {
    Error::System {
        what: "hear from the translator",
        source,
    }
}

/// Reads up to the end of a line, but no more than `bound` bytes.
fn first_line(output: &mut impl BufRead, bound: u64, line: &mut Vec<u8>) -> io::Result<usize> {
    output.by_ref().take(bound).read_until(b'\n', line)
}

/// One line.
fn read(line: &[u8]) -> io::Result<Update> {
    let Some(line) = line.strip_suffix(b"\n") else {
        let reason = "a line that is too long or was cut";
        return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
    };
    let line: Line<'_> = serde_json::from_slice(line)?;
    let revision = line.revision;
    let Some(documents) = line.documents else {
        let findings = findings(&line.refused)?;
        return Ok(Update::Refused { revision, findings });
    };
    let documents = Documents::parse(documents.get().as_bytes()).map(Box::new);
    Ok(Update::Documents {
        revision,
        documents,
    })
}

/// The first of them. A file can be wrong in a hundred thousand places, and the admin page shows
/// what is kept here.
fn findings(written: &[&RawValue]) -> io::Result<Vec<Value>> {
    let read = written.iter().take(FINDINGS);
    let mut findings = read
        .map(|one| serde_json::from_str(one.get()))
        .collect::<Result<Vec<Value>, _>>()?;
    let more = written.len() - findings.len();
    if more > 0 {
        let message = format!("{more} more findings are not kept");
        findings.push(json!({"severity": "info", "message": message}));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests;
