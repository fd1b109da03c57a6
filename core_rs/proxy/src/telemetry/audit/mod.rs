//! The audit log: what the mesh's policy decided, in an order that cannot be changed unnoticed.
//!
//! A worker renders an entry and hands it to one thread, which numbers it, seals it and appends it.
//! A worker never waits: if the thread is behind, the entry is lost, and the log itself says how
//! many were. Denials are always written, what was allowed only if asked for.

mod chain;
mod file;
mod thread;

use std::cell::RefCell;
use std::io;
use std::path::PathBuf;
use std::time::Instant;

use model::request::RequestView;

pub use thread::{AuditCounters, AuditThread, AuditWriter};

use super::access_log::escape;
use super::clock::Clock;

/// Where the audit log goes and how much of it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditSettings {
    /// The file, appended to; what is older is beside it as `FILE.1`, `FILE.2`, ….
    pub path: PathBuf,
    /// Bytes at which a file is put aside.
    pub file_bytes: u64,
    /// How many files put aside are kept.
    pub files: usize,
    /// Whether what was allowed is written, too.
    pub grants: bool,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The request was refused.
    Deny,
    /// The request was let pass.
    Allow,
    /// A policy with action AUDIT matched.
    Audit,
    /// A policy in dry-run would have refused the request.
    WouldDeny,
}

impl Verdict {
    pub(super) const ALL: [Self; 4] = [Self::Deny, Self::Allow, Self::Audit, Self::WouldDeny];

    /// The word in the log and in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Allow => "allow",
            Self::Audit => "audit",
            Self::WouldDeny => "would_deny",
        }
    }
}

/// One decision.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    /// What was decided.
    pub verdict: Verdict,
    /// `namespace/name` of the policy that decided, if one did.
    pub policy: Option<&'a str>,
    /// The index of its rule that matched.
    pub rule: Option<usize>,
    /// Why.
    pub reason: &'a str,
}

/// One worker's end of the audit log.
pub(super) struct Audit {
    writer: AuditWriter,
    clock: RefCell<Clock>,
}

impl Audit {
    pub(super) fn new(writer: AuditWriter) -> Self {
        Self {
            writer,
            clock: RefCell::new(Clock::new()),
        }
    }

    /// Whether decisions of this kind are written.
    pub(super) fn wants(&self, verdict: Verdict) -> bool {
        verdict != Verdict::Allow || self.writer.grants()
    }

    /// Hands over one entry. Allocates it: a request that is let pass comes here only if grants
    /// are written.
    pub(super) fn append(
        &self,
        decision: &Decision<'_>,
        request: &RequestView<'_>,
        request_id: &[u8],
        at: Instant,
    ) {
        let mut entry = Vec::with_capacity(512);
        entry.extend_from_slice(b"\"time\":\"");
        self.clock.borrow_mut().write(at, &mut entry);
        entry.extend_from_slice(b"\",\"decision\":\"");
        entry.extend_from_slice(decision.verdict.name().as_bytes());
        entry.extend_from_slice(b"\",\"policy\":");
        escape::json(decision.policy.unwrap_or_default().as_bytes(), &mut entry);
        entry.extend_from_slice(b",\"rule\":");
        match decision.rule {
            Some(rule) => entry.extend_from_slice(itoa::Buffer::new().format(rule).as_bytes()),
            None => entry.extend_from_slice(b"null"),
        }
        let peer = request.peer.address.ip().to_string();
        let client = request.peer.client.to_string();
        for (key, value) in [
            ("reason", decision.reason.as_bytes()),
            (
                "identity",
                request.peer.identity.unwrap_or_default().as_bytes(),
            ),
            ("source_ip", peer.as_bytes()),
            ("remote_ip", client.as_bytes()),
            ("method", request.method.as_bytes()),
            ("authority", request.authority.as_bytes()),
            ("path", request.path.as_bytes()),
            ("request_id", request_id),
        ] {
            entry.extend_from_slice(b",\"");
            entry.extend_from_slice(key.as_bytes());
            entry.extend_from_slice(b"\":");
            escape::json(value, &mut entry);
        }
        self.writer.deliver(entry);
    }

    /// Follows the wall clock. Called every 100 ms.
    pub(super) fn flush(&self) {
        self.clock.borrow_mut().adjust();
    }
}

/// Opens the log, takes its chain up where it ended, and starts the thread that writes it.
///
/// # Errors
/// The file cannot be opened or read, its last line is no entry, or the thread cannot be started.
pub fn start(settings: AuditSettings) -> io::Result<(AuditWriter, AuditThread)> {
    thread::start(settings)
}

#[cfg(test)]
mod tests;
