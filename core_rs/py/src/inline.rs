//! A worker's own thread as a place for hooks.

use std::sync::Arc;

use proxy::hooks::RequestVerdict;
use proxy::telemetry::log;
use pyo3::prelude::*;

use crate::chain::{Admission, Cursor, Place};
use crate::clock;
use crate::meter::Tier;
use crate::table::{Group, Hook};

/// A hook that keeps a worker for longer is called elsewhere from then on.
const LONGEST_NANOSECONDS: u64 = 5_000_000;

/// The worker, for the hooks of one call.
pub(crate) struct Inline {
    /// When the token was taken.
    wanted: u64,
    /// The time at the last event, which saves reading the clock twice between two hooks.
    mark: u64,
    first: bool,
}

impl Inline {
    /// `wanted` is when the worker began to wait for Python's lock, which it now holds.
    pub(crate) fn new(wanted: u64) -> Self {
        Self {
            wanted,
            mark: clock::now(),
            first: true,
        }
    }

    /// How long the worker waited for Python's lock, in nanoseconds.
    pub(crate) fn waited(&self) -> u64 {
        self.mark.saturating_sub(self.wanted)
    }
}

impl Place for Inline {
    const TIER: Tier = Tier::Inline;

    fn admits_all(&self, group: &Group) -> bool {
        group.is_inline()
    }

    fn admit(&mut self, hook: &Arc<Hook>, _: Cursor, _: &RequestVerdict) -> Admission {
        if !hook.is_inline() {
            return Admission::Stop;
        }
        if std::mem::take(&mut self.first) {
            hook.meter.wait.observe(self.waited());
        }
        Admission::Call
    }

    fn ended(&mut self, _: Python<'_>, hook: &Arc<Hook>) -> bool {
        let now = clock::now();
        let held = now.saturating_sub(self.mark);
        self.mark = now;
        hook.meter.hold.observe(held);
        if held > LONGEST_NANOSECONDS && hook.banish() {
            log::warn(format_args!(
                "plugin {}: {} ({}) is inline and kept a worker for {} ms; it is not inline from now on",
                hook.plugin,
                hook.kind.name(),
                hook.place,
                held / 1_000_000
            ));
        }
        true
    }
}
