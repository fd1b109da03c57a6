//! The configuration in force, and what becomes of changes to it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use model::error::CompileError;
use model::snapshot::Snapshot;
use model::wire::{Documents, ListenerProtocol, PluginDocument};
use model::workload::Workload;
use proxy::telemetry::{MetricsRegistry, log};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::PluginHost;
use crate::resolve::Resolver;
use crate::source::{Link, Update};
use crate::system::sample;

/// For plugins to be imported and made.
const PLUGINS: Duration = Duration::from_secs(10);

/// What the proxy serves by, shared with the admin pages.
pub(crate) struct Configuration {
    workload: Workload,
    /// Read by the workers.
    pub(crate) snapshot: Arc<ArcSwap<Snapshot>>,
    /// What it was compiled from.
    pub(crate) documents: ArcSwap<Documents>,
    metrics: Arc<MetricsRegistry>,
    /// Where the gateways listened when the proxy started: sockets are bound once.
    ports: BTreeSet<u16>,
    status: Mutex<Status>,
}

#[derive(Debug)]
struct Status {
    revision: u64,
    since: SystemTime,
    refusals: u64,
    /// The last change, if it was refused.
    refused: Option<Refused>,
    /// Whether the process that makes documents runs, if there is one.
    source: Option<bool>,
}

#[derive(Debug)]
struct Refused {
    revision: u64,
    at: SystemTime,
    findings: Vec<Value>,
}

impl Configuration {
    /// Serves `documents`, the revision `revision` of a source if there is one.
    ///
    /// # Errors
    /// [`CompileError`]: nothing is in force then.
    pub(crate) fn new(
        documents: Documents,
        workload: Workload,
        metrics: Arc<MetricsRegistry>,
        revision: Option<u64>,
    ) -> Result<Self, CompileError> {
        let snapshot = Snapshot::compile(&documents, &workload)?;
        metrics.set_generation(snapshot.generation());
        Ok(Self {
            workload,
            ports: http_ports(&snapshot).collect(),
            snapshot: Arc::new(ArcSwap::from_pointee(snapshot)),
            documents: ArcSwap::from_pointee(documents),
            metrics,
            status: Mutex::new(Status {
                revision: revision.unwrap_or_default(),
                since: SystemTime::now(),
                refusals: 0,
                refused: None,
                source: revision.map(|_| true),
            }),
        })
    }

    /// Puts another Snapshot in force.
    pub(crate) fn swap(&self, snapshot: Snapshot) {
        self.metrics.set_generation(snapshot.generation());
        self.snapshot.store(Arc::new(snapshot));
    }

    /// Puts documents in force: their plugins first, so that no policy asks one that is not there.
    async fn replace(
        &self,
        revision: u64,
        documents: Documents,
        host: Option<&dyn PluginHost>,
    ) -> Result<(), Refusal> {
        let snapshot = Snapshot::compile(&documents, &self.workload)?;
        check_labels(&snapshot)?;
        let before = self.snapshot.load_full();
        if snapshot.plugins() != before.plugins() {
            load(snapshot.plugins(), before.plugins(), host).await?;
        }
        let served =
            |port: &u16| self.ports.contains(port) || http_ports(&before).any(|it| it == *port);
        for port in http_ports(&snapshot).filter(|port| !served(port)) {
            log::warn(format_args!(
                "a gateway now listens on port {port}, too, which needs a restart"
            ));
        }
        self.swap(snapshot);
        self.documents.store(Arc::new(documents));
        let mut status = self.status();
        status.revision = revision;
        status.since = SystemTime::now();
        status.refused = None;
        status.source = Some(true);
        Ok(())
    }

    /// Notes and reports that documents are not put in force.
    fn turn_down(&self, revision: u64, refusal: &Refusal) {
        log::error(format_args!(
            "revision {revision} was refused, {} stays in force: {refusal}",
            self.status().revision
        ));
        let finding = json!({"severity": "error", "code": refusal.code(),
            "message": refusal.to_string()});
        self.refuse(revision, vec![finding]);
    }

    fn refuse(&self, revision: u64, findings: Vec<Value>) {
        let mut status = self.status();
        status.source = Some(true);
        status.refusals += 1;
        status.refused = Some(Refused {
            revision,
            at: SystemTime::now(),
            findings,
        });
    }

