//! The hooks in force, read once from the Python side's `HookTable`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use proxy::hooks::Phases;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::meter::Meter;
use crate::quarantine::Quarantine;
use crate::report::Limit;
use crate::verdict::Verdicts;
use crate::watch::Watched;

/// A hook of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Authorize,
    Route,
    OnRequest,
    OnResponse,
    Telemetry,
}

impl Kind {
    /// Each kind, in the order in which they run.
    const ALL: [Self; 5] = [
        Self::Authorize,
        Self::Route,
        Self::OnRequest,
        Self::OnResponse,
        Self::Telemetry,
    ];

    /// The name in the specification.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Route => "route",
            Self::OnRequest => "on_request",
            Self::OnResponse => "on_response",
            Self::Telemetry => "telemetry",
        }
    }
}

/// An argument that a hook asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Argument {
    Request,
    Peer,
    Route,
    Response,
    Records,
}

/// How a hook takes part in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrapper {
    /// It is one of those that are wrapped.
    None,
    /// A generator; its `yield` gives the inner result.
    New,
    /// A generator; its `yield` gives a `pluggy.Result`.
    Old,
}

/// What happens when a hook fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    Deny,
    Allow,
    Skip,
}

/// One function of one plugin.
pub(crate) struct Hook {
    pub(crate) kind: Kind,
    pub(crate) plugin: Arc<str>,
    pub(crate) function: Py<PyAny>,
    /// At most three, see the specification.
    pub(crate) arguments: Vec<Argument>,
    pub(crate) wrapper: Wrapper,
    pub(crate) deadline: Duration,
    pub(crate) policy: Policy,
    /// `file:line` of its definition.
    pub(crate) place: String,
    /// The file of `place`.
    pub(crate) file: String,
    /// Its labels on the metrics page.
    pub(crate) labels: String,
    pub(crate) meter: Arc<Meter>,
    pub(crate) quarantine: Quarantine,
    pub(crate) failures: Limit,
    inline: AtomicBool,
}

impl Hook {
    fn read(step: &Bound<'_, PyAny>, meters: &[Arc<Hook>]) -> PyResult<Self> {
        let text = |name: &str| step.getattr(name)?.extract::<String>();
        let hook = text("hook")?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.name() == hook);
        let kind = kind.ok_or_else(|| PyTypeError::new_err(format!("no hook {hook}")))?;
        let plugin: Arc<str> = text("plugin")?.into();
        let arguments = step.getattr("arguments")?.extract::<Vec<String>>()?;
        let place = text("place")?;
        let labels = format!("hook=\"{hook}\",plugin=\"{}\"", escape(&plugin));
        let same = |old: &&Arc<Hook>| old.kind == kind && old.plugin == plugin;
        let meter = meters.iter().find(same).map(|old| old.meter.clone());
        Ok(Self {
            kind,
            function: step.getattr("function")?.unbind(),
            arguments: arguments
                .iter()
                .map(|name| argument(name))
                .collect::<PyResult<_>>()?,
            wrapper: match text("wrapper")?.as_str() {
                "" => Wrapper::None,
                "new" => Wrapper::New,
                _ => Wrapper::Old,
            },
            deadline: Duration::try_from_secs_f64(step.getattr("deadline_seconds")?.extract()?)
                .map_err(|error| PyTypeError::new_err(error.to_string()))?,
            policy: match text("on_failure")?.as_str() {
                "allow" => Policy::Allow,
                "skip" => Policy::Skip,
                _ => Policy::Deny,
            },
            file: text("file")?,
            meter: meter.unwrap_or_default(),
            quarantine: Quarantine::default(),
            failures: Limit::default(),
            inline: AtomicBool::new(step.getattr("inline")?.extract()?),
            plugin,
            place,
            labels,
        })
    }

    /// Whether it may run on a worker's thread.
    pub(crate) fn is_inline(&self) -> bool {
        self.inline.load(Ordering::Relaxed)
    }

    /// Sends it to the dispatcher from now on; returns whether it was inline until now.
    pub(crate) fn banish(&self) -> bool {
        self.inline.swap(false, Ordering::Relaxed)
    }
}

fn argument(name: &str) -> PyResult<Argument> {
    Ok(match name {
        "request" => Argument::Request,
        "peer" => Argument::Peer,
        "route" => Argument::Route,
        "response" => Argument::Response,
        "records" => Argument::Records,
        _ => return Err(PyTypeError::new_err(format!("no argument {name}"))),
    })
}

/// A label's value as the Prometheus text format writes it.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

/// The hooks of one kind, in calling order; wrappers come first.
pub(crate) struct Group {
    pub(crate) hooks: Vec<Arc<Hook>>,
    /// How many of them are wrappers.
    pub(crate) wrappers: usize,
}

