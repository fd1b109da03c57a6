//! A worker's own thread as a place for hooks.

use std::sync::Arc;

use proxy::hooks::RequestVerdict;
use proxy::telemetry::log;
use pyo3::prelude::*;

use crate::chain::{Admission, Cursor, Place};
use crate::clock;
use crate::meter::Tier;
use crate::stall::Delays;
use crate::table::{Group, Hook};

/// A hook that keeps a worker for longer is called elsewhere from then on.
const LONGEST_NANOSECONDS: u64 = 5_000_000;

/// The worker, for the hooks of one call.
pub(crate) struct Inline<'a> {
    delays: &'a Delays,
    /// When the worker asked for Python's lock, until that is counted.
    asked: Option<u64>,
    /// The time at the last event, which saves reading the clock twice between two hooks.
    mark: u64,
}

impl<'a> Inline<'a> {
    /// `asked` is when the worker began to wait for Python's lock, which it now holds; to know it
    /// of one call in several is enough.
    pub(crate) fn new(asked: Option<u64>, delays: &'a Delays) -> Self {
        Self {
            delays,
            asked,
            mark: clock::now(),
        }
    }

    /// How long the worker waited for Python's lock, in nanoseconds.
    pub(crate) fn waited(&self) -> u64 {
        self.asked
            .map_or(0, |asked| self.mark.saturating_sub(asked))
    }
}

impl Place for Inline<'_> {
    const TIER: Tier = Tier::Inline;

    fn admits_all(&self, group: &Group) -> bool {
        group.is_inline()
    }

    fn admit(&mut self, hook: &Arc<Hook>, _: Cursor, _: &RequestVerdict) -> Admission {
        if !hook.is_inline() {
            return Admission::Stop;
        }
        if self.asked.is_some() {
            hook.meter.wait.observe(self.waited());
            self.asked = None;
        }
        Admission::Call
    }

    fn ended(&mut self, _: Python<'_>, hook: &Arc<Hook>) -> bool {
        let now = clock::now();
        let held = now.saturating_sub(self.mark);
        self.mark = now;
        hook.meter.hold.observe(held);
        if held > LONGEST_NANOSECONDS
            && held.saturating_sub(self.delays.since()) > LONGEST_NANOSECONDS
            && hook.banish()
        {
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
