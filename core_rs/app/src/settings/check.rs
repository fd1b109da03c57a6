//! From what is written to what is meant.

use std::num::NonZeroUsize;
use std::time::Duration;

use http1::Limits;
use proxy::settings::{PoolSettings, Timeouts};
use proxy::telemetry::access_log::{Format, Target};
use proxy::telemetry::audit::AuditSettings;
use proxy::telemetry::{Reporter, Workload};

use super::document::{
    AccessLogDocument, AuditLogDocument, LimitsDocument, PoolDocument, SettingsDocument,
    TimeoutsDocument, WorkloadDocument,
};
use super::{AccessLog, Secret, Settings};
use crate::error::Error;

/// The most workers that can be asked for.
const WORKERS: usize = 256;
/// The longest time that can be asked for, and what "none" means where a time is needed.
const YEAR: Duration = Duration::from_hours(365 * 24);
/// The smallest file of the audit log: room for two of its longest entries.
const AUDIT_FILE_BYTES: u64 = 64 << 10;
/// The shortest token that is taken.
const TOKEN_BYTES: usize = 8;

impl TryFrom<SettingsDocument> for Settings {
    type Error = Error;

    fn try_from(document: SettingsDocument) -> Result<Self, Error> {
        if document.listen.is_empty() {
            return Err(Error::setting("listen", "must have at least one address"));
        }
        let listen = document.listen.iter().enumerate().map(|(index, text)| {
            text.parse()
                .map_err(|reason| wrong(format!("listen[{index}]"), text, reason))
        });
        let admin = document.admin.as_deref().map(|text| {
            text.parse()
                .map_err(|reason| wrong("admin".into(), text, reason))
        });
        at_most("workers", document.workers, WORKERS)?;
        at_most("trusted_hops", document.trusted_hops, 32)?;
        check_token(document.admin_token.as_ref())?;
        Ok(Self {
            listen: listen.collect::<Result<_, _>>()?,
            workers: NonZeroUsize::new(document.workers),
            admin: admin.transpose()?,
            admin_token: document.admin_token.clone(),
            access_log: document.access_log.as_ref().map(access_log).transpose()?,
            audit_log: document.audit_log.as_ref().map(audit_log).transpose()?,
            connections: NonZeroUsize::new(document.limits.connections),
            proxy: proxy::settings::Settings {
                limits: limits(&document.limits)?,
                body_bytes: Some(document.limits.body_bytes).filter(|bytes| *bytes > 0),
                timeouts: timeouts(&document.timeouts)?,
                pool: pool(&document.pool)?,
                trusted_hops: document.trusted_hops,
                normalization: document.path_normalization,
            },
            workload: workload(&document.workload)?,
            identity: identity(&document.workload),
            document,
        })
    }
}

fn wrong(field: String, value: &str, reason: &str) -> Error {
    Error::setting(field, format!("{value:?} {reason}"))
}

fn at_most(field: &str, value: usize, limit: usize) -> Result<(), Error> {
    if value > limit {
        return Err(Error::setting(field, format!("must be at most {limit}")));
    }
    Ok(())
}

fn check_token(token: Option<&Secret>) -> Result<(), Error> {
    match token {
        Some(token) if token.len() < TOKEN_BYTES => Err(Error::setting(
            "admin_token",
            format!("must have at least {TOKEN_BYTES} bytes"),
        )),
        _ => Ok(()),
    }
}

fn audit_log(document: &AuditLogDocument) -> Result<AuditSettings, Error> {
    if document.path.is_empty() {
        return Err(Error::setting("audit_log.path", "must not be empty"));
    }
    if document.file_bytes < AUDIT_FILE_BYTES {
        let reason = format!("must be at least {AUDIT_FILE_BYTES}");
        return Err(Error::setting("audit_log.file_bytes", reason));
    }
    at_most("audit_log.files", document.files, 1_000)?;
    Ok(AuditSettings {
        path: (&document.path).into(),
        file_bytes: document.file_bytes,
        files: document.files,
        grants: document.grants,
    })
}

