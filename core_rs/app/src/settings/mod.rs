//! What an operator can choose, read from JSON and checked once, at the edge.

mod address;
mod check;
mod document;
mod secret;

use std::num::NonZeroUsize;

use proxy::telemetry::Workload;
use proxy::telemetry::access_log::{Format, Target};
use proxy::telemetry::audit::AuditSettings;

pub use address::{AdminAddress, Listen, ListenAddress};
pub use document::{
    AccessLogDocument, AuditLogDocument, LimitsDocument, PoolDocument, SettingsDocument,
    TimeoutsDocument, WorkloadDocument,
};
pub use secret::Secret;

use crate::error::Error;

/// Where the access log goes and how it looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessLog {
    /// Standard output or a file.
    pub target: Target,
    /// Text or JSON.
    pub format: Format,
}

/// The settings of a proxy process, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where requests are accepted; at least one.
    pub listen: Vec<Listen>,
    /// Traffic threads; `None` is the CPU quota, at most 2.
    pub workers: Option<NonZeroUsize>,
    /// Where the admin pages are; `None` is nowhere.
    pub admin: Option<AdminAddress>,
    /// What changes over TCP must bring along; without it there are none over TCP.
    pub admin_token: Option<Secret>,
    /// The access log, if there is one.
    pub access_log: Option<AccessLog>,
    /// The audit log, if there is one.
    pub audit_log: Option<AuditSettings>,
    /// Client connections at a time; `None` is half of the files that the process may open.
    pub connections: Option<NonZeroUsize>,
    /// The request path's own settings.
    pub proxy: proxy::settings::Settings,
    /// Who this proxy is in metrics.
    pub workload: Workload,
    /// Who this proxy is to policies and routes.
    pub identity: model::workload::Workload,
    /// What all of this was read from; its secrets show as `***`.
    pub document: SettingsDocument,
}

impl Settings {
    /// Reads settings from JSON.
    ///
    /// # Errors
    /// [`Error::Setting`] names the first field that is unknown or has a value it cannot have.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        let document: SettingsDocument = serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| {
                let path = error.path().to_string();
                let field = if path == "." { "settings" } else { &path };
                Error::setting(field, error.inner().to_string())
            })?;
        deserializer
            .end()
            .map_err(|error| Error::setting("settings", error.to_string()))?;
        Self::try_from(document)
    }
}

#[cfg(test)]
mod tests;
