//! What is counted of each hook, and its text for the metrics page.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::table::Hook;

/// How a call of a hook ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It returned nothing, `allow()` or a destination.
    Ok,
    /// It denied the request.
    Denied,
    /// It answered the request.
    Responded,
    /// It raised.
    Error,
    /// It missed its deadline.
    Timeout,
    /// The dispatcher's queue was full.
    Overflow,
    /// It returned what its hook does not know.
    Nonsense,
    /// It was in quarantine and not called.
    Quarantined,
}

/// Each outcome's label, in the order of the enum.
const OUTCOMES: [&str; 8] = [
    "ok",
    "denied",
    "responded",
    "error",
    "timeout",
    "overflow",
    "nonsense",
    "quarantined",
];

/// Buckets at powers of two from 256 ns to 268 ms, and one for what is longer.
const BUCKETS: usize = 22;
const FIRST_BIT: u32 = 8;

/// Durations by powers of two.
#[derive(Debug, Default)]
pub(crate) struct Histogram {
    buckets: [AtomicU64; BUCKETS],
    nanoseconds: AtomicU64,
}

impl Histogram {
    /// Counts one duration.
    pub(crate) fn observe(&self, nanoseconds: u64) {
        // The bucket's bound is the smallest power of two that is not less.
        let bits = 64 - nanoseconds.saturating_sub(1).leading_zeros();
        let index = bits.saturating_sub(FIRST_BIT) as usize;
        self.buckets[index.min(BUCKETS - 1)].fetch_add(1, Ordering::Relaxed);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    fn render(&self, name: &str, labels: &str, out: &mut String) {
        let mut total = 0;
        for (index, bucket) in self.buckets.iter().enumerate() {
            total += bucket.load(Ordering::Relaxed);
            let bound = seconds(1 << (index as u32 + FIRST_BIT));
            if index == BUCKETS - 1 {
                let _ = writeln!(out, "{name}_bucket{{{labels},le=\"+Inf\"}} {total}");
            } else {
                let _ = writeln!(out, "{name}_bucket{{{labels},le=\"{bound}\"}} {total}");
            }
        }
        let sum = seconds(self.nanoseconds.load(Ordering::Relaxed));
        let _ = writeln!(out, "{name}_sum{{{labels}}} {sum}");
        let _ = writeln!(out, "{name}_count{{{labels}}} {total}");
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a metric needs no more than 53 bits"
)]
fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e9
}

/// The counters of one hook of one plugin; they outlive a reload.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// Calls by tier (inline, dispatcher) and outcome.
    calls: [[AtomicU64; OUTCOMES.len()]; 2],
    /// How long it ran, the interpreter's lock mostly held.
    pub(crate) hold: Histogram,
    /// How long it waited to run: for the lock, or in the dispatcher's queue.
    pub(crate) wait: Histogram,
}

/// Where a call was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tier {
    /// On the worker's thread.
    Inline,
    /// On the dispatcher's.
    Dispatcher,
}

const TIERS: [&str; 2] = ["inline", "dispatcher"];

impl Meter {
    /// Counts a call.
    pub(crate) fn count(&self, tier: Tier, outcome: Outcome) {
        self.calls[tier as usize][outcome as usize].fetch_add(1, Ordering::Relaxed);
    }
}

/// Writes the metrics of all hooks in the Prometheus text format.
pub(crate) fn render(hooks: &[Arc<Hook>], now: u64, out: &mut String) {
    family(
        out,
        "pymesh_hook_calls_total",
        "counter",
        "Calls of a plugin's hook by outcome.",
    );
    for hook in hooks {
        for (tier, outcomes) in TIERS.iter().zip(&hook.meter.calls) {
            for (outcome, count) in OUTCOMES.iter().zip(outcomes) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let labels = &hook.labels;
                    let _ = writeln!(
                        out,
                        "pymesh_hook_calls_total{{{labels},outcome=\"{outcome}\",tier=\"{tier}\"}} {count}"
                    );
                }
            }
        }
    }
    let name = "pymesh_hook_hold_seconds";
    family(out, name, "histogram", "How long a hook ran.");
    for hook in hooks {
        hook.meter.hold.render(name, &hook.labels, out);
    }
    let name = "pymesh_hook_wait_seconds";
    family(
        out,
        name,
        "histogram",
        "How long a hook waited for Python or in the queue.",
    );
    for hook in hooks {
        hook.meter.wait.render(name, &hook.labels, out);
    }
    family(
        out,
        "pymesh_hook_inline",
        "gauge",
        "1 if a hook may run on a worker's thread.",
    );
    for hook in hooks {
        let _ = writeln!(
            out,
            "pymesh_hook_inline{{{}}} {}",
            hook.labels,
            u8::from(hook.is_inline())
        );
    }
    family(
        out,
        "pymesh_hook_quarantined",
        "gauge",
        "1 while a hook is not called.",
    );
    for hook in hooks {
        let quarantined = u8::from(hook.quarantine.holds(now));
        let _ = writeln!(
            out,
            "pymesh_hook_quarantined{{{}}} {quarantined}",
            hook.labels
        );
    }
}

/// Writes the lines that introduce a metric.
pub(crate) fn family(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}
