//! What was seen in the measured window.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use crate::connection::Failure;

/// Counters and latencies.
pub(crate) struct Tally {
    latencies: Histogram<u64>,
    answered: u64,
    failures: [u64; 4],
    reconnects: u64,
    most_waiting: u64,
}

/// Latencies above a minute are recorded as a minute.
const LONGEST_NANOSECONDS: u64 = 60_000_000_000;

impl Tally {
    /// Nothing yet. Latencies keep three significant digits.
    pub(crate) fn new() -> Self {
        Self {
            latencies: Histogram::new_with_max(LONGEST_NANOSECONDS, 3)
                .expect("the bounds are constants that the histogram allows"),
            answered: 0,
            failures: [0; 4],
            reconnects: 0,
            most_waiting: 0,
        }
    }

    /// One good response, `latency` after it was due.
    pub(crate) fn answered(&mut self, latency: Duration) {
        self.answered += 1;
        let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.latencies.saturating_record(nanoseconds);
    }

    /// One bad response or lost connection.
    pub(crate) fn failed(&mut self, failure: Failure) {
        self.failures[failure as usize] += 1;
    }

    /// The server closed a connection as it had announced.
    pub(crate) fn reconnected(&mut self) {
        self.reconnects += 1;
    }

    /// `waiting` requests are due and no connection is free.
    pub(crate) fn waiting(&mut self, waiting: u64) {
        self.most_waiting = self.most_waiting.max(waiting);
    }

    /// Everything as JSON; `elapsed` is the length of the window.
    pub(crate) fn report(&self, elapsed: Duration) -> Value {
        let microseconds = |nanoseconds: u64| Duration::from_nanos(nanoseconds).as_secs_f64() * 1e6;
        let quantile = |q: f64| microseconds(self.latencies.value_at_quantile(q));
        let failures = |failure: Failure| self.failures[failure as usize];
        json!({
            "seconds": elapsed.as_secs_f64(),
            "requests": self.answered,
            "errors": {
                "status": failures(Failure::Status),
                "body": failures(Failure::Body),
                "malformed": failures(Failure::Malformed),
                "connection": failures(Failure::Connection),
            },
            "reconnects": self.reconnects,
            "most_waiting": self.most_waiting,
            "latency_us": {
                "p50": quantile(0.5),
                "p90": quantile(0.9),
                "p99": quantile(0.99),
                "p99.9": quantile(0.999),
                "max": microseconds(self.latencies.max()),
                "mean": self.latencies.mean() / 1e3,
            },
        })
    }
}
