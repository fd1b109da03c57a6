//! The Prometheus text format.

use std::fmt::Write as _;
use std::sync::Arc;

use super::counters::{DESCRIBED, Family};
use super::histogram::{BOUNDS, LABELS, Sum};
use super::registry::MetricsRegistry;

/// The names of the histograms of [`super::series::Shared::sums`], what they mean, and how many of
/// the unit that is counted make one of the unit that is shown.
const HISTOGRAMS: [(&str, &str, u64); 3] = [
    (
        "istio_request_duration_milliseconds",
        "Duration of requests in milliseconds.",
        1_000,
    ),
    ("istio_request_bytes", "Bytes of requests.", 1),
    ("istio_response_bytes", "Bytes of responses.", 1),
];

/// Renders the metrics piece by piece, so that a thousand series need no buffer of 50 MB.
#[derive(Debug)]
pub struct Scrape {
    registry: Arc<MetricsRegistry>,
    /// 0 is the count of requests, then come the histograms.
    metric: usize,
    /// Counted within the metric.
    series: usize,
}

impl Scrape {
    /// About how long a piece is, in bytes.
    const PIECE_BYTES: usize = 64 * 1_024;

    pub(super) fn new(registry: Arc<MetricsRegistry>) -> Self {
        Self {
            registry,
            metric: 0,
            series: 0,
        }
    }

    /// The next piece of the request metrics. The table is locked for one series at a time: a
    /// worker that meets a new one waits for some hundred loads, not for the text.
    fn request_series(&mut self, out: &mut String) {
        while out.len() < Self::PIECE_BYTES && self.metric <= HISTOGRAMS.len() {
            if self.series == 0 {
                match self.metric.checked_sub(1) {
                    None => header(out, "istio_requests_total", "counter", "Requests finished."),
                    Some(histogram) => {
                        let (name, help, _) = HISTOGRAMS[histogram];
                        header(out, name, "histogram", help);
                    }
                }
            }
            let Some((labels, sums)) = self.registry.table().get(self.series) else {
                self.metric += 1;
                self.series = 0;
                continue;
            };
            self.series += 1;
            let count = sums[0].count();
            let common = &*self.registry.common;
            match self.metric.checked_sub(1) {
                // met, but not counted yet
                _ if count == 0 => {}
                None => {
                    let labels = labels.trim_end_matches(',');
                    let _ = writeln!(out, "istio_requests_total{{{common}{labels}}} {count}");
                }
                Some(histogram) => {
                    let sum = &sums[histogram];
                    write_histogram(out, HISTOGRAMS[histogram], (common, &labels), sum);
                }
            }
        }
    }

    fn process(&self, out: &mut String) {
        let registry = &self.registry;
        for described in &DESCRIBED {
            header(out, described.name, described.kind, described.help);
            let _ = writeln!(out, "{} {}", described.name, registry.sum(described.read));
        }
        let (mut open, mut idle) = (0_u64, 0_u64);
        for endpoint in registry.endpoints() {
            open = open.wrapping_add(endpoint.open);
            idle = idle.wrapping_add(endpoint.idle);
        }
        sample(
            out,
            "pymesh_pool_open",
            "gauge",
            "Upstream connections open now.",
            open,
        );
        sample(
            out,
            "pymesh_pool_idle",
            "gauge",
            "Upstream connections idle now.",
            idle,
        );
        for family in Family::ALL {
            let (name, label, help) = family.describe();
            header(out, name, "counter", help);
            for (value, count) in registry.labelled_sums(family) {
                let _ = writeln!(out, "{name}{{{label}=\"{value}\"}} {count}");
            }
        }
        sample(
            out,
            "pymesh_config_generation",
            "gauge",
            "Number of the configuration in force.",
            registry.generation(),
        );
        sample(
            out,
            "pymesh_metrics_series_refused_total",
            "counter",
            "Times a new request series was counted as other because of the cap.",
            registry.table().refused,
        );
        if let Some(log) = registry.access_log() {
            sample(
                out,
                "pymesh_access_log_lines_total",
                "counter",
                "Access log lines written.",
                log.written(),
            );
            sample(
                out,
                "pymesh_access_log_dropped_lines_total",
                "counter",
                "Access log lines dropped because the writer was behind or could not write.",
                log.dropped(),
            );
        }
        if let Some(audit) = registry.audit() {
            sample(
                out,
                "pymesh_audit_entries_total",
                "counter",
                "Audit log entries written.",
                audit.written(),
            );
            sample(
                out,
                "pymesh_audit_lost_entries_total",
                "counter",
                "Audit log entries lost because the disk was behind or could not be written.",
                audit.lost(),
            );
        }
        let name = "pymesh_authorization_decisions_total";
        header(out, name, "counter", "What policies decided.");
        for (decision, policy, count) in registry.decision_sums() {
            let labels = format!("decision=\"{decision}\",policy=\"{policy}\"");
            let _ = writeln!(out, "{name}{{{labels}}} {count}");
        }
        header(out, "pymesh_build_info", "gauge", "The version that runs.");
        let version = env!("CARGO_PKG_VERSION");
        let _ = writeln!(out, "pymesh_build_info{{version=\"{version}\"}} 1");
        header(
            out,
            "istio_build",
            "gauge",
            "The version, as Istio shows it.",
        );
        let _ = writeln!(
            out,
            "istio_build{{component=\"proxy\",tag=\"{version}\"}} 1"
        );
    }
}

impl Iterator for Scrape {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let mut out = String::new();
        if self.metric <= HISTOGRAMS.len() {
            self.request_series(&mut out);
        }
        if self.metric == HISTOGRAMS.len() + 1 {
            self.process(&mut out);
            self.metric += 1;
        }
        (!out.is_empty()).then_some(out)
    }
}

fn header(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn sample(out: &mut String, name: &str, kind: &str, help: &str, value: u64) {
    header(out, name, kind, help);
    let _ = writeln!(out, "{name} {value}");
}

fn write_histogram(
    out: &mut String,
    (name, _, per_unit): (&str, &str, u64),
    (common, labels): (&str, &str),
    sum: &Sum,
) {
    let mut below = 0;
    for (bucket, count) in sum.buckets.iter().enumerate() {
        below += count;
        let bound = if bucket < BOUNDS {
            LABELS[bucket]
        } else {
            "+Inf"
        };
        let _ = writeln!(
            out,
            "{name}_bucket{{{common}{labels}le=\"{bound}\"}} {below}"
        );
    }
    let labels = labels.trim_end_matches(',');
    let (whole, rest) = (sum.sum / per_unit, sum.sum % per_unit);
    let _ = write!(out, "{name}_sum{{{common}{labels}}} {whole}");
    if rest > 0 {
        // the only fraction is that of milliseconds
        let _ = write!(out, ".{rest:03}");
    }
    let _ = writeln!(out, "\n{name}_count{{{common}{labels}}} {below}");
}