fn access_log(document: &AccessLogDocument) -> Result<AccessLog, Error> {
    let target = match document.path.as_str() {
        "" => return Err(Error::setting("access_log.path", "must not be empty")),
        "-" => Target::Stdout,
        path => Target::File(path.into()),
    };
    let format = match document.format.as_str() {
        "text" => Format::Text,
        "json" => Format::Json,
        other => {
            return Err(wrong(
                "access_log.format".into(),
                other,
                "must be text or json",
            ));
        }
    };
    Ok(AccessLog { target, format })
}

fn limits(document: &LimitsDocument) -> Result<Limits, Error> {
    let between = |field: &str, value: usize, low: usize, high: usize| {
        if (low..=high).contains(&value) {
            return Ok(value);
        }
        Err(Error::setting(
            format!("limits.{field}"),
            format!("must be from {low} to {high}"),
        ))
    };
    Ok(Limits {
        head_bytes: between("head_bytes", document.head_bytes, 256, 1 << 20)?,
        // A target is a part of its head.
        target_bytes: between(
            "target_bytes",
            document.target_bytes,
            16,
            document.head_bytes,
        )?,
        fields: between("fields", document.fields, 1, Limits::MAX_FIELDS)?,
        ..Limits::default()
    })
}

fn timeouts(document: &TimeoutsDocument) -> Result<Timeouts, Error> {
    Ok(Timeouts {
        request_head: needed("timeouts.request_head_ms", document.request_head_ms)?,
        idle: or_none("timeouts.idle_ms", document.idle_ms)?,
        connect: needed("timeouts.connect_ms", document.connect_ms)?,
        request: Some(milliseconds("timeouts.request_ms", document.request_ms)?)
            .filter(|timeout| !timeout.is_zero()),
        body_idle: or_none("timeouts.body_idle_ms", document.body_idle_ms)?,
        response_idle: or_none("timeouts.response_idle_ms", document.response_idle_ms)?,
        connection_age: or_none("timeouts.connection_age_ms", document.connection_age_ms)?,
        drain: milliseconds("timeouts.drain_ms", document.drain_ms)?,
    })
}

fn pool(document: &PoolDocument) -> Result<PoolSettings, Error> {
    at_most(
        "pool.idle_per_endpoint",
        document.idle_per_endpoint,
        1_000_000,
    )?;
    Ok(PoolSettings {
        idle_per_endpoint: document.idle_per_endpoint,
        idle: needed("pool.idle_ms", document.idle_ms)?,
    })
}

fn milliseconds(field: &str, value: u64) -> Result<Duration, Error> {
    let time = Duration::from_millis(value);
    if time > YEAR {
        return Err(Error::setting(
            field,
            format!("must be at most {}", YEAR.as_millis()),
        ));
    }
    Ok(time)
}

fn needed(field: &str, value: u64) -> Result<Duration, Error> {
    if value == 0 {
        return Err(Error::setting(
            field,
            "must be at least 1; this one cannot be off",
        ));
    }
    milliseconds(field, value)
}

fn or_none(field: &str, value: u64) -> Result<Duration, Error> {
    if value == 0 {
        return Ok(YEAR);
    }
    milliseconds(field, value)
}

fn workload(document: &WorkloadDocument) -> Result<Workload, Error> {
    let reporter = match document.reporter.as_str() {
        "" | "source" => Reporter::Source,
        "destination" => Reporter::Destination,
        other => {
            let reason = "must be source or destination";
            return Err(wrong("workload.reporter".into(), other, reason));
        }
    };
    Ok(Workload {
        reporter,
        name: document.name.clone(),
        namespace: document.namespace.clone(),
        principal: document.principal.clone(),
        app: document.app.clone(),
        version: document.version.clone(),
        canonical_service: document.canonical_service.clone(),
        canonical_revision: document.canonical_revision.clone(),
        cluster: document.cluster.clone(),
    })
}

/// Who the proxy is to policies and routes.
fn identity(document: &WorkloadDocument) -> model::workload::Workload {
    let mut workload = model::workload::Workload {
        service_account: document.service_account.clone(),
        labels: document.labels.clone(),
        gateways: document.gateways.clone(),
        ..Default::default()
    };
    if !document.namespace.is_empty() {
        workload.namespace.clone_from(&document.namespace);
    }
    workload
}
