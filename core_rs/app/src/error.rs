//! Why a proxy does not start, or did not end well.

use std::io;
use std::path::PathBuf;

use model::error::CompileError;

/// An error that an operator can do something about, with a stable code and an exit status.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting has a value that it cannot have.
    #[error("{field}: {reason}")]
    Setting {
        /// Its path in the settings, such as `timeouts.idle_ms`.
        field: String,
        /// What would have been right.
        reason: String,
    },
    /// The documents contradict themselves or each other.
    #[error(transparent)]
    Documents(#[from] CompileError),
    /// Another process listens there.
    #[error("{address}: another process listens there already; choose another port or end it")]
    AddressInUse {
        /// As it was asked for.
        address: String,
    },
    /// The system does not allow it.
    #[error("{what}: {source}{hint}")]
    Denied {
        /// An address or a path.
        what: String,
        /// The likely cause, with punctuation before it; empty where none is known.
        hint: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// Something that is needed is not there: a host name, an address of this machine.
    #[error("{what}: {source}")]
    Unavailable {
        /// An address or a name.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file that a setting names cannot be used.
    #[error("{}: {source}", path.display())]
    File {
        /// As the setting names it.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The process that makes the documents has none; it has said why.
    #[error("the configuration was refused")]
    Source {
        /// That process's own exit code.
        exit_code: u8,
    },
    /// The process cannot do what every process should be able to do.
    #[error("cannot {what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A worker ended before it was told to, or would not end.
    #[error("worker {index}: {reason}")]
    Worker {
        /// Counted from 0.
        index: usize,
        /// What is known.
        reason: String,
    },
}

impl Error {
    /// Every code that [`Error::code`] gives, for documentation and tests.
    pub const CODES: [&'static str; 8] = [
        "address-in-use",
        "bad-document",
        "bad-value",
        "core-failed",
        "missing-file",
        "permission-denied",
        "refused-files",
        "unavailable",
    ];

    /// The stable code, for scripts and documentation.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Setting { .. } => "bad-value",
            Self::Documents(_) => "bad-document",
            Self::AddressInUse { .. } => "address-in-use",
            Self::Source { .. } => "refused-files",
            Self::Denied { .. } => "permission-denied",
            Self::Unavailable { .. } => "unavailable",
            Self::File { .. } => "missing-file",
            Self::System { .. } | Self::Worker { .. } => "core-failed",
        }
    }

    /// The exit status: 64 usage, 65 data, 69 unavailable, 77 permission, 78 configuration,
    /// 1 anything else.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Setting { .. } => 64,
            Self::Documents(_) => 65,
            Self::Source { exit_code } => *exit_code,
            Self::AddressInUse { .. } | Self::Unavailable { .. } => 69,
            Self::Denied { .. } => 77,
            Self::File { .. } => 78,
            Self::System { .. } | Self::Worker { .. } => 1,
        }
    }

    /// A setting's error.
    pub(crate) fn setting(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Setting {
            field: field.into(),
            reason: reason.into(),
        }
    }

    /// What it means that `address` cannot be bound.
    pub(crate) fn bind(address: impl Into<String>, source: io::Error) -> Self {
        let what = address.into();
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::AddressInUse { address: what },
            io::ErrorKind::PermissionDenied => Self::Denied {
                what,
                hint: "; ports below 1024 need the capability NET_BIND_SERVICE",
                source,
            },
            _ => Self::Unavailable { what, source },
        }
    }

    /// What it means that the file at `path` cannot be opened.
    pub(crate) fn file(path: PathBuf, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::PermissionDenied {
            return Self::Denied {
                what: path.display().to_string(),
                hint: "",
                source,
            };
        }
        Self::File { path, source }
    }
}
