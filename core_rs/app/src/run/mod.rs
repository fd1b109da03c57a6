//! The life of a proxy process.

mod control;
mod signals;
mod workers;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use model::wire::Documents;
use proxy::accept::Permits;
use proxy::drain::Drain;
use proxy::hooks::HookFactory;
use proxy::pressure::Pressure;
use proxy::telemetry::access_log::{self, WriterThread};
use proxy::telemetry::audit::{self, AuditSettings, AuditThread};
use proxy::telemetry::{AccessLogWriter, AuditWriter, MetricsRegistry, log};
use tokio::runtime::Runtime;
use tokio::sync::Notify;

use crate::admin::{self, State};
use crate::configuration::{self, Configuration};
use crate::error::Error;
use crate::resolve::Resolver;
use crate::settings::{AccessLog, Settings};
use crate::source::Source;
use crate::{PluginHost, listen, memory, system};
use control::{Control, Logs};
use signals::Signals;
use workers::{Plan, Workers};

/// How long the writers of the logs may take for what is left at the end.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Where a proxy's documents come from.
pub enum Feed {
    /// They stay as they are.
    Fixed(Box<Documents>),
    /// A child process, which makes new ones when its files change.
    Source(Box<Source>),
}

impl From<Documents> for Feed {
    fn from(documents: Documents) -> Self {
        Self::Fixed(Box::new(documents))
    }
}

/// Runs a proxy until it has drained after SIGTERM, SIGINT or `POST /drain`.
///
/// Says one line on standard error when it serves, with the real ports.
///
/// # Errors
/// When it cannot start, or a worker ended before it should.
pub fn run(
    settings: Settings,
    feed: impl Into<Feed>,
    hooks: Option<Arc<dyn HookFactory>>,
    extra: Option<Arc<dyn PluginHost>>,
) -> Result<(), Error> {
    Proxy::start(settings, feed, hooks, extra)?.serve()
}

/// A proxy whose workers run.
pub struct Proxy {
    runtime: Runtime,
    control: Control,
    addresses: Vec<SocketAddr>,
    admin: Option<String>,
}

/// Ends a proxy from another thread, as signals do.
#[derive(Clone)]
pub struct Stopper(Arc<Notify>);

impl Stopper {
    /// Begins to drain; asked again, cuts what is left.
    pub fn stop(&self) {
        self.0.notify_one();
    }
}

