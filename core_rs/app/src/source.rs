//! Documents that arrive while the proxy runs, from a child process that makes them.
//!
//! The child writes one JSON object per line: `{"revision": 7, "documents": {…}}`, or
//! `{"revision": 7, "refused": [finding, …]}` where what it read is wrong. Each is answered on its
//! standard input by `{"revision": 7, "accepted": true}`, or `false` with the error. It ends when
//! its standard input does; if it ends by itself, it is started again.

use std::io::{self, BufRead as _, BufReader, Cursor, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use model::error::CompileError;
use model::wire::Documents;
use proxy::telemetry::log;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, Chain};
use tokio::net::unix::pipe;

use crate::error::Error;

/// The longest line that is read, in bytes; a mesh of ten thousand services stays below it.
const LINE_BYTES: u64 = 256 << 20;
/// For the child to take an answer.
const ANSWER: Duration = Duration::from_secs(1);
/// The shortest and longest pause before a child that ended is started again.
const PAUSE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// One line of the child.
#[derive(Debug)]
pub(crate) enum Update {
    /// Documents to be compiled and served.
    Documents {
        /// Counts the child's lines.
        revision: u64,
        /// All of the proxy's documents.
        documents: Box<Documents>,
    },
    /// What was read is wrong; what is in force stays.
    Refused {
        /// Counts the child's lines.
        revision: u64,
        /// The findings as the child wrote them.
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
    #[serde(default)]
    refused: Vec<Value>,
}

/// A child that has given its first documents.
#[derive(Debug)]
pub struct Source {
    command: Vec<String>,
    process: Process,
    first: Documents,
    revision: u64,
}

#[derive(Debug)]
struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
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
        process
            .output
            .by_ref()
            .take(LINE_BYTES)
            .read_until(b'\n', &mut line)
            .map_err(lost)?;
        if !line.is_empty()
            && let Update::Documents {
                revision,
                documents,
            } = read(&line).map_err(lost)?
        {
            return Ok(Self {
                command,
                process,
                first: *documents,
                revision,
            });
        }
        drop(process.input);
        let status = process.child.wait().map_err(lost)?;
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
        };
        Ok((self.first, self.revision, link))
    }
}

impl Process {
    fn spawn(command: &[String]) -> Result<Self, Error> {
        let (program, arguments) = command
            .split_first()
            .ok_or_else(|| Error::setting("source", "must name a program"))?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C is for the proxy; the child ends with it.
            .process_group(0)
            .spawn()
            .map_err(|source| Error::System {
                what: "start the translator",
                source,
            })?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(lost(io::ErrorKind::BrokenPipe.into()));
        };
        Ok(Self {
            child,
            input,
            output: BufReader::new(output),
        })
    }
}

type Output = tokio::io::BufReader<Chain<Cursor<Vec<u8>>, pipe::Receiver>>;

struct Pipes {
    child: Child,
    input: pipe::Sender,
    output: Output,
    /// What has come of the next line.
    line: Vec<u8>,
}

impl Pipes {
    fn new(process: Process) -> io::Result<Self> {
        let early = process.output.buffer().to_vec();
        let output = pipe::Receiver::from_owned_fd(OwnedFd::from(process.output.into_inner()))?;
        Ok(Self {
            child: process.child,
            input: pipe::Sender::from_owned_fd(OwnedFd::from(process.input))?,
            output: tokio::io::BufReader::new(tokio::io::AsyncReadExt::chain(
                Cursor::new(early),
                output,
            )),
            line: Vec::new(),
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
        let update = read(&self.line);
        self.line.clear();
        update.map(Some)
    }
}

impl Drop for Pipes {
    fn drop(&mut self) {
        // A child whose lines are not read any more is of no use, and must not stay as a zombie.
        let _ended_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The proxy's end of a child.
pub(crate) struct Link {
    command: Vec<String>,
    /// None while it has to be started again.
    pipes: Option<Pipes>,
    /// Before the next start.
    pause: Duration,
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
                Ok(Some(update)) => {
                    self.pause = PAUSE.0;
                    return update;
                }
                Ok(None) => log::error(format_args!(
                    "the translator has ended; what is in force stays, and it is started again"
                )),
                Err(error) => log::error(format_args!(
                    "the translator cannot be understood and is started again: {error}"
                )),
            }
            self.pipes = None;
            return Update::Lost;
        }
    }

    async fn start_again(&mut self) {
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(PAUSE.1);
        match Process::spawn(&self.command).and_then(|it| Pipes::new(it).map_err(lost)) {
            Ok(pipes) => self.pipes = Some(pipes),
            Err(error) => log::error(format_args!("{error}")),
        }
    }

    /// Tells the child what became of a revision.
    pub(crate) async fn answer(&mut self, revision: u64, result: Result<(), &CompileError>) {
        let answer = match result {
            Ok(()) => json!({"revision": revision, "accepted": true}),
            Err(error) => json!({
                "revision": revision,
                "accepted": false,
                "error": {
                    "code": error.code().as_str(),
                    "message": error.to_string(),
                    "document": error.document(),
                    "field": error.field(),
                    "reason": error.reason(),
                },
            }),
        };
        let Some(pipes) = &mut self.pipes else { return };
        let line = format!("{answer}\n");
        // A child that does not read its answers, or is gone, is noticed where its lines are read.
        let sent = pipes.input.write_all(line.as_bytes());
        let _late = tokio::time::timeout(ANSWER, sent).await;
    }
}

fn lost(source: io::Error) -> Error {
    Error::System {
        what: "hear from the translator",
        source,
    }
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
        let findings = line.refused;
        return Ok(Update::Refused { revision, findings });
    };
    Ok(match Documents::parse(documents.get().as_bytes()) {
        Ok(documents) => Update::Documents {
            revision,
            documents: Box::new(documents),
        },
        Err(error) => Update::Refused {
            revision,
            findings: vec![json!({"severity": "error", "message": error.to_string()})],
        },
    })
}