impl Group {
    fn read(steps: &Bound<'_, PyAny>, before: &[Arc<Hook>]) -> PyResult<Self> {
        let mut hooks = Vec::new();
        for step in steps.try_iter()? {
            hooks.push(Arc::new(Hook::read(&step?, before)?));
        }
        let wrappers = hooks
            .iter()
            .filter(|hook| hook.wrapper != Wrapper::None)
            .count();
        Ok(Self { hooks, wrappers })
    }

    /// Whether every hook of it may run on a worker's thread.
    pub(crate) fn is_inline(&self) -> bool {
        self.hooks.iter().all(|hook| hook.is_inline())
    }
}

/// A part of a request's life in which hooks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// `authorize` of the plugins that serve a provider, by its place among the providers.
    Custom(usize),
    Request,
    Response,
    Telemetry,
}

/// Every hook in force; replaced whole when plugins are reloaded.
pub(crate) struct Table {
    pub(crate) phases: Phases,
    /// Providers, each with its `authorize` hooks.
    custom: Vec<(Box<str>, [Group; 1])>,
    /// `authorize`, `route`, `on_request`: those that have hooks.
    request: Vec<Group>,
    /// `on_response`, if it has hooks.
    response: Vec<Group>,
    /// `telemetry`, if it has hooks.
    telemetry: Vec<Group>,
    /// Every hook of every group.
    pub(crate) all: Vec<Arc<Hook>>,
    pub(crate) verdicts: Verdicts,
    /// What ends a hook that runs past its deadline.
    pub(crate) interrupt: Py<PyAny>,
    /// Files to watch.
    pub(crate) watched: Vec<Watched>,
    pub(crate) reload: Option<Py<PyAny>>,
    /// Loads the plugins of new documents.
    pub(crate) follow: Option<Py<PyAny>>,
    /// To be called when the last call through the table before this one has ended.
    pub(crate) retired: Vec<Py<PyAny>>,
    pub(crate) close: Option<Py<PyAny>>,
}

impl Table {
    /// Reads a `HookTable`.
    ///
    /// `before` are the hooks of the table that this one follows; their counters go on.
    pub(crate) fn read(table: &Bound<'_, PyAny>, before: &[Arc<Hook>]) -> PyResult<Self> {
        let mut groups = Vec::new();
        for kind in Kind::ALL {
            groups.push(Group::read(&table.getattr(kind.name())?, before)?);
        }
        let mut custom: Vec<(Box<str>, [Group; 1])> = Vec::new();
        for provider in table.getattr("custom")?.try_iter()? {
            let (name, steps): (String, Bound<'_, PyAny>) = provider?.extract()?;
            custom.push((name.into(), [Group::read(&steps, before)?]));
        }
        let all = groups
            .iter()
            .chain(custom.iter().flat_map(|(_, groups)| groups))
            .flat_map(|group| group.hooks.iter().cloned())
            .collect();
        let used = |group: &Group| !group.hooks.is_empty();
        let telemetry: Vec<_> = groups.pop().into_iter().filter(used).collect();
        let response: Vec<_> = groups.pop().into_iter().filter(used).collect();
        groups.retain(used);
        let optional = |name: &str| -> PyResult<Option<Py<PyAny>>> {
            let value = table.getattr(name)?;
            Ok((!value.is_none()).then(|| value.unbind()))
        };
        Ok(Self {
            phases: Phases {
                request: !groups.is_empty(),
                response: !response.is_empty(),
                telemetry: !telemetry.is_empty(),
            },
            custom,
            request: groups,
            response,
            telemetry,
            all,
            verdicts: Verdicts::read(&table.getattr("verdicts")?)?,
            interrupt: table.getattr("interrupt")?.unbind(),
            watched: table.getattr("watched")?.extract()?,
            reload: optional("reload")?,
            follow: optional("follow")?,
            retired: table.getattr("retired")?.extract()?,
            close: optional("close")?,
        })
    }

    /// The phase that asks the provider called `name`; `None` if no plugin serves it.
    pub(crate) fn provider(&self, name: &str) -> Option<Phase> {
        let found = self.custom.iter().position(|(known, _)| **known == *name);
        found.map(Phase::Custom)
    }

    /// The groups of a phase, in the order in which they run.
    pub(crate) fn groups(&self, phase: Phase) -> &[Group] {
        match phase {
            Phase::Custom(provider) => self
                .custom
                .get(provider)
                .map_or(&[], |(_, groups)| groups.as_slice()),
            Phase::Request => &self.request,
            Phase::Response => &self.response,
            Phase::Telemetry => &self.telemetry,
        }
    }
}