    fn status(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For the page `/config`.
    pub(crate) fn report(&self) -> Value {
        let status = self.status();
        let snapshot = self.snapshot.load();
        let late: BTreeSet<u16> = http_ports(&snapshot)
            .filter(|port| !self.ports.contains(port))
            .collect();
        json!({
            "ports_after_restart": late,
            "revision": status.revision,
            "since": seconds(status.since),
            "source": status.source.map(|runs| if runs { "up" } else { "down" }),
            "refused": status.refused.as_ref().map(|refused| json!({
                "revision": refused.revision,
                "at": seconds(refused.at),
                "findings": refused.findings,
            })),
        })
    }

    /// Appends metrics, if documents come from a source.
    pub(crate) fn render(&self, out: &mut String) {
        let status = self.status();
        let Some(source) = status.source else { return };
        let age = status.since.elapsed().unwrap_or_default();
        let mut gauge = |name, help, value| sample(out, name, "gauge", help, value);
        gauge(
            "pymesh_config_revision",
            "Revision of the documents in force.",
            status.revision,
        );
        gauge(
            "pymesh_config_refused",
            "1 while the last change was refused and an earlier one is in force.",
            status.refused.is_some().into(),
        );
        gauge(
            "pymesh_config_source_up",
            "1 while the process that makes the documents runs.",
            source.into(),
        );
        gauge(
            "pymesh_config_age_seconds",
            "Since the documents in force were accepted.",
            age.as_secs(),
        );
        sample(
            out,
            "pymesh_config_refused_total",
            "counter",
            "Changes that were refused.",
            status.refusals,
        );
    }
}

/// The ports on which the proxy's gateways take plaintext HTTP.
fn http_ports(snapshot: &Snapshot) -> impl Iterator<Item = u16> {
    let listeners = snapshot.listeners().iter();
    listeners
        .filter(|listener| listener.protocol == ListenerProtocol::Http)
        .map(|listener| listener.port)
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

/// Why documents are not put in force.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// They break their grammar or contradict each other.
    #[error(transparent)]
    Documents(#[from] CompileError),
    /// A plugin cannot be loaded.
    #[error("{0}")]
    Plugins(String),
    /// A gateway asks for a label that this proxy was not started with.
    #[error(
        "gateway {gateway} now selects proxies with {label}, and the policies for those would not \
         hold here: start it again"
    )]
    Label {
        /// `namespace/name`.
        gateway: String,
        /// `key=value`.
        label: String,
    },
}

impl Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Documents(error) => error.code().as_str(),
            Self::Plugins(_) => "plugin_failed",
            Self::Label { .. } => "label_missing",
        }
    }

    /// What the process that made the documents is told.
    pub(crate) fn report(&self) -> Value {
        let mut report = json!({"code": self.code(), "message": self.to_string()});
        if let Self::Documents(error) = self {
            report["document"] = error.document().into();
            report["field"] = error.field().into();
            report["reason"] = error.reason().into();
        }
        report
    }
}

/// A proxy's labels are settled when it starts; policies select it by them.
fn check_labels(snapshot: &Snapshot) -> Result<(), Refusal> {
    let labels = &snapshot.workload().labels;
    for listener in snapshot.listeners() {
        let missing = |(key, value): &(&String, &String)| labels.get(*key) != Some(value);
        if let Some((key, value)) = listener.selector.iter().find(missing) {
            return Err(Refusal::Label {
                gateway: listener.gateway.clone(),
                label: format!("{key}={value}"),
            });
        }
    }
    Ok(())
}

/// Has the plugins of new documents loaded, in place of those `before`.
async fn load(
    plugins: &[PluginDocument],
    before: &[PluginDocument],
    host: Option<&dyn PluginHost>,
) -> Result<(), Refusal> {
    let Some(host) = host else {
        let reason = "it has plugins, and this proxy was started without any: start it again";
        return Err(Refusal::Plugins(reason.to_owned()));
    };
    let (done, told) = oneshot::channel();
    host.follow(plugins, done);
    match tokio::time::timeout(PLUGINS, told).await {
        Ok(Ok(result)) => result.map_err(Refusal::Plugins),
        Ok(Err(_)) => Err(Refusal::Plugins(
            "the plugins cannot change any more".to_owned(),
        )),
        Err(_) => {
            // They may still come to be in force: those of the documents in force follow them.
            let (done, _unheard) = oneshot::channel();
            host.follow(before, done);
            Err(Refusal::Plugins(format!(
                "the plugins were not loaded within {} s",
                PLUGINS.as_secs()
            )))
        }
    }
}

/// Applies changes for ever: of the documents, and of the addresses behind names.
pub(crate) async fn keep(
    configuration: Arc<Configuration>,
    mut resolver: Resolver,
    mut link: Option<Link>,
    host: Option<Arc<dyn PluginHost>>,
) {
    loop {
        let update = async {
            match &mut link {
                Some(link) => link.next().await,
                None => std::future::pending().await,
            }
        };
        let update = tokio::select! {
            update = update => update,
            (slice, found) = resolver.next() => {
                resolver.apply(&slice, found, &configuration);
                continue;
            }
        };
        match update {
            Update::Documents {
                revision,
                documents,
            } => {
                let result = match documents {
                    Ok(mut documents) => {
                        resolver.complete(&mut documents);
                        let names = documents.names.clone();
                        let replaced = configuration
                            .replace(revision, *documents, host.as_deref())
                            .await;
                        // Names of documents that were refused are not those in force.
                        if replaced.is_ok() {
                            resolver.follow(names);
                        }
                        replaced
                    }
                    Err(error) => Err(error.into()),
                };
                if let Err(refusal) = &result {
                    configuration.turn_down(revision, refusal);
                }
                if let Some(link) = &mut link {
                    link.answer(revision, result.as_ref().copied()).await;
                }
            }
            Update::Refused { revision, findings } => {
                let mut first = String::new();
                if let Some(message) = findings.first().and_then(|it| it["message"].as_str()) {
                    let _ = write!(first, ": {message}");
                }
                log::warn(format_args!(
                    "revision {revision} was refused, {} stays in force{first}",
                    configuration.status().revision
                ));
                configuration.refuse(revision, findings);
            }
            Update::Lost => configuration.status().source = Some(false),
        }
    }
}

#[cfg(test)]
mod tests;
