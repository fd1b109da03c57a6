//! One line in the log for what goes wrong in a plugin, and not one per request.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use proxy::telemetry::log;
use pyo3::prelude::*;
use pyo3::types::PyTraceback;

use crate::clock;
use crate::table::Hook;

/// A hook's failures fill at most one line in this time.
const QUIET_NANOSECONDS: u64 = 10_000_000_000;
/// What a plugin says of itself is cut to this, in bytes.
const LONGEST: usize = 512;

/// Lets one of many messages through.
#[derive(Debug, Default)]
pub(crate) struct Limit {
    next: AtomicU64,
    suppressed: AtomicU64,
}

impl Limit {
    /// Whether to write now; if so, how many messages were held back before.
    fn admit(&self) -> Option<u64> {
        let now = clock::now();
        let next = self.next.load(Ordering::Relaxed);
        let free = now >= next
            && self
                .next
                .compare_exchange(
                    next,
                    now + QUIET_NANOSECONDS,
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                )
                .is_ok();
        if free {
            Some(self.suppressed.swap(0, Ordering::Relaxed))
        } else {
            self.suppressed.fetch_add(1, Ordering::Relaxed);
            None
        }
    }
}

/// Says that a hook failed, naming hook, plugin and place.
pub(crate) fn failed(hook: &Hook, what: &dyn Fn() -> String) {
    let Some(suppressed) = hook.failures.admit() else {
        return;
    };
    let (plugin, kind, place, what) = (&hook.plugin, hook.kind.name(), &hook.place, what());
    if suppressed > 0 {
        log::warn(format_args!(
            "plugin {plugin}: {kind} ({place}) {what} ({suppressed} more like it were not logged)"
        ));
    } else {
        log::warn(format_args!("plugin {plugin}: {kind} ({place}) {what}"));
    }
}

/// `ValueError: text at file:line`, where the line is the deepest one in `file`.
pub(crate) fn exception(py: Python<'_>, error: &PyErr, file: &str) -> String {
    let kind = error.get_type(py);
    let name = kind
        .name()
        .map_or_else(|_| "exception".into(), |name| name.to_string());
    let mut said = error
        .value(py)
        .str()
        .map_or_else(|_| String::new(), |text| text.to_string());
    if let Some((end, _)) = said.char_indices().find(|(index, _)| *index >= LONGEST) {
        said.truncate(end);
    }
    let mut text = if said.is_empty() {
        name
    } else {
        format!("{name}: {said}")
    };
    if let Some(line) = error
        .traceback(py)
        .and_then(|traceback| deepest(&traceback, file))
    {
        let _ = write!(text, " at {file}:{line}");
    }
    text
}

fn deepest(traceback: &Bound<'_, PyTraceback>, file: &str) -> Option<u32> {
    let mut found = None;
    let mut next = Some(traceback.as_any().clone());
    while let Some(entry) = next {
        let code = entry.getattr("tb_frame").ok()?.getattr("f_code").ok()?;
        if code.getattr("co_filename").ok()?.extract::<String>().ok()? == file {
            found = entry.getattr("tb_lineno").ok()?.extract().ok();
        }
        next = entry
            .getattr("tb_next")
            .ok()
            .filter(|entry| !entry.is_none());
    }
    found
}
