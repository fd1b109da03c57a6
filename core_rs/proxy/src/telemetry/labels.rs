//! Istio's standard labels, rendered once per series.

use std::fmt::Write as _;

use model::snapshot::Cluster;

use super::record::Flags;

/// Which end of a request this proxy measures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reporter {
    /// The caller's, as a gateway or an outbound sidecar is.
    #[default]
    Source,
    /// The called one's.
    Destination,
}

/// The workload that this proxy belongs to, as metrics name it. Empty fields are reported as
/// Istio does, as `unknown`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are named after the labels that they fill"
)]
pub struct Workload {
    pub reporter: Reporter,
    pub name: String,
    pub namespace: String,
    pub principal: String,
    pub app: String,
    pub version: String,
    pub canonical_service: String,
    pub canonical_revision: String,
    pub cluster: String,
}

const UNKNOWN: &str = "unknown";

/// What tells one series from another. All of it is bounded: clusters come from configuration,
/// statuses and flags from small sets; nothing is taken from a request.
pub(super) struct Distinction<'a> {
    pub(super) cluster: Option<&'a Cluster>,
    pub(super) status: u16,
    pub(super) flags: Flags,
}

/// The labels that all series share.
pub(super) fn common(workload: &Workload) -> String {
    let mut labels = String::new();
    let nobody = Workload::default();
    let (source, destination, reporter, security) = match workload.reporter {
        Reporter::Source => (workload, &nobody, "source", UNKNOWN),
        Reporter::Destination => (&nobody, workload, "destination", "none"),
    };
    label(&mut labels, "reporter", reporter);
    for (side, workload) in [("source", source), ("destination", destination)] {
        for (name, value) in [
            ("workload", &workload.name),
            ("workload_namespace", &workload.namespace),
            ("principal", &workload.principal),
            ("app", &workload.app),
            ("version", &workload.version),
            ("canonical_service", &workload.canonical_service),
            ("canonical_revision", &workload.canonical_revision),
            ("cluster", &workload.cluster),
        ] {
            labels.push_str(side);
            labels.push('_');
            label(&mut labels, name, value);
        }
    }
    label(&mut labels, "request_protocol", "http");
    labels.push_str("grpc_response_status=\"\",");
    label(&mut labels, "connection_security_policy", security);
    labels
}

/// The labels of one series, each followed by a comma.
pub(super) fn series(distinction: &Distinction<'_>) -> String {
    let mut labels = String::new();
    let (host, service, namespace) = distinction
        .cluster
        .map_or((UNKNOWN, UNKNOWN, UNKNOWN), |it| {
            (&*it.host, &*it.service, &*it.namespace)
        });
    label(&mut labels, "destination_service", host);
    label(&mut labels, "destination_service_name", service);
    label(&mut labels, "destination_service_namespace", namespace);
    let _ = write!(labels, "response_code=\"{}\",", distinction.status);
    labels.push_str("response_flags=\"");
    flags(&mut labels, distinction.flags);
    labels.push_str("\",");
    labels
}

/// The labels of the series that takes what is over the cap.
pub(super) fn other() -> String {
    const OTHER: &str = "other";
    let mut labels = String::new();
    for name in [
        "destination_service",
        "destination_service_name",
        "destination_service_namespace",
        "response_code",
        "response_flags",
    ] {
        label(&mut labels, name, OTHER);
    }
    labels
}

/// The flags' names with commas between, `-` for none.
pub(super) fn flags(out: &mut String, flags: Flags) {
    if flags.is_empty() {
        out.push('-');
    }
    for (index, name) in flags.names().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(name);
    }
}

/// Appends `name="value",`, escaped as the Prometheus text format wants it.
pub(super) fn label(out: &mut String, name: &str, value: &str) {
    out.push_str(name);
    out.push_str("=\"");
    let value = if value.is_empty() { UNKNOWN } else { value };
    for character in value.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    out.push_str("\",");
}