impl Proxy {
    /// Compiles the documents, binds every address and starts the workers.
    ///
    /// # Errors
    /// Nothing is left running when there is one.
    pub fn start(
        settings: Settings,
        feed: impl Into<Feed>,
        hooks: Option<Arc<dyn HookFactory>>,
        extra: Option<Arc<dyn PluginHost>>,
    ) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|source| Error::System {
                what: "start the control thread",
                source,
            })?;
        system::renounce_privileges();
        let files = system::raise_file_limit();
        let inside = runtime.enter();
        let (mut documents, link) = match feed.into() {
            Feed::Fixed(documents) => (*documents, None),
            Feed::Source(source) => {
                let (documents, revision, link) = source.watch()?;
                (documents, Some((revision, link)))
            }
        };
        let resolver = runtime.block_on(Resolver::start(&mut documents, link.is_some()))?;
        let metrics = Arc::new(MetricsRegistry::new(&settings.workload));
        let (revision, link) = link.unzip();
        let configuration = Arc::new(Configuration::new(
            documents,
            settings.identity.clone(),
            Arc::clone(&metrics),
            revision,
        )?);
        let workers = settings
            .workers
            .map_or_else(system::default_workers, Into::into);
        let listeners = settings
            .listen
            .iter()
            .map(|address| listen::listen(address, workers))
            .collect::<Result<Vec<_>, _>>()?;
        let addresses = listeners.iter().map(|it| it.address).collect();
        let admin_listener = settings
            .admin
            .as_ref()
            .map(admin::Listener::bind)
            .transpose()?;
        let admin = admin_listener
            .as_ref()
            .map(admin::Listener::address)
            .transpose();
        let admin = admin.map_err(|source| Error::System {
            what: "name the admin address",
            source,
        })?;
        let signals = Signals::new().map_err(|source| Error::System {
            what: "listen to signals",
            source,
        })?;
        let (access_log, writer_thread) = match settings.access_log.as_ref().map(open_log) {
            Some(opened) => opened.map(|(writer, thread)| (Some(writer), Some(thread)))?,
            None => (None, None),
        };

        let (audit_log, audit_thread) = match settings.audit_log.as_ref().map(open_audit_log) {
            Some(opened) => opened.map(|(writer, thread)| (Some(writer), Some(thread)))?,
            None => (None, None),
        };
        let logs = Logs {
            access: writer_thread,
            audit: audit_thread,
        };

        let drain = Arc::new(Drain::new());
        let pressure = Arc::new(Pressure::default());
        let workers = Workers::start(
            &Plan {
                settings: settings.proxy.clone(),
                snapshot: Arc::clone(&configuration.snapshot),
                permits: Arc::new(Permits::new(
                    settings.connections.map_or(files / 2, Into::into),
                )),
                pressure: Arc::clone(&pressure),
                hooks,
                metrics: Arc::clone(&metrics),
                access_log,
                audit_log,
            },
            workers,
            listeners,
            &drain,
        )?;
        let state = Arc::new(State {
            configuration: Arc::clone(&configuration),
            metrics,
            extra,
            drain,
            pressure,
            serving: AtomicBool::new(false),
            stop: Arc::new(Notify::new()),
            settings,
        });
        runtime.spawn(configuration::keep(
            configuration,
            resolver,
            link,
            state.extra.clone(),
        ));
        runtime.spawn(memory::watch(
            memory::Group::own(),
            Arc::clone(&state.pressure),
        ));
        if let Some(listener) = admin_listener {
            runtime.spawn(admin::serve(listener, Arc::clone(&state)));
        }
        let control = Control::new(workers, signals, state, logs);
        drop(inside);
        Ok(Self {
            runtime,
            control,
            addresses,
            admin,
        })
    }

    /// Where requests are accepted, in the order of the settings.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Where the admin pages are, if anywhere.
    #[must_use]
    pub fn admin(&self) -> Option<&str> {
        self.admin.as_deref()
    }

    /// Ends this proxy from another thread.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper(self.control.stop())
    }

    /// Serves until it has drained. Blocks.
    ///
    /// # Errors
    /// [`Error::Worker`] if a worker ended before it should.
    pub fn serve(self) -> Result<(), Error> {
        let Self {
            runtime,
            mut control,
            addresses,
            admin,
        } = self;
        let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
        let listening = addresses.join(", ");
        let line = match admin {
            Some(admin) => format!("pymesh: listening on {listening}, admin on {admin}"),
            None => format!("pymesh: listening on {listening}"),
        };
        let result = runtime.block_on(control.run(&line));
        // a name that is being looked up is not waited for
        runtime.shutdown_timeout(Duration::from_millis(100));
        control.into_logs().stop(LAST_LINES);
        log::flush(LAST_LINES);
        result
    }
}

fn open_log(settings: &AccessLog) -> Result<(AccessLogWriter, WriterThread), Error> {
    let opened = access_log::start(settings.target.clone(), settings.format);
    opened.map_err(|source: io::Error| match &settings.target {
        access_log::Target::File(path) => Error::file(path.clone(), source),
        access_log::Target::Stdout => Error::System {
            what: "write to standard output",
            source,
        },
    })
}

fn open_audit_log(settings: &AuditSettings) -> Result<(AuditWriter, AuditThread), Error> {
    audit::start(settings.clone()).map_err(|source| Error::file(settings.path.clone(), source))
}
