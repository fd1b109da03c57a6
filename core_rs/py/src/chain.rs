//! Runs the hooks of a phase one after the other, from wherever an earlier run stopped.

use std::sync::Arc;

use proxy::hooks::RequestVerdict;
use pyo3::prelude::*;

use crate::meter::{Outcome, Tier};
use crate::report;
use crate::table::{Group, Hook, Phase, Table};
use crate::verdict::{self, Flow};
use crate::views::Frame;
use crate::wrapped;

/// The next hook to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) group: usize,
    pub(crate) hook: usize,
}

impl Cursor {
    /// Both numbers in one, for an atomic.
    pub(crate) fn pack(self) -> u64 {
        (self.group as u64) << 32 | self.hook as u64
    }

    /// Undoes [`Cursor::pack`].
    pub(crate) fn unpack(packed: u64) -> Self {
        Self {
            group: (packed >> 32) as usize,
            hook: (packed & u64::from(u32::MAX)) as usize,
        }
    }
}

/// Whether a hook may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Yes.
    Call,
    /// No, and its failure policy answers for it.
    Fail,
    /// Not here: the run stops.
    Stop,
}

/// Where and under what conditions hooks run.
pub(crate) trait Place {
    /// For the counters.
    const TIER: Tier;

    /// Whether all hooks of a group may run here, which one with wrappers needs.
    fn admits_all(&self, group: &Group) -> bool;

    /// Whether `hook`, at `cursor`, may run here and now; `verdict` is what was decided before it.
    fn admit(&mut self, hook: &Arc<Hook>, cursor: Cursor, verdict: &RequestVerdict) -> Admission;

    /// `hook` has ended. Called with Python's lock held. Returns whether its answer still counts.
    fn ended(&mut self, py: Python<'_>, hook: &Arc<Hook>) -> bool;
}

/// Calls the hooks of `phase` from `cursor` on.
///
/// Returns whether the phase has ended; if not, `cursor` is the hook that may not run here.
pub(crate) fn run<P: Place>(
    py: Python<'_>,
    place: &mut P,
    table: &Table,
    phase: Phase,
    cursor: &mut Cursor,
    frame: &Frame,
    verdict: &mut RequestVerdict,
) -> bool {
    while let Some(group) = table.groups(phase).get(cursor.group) {
        frame.open(group.hooks.first().map(|hook| hook.kind));
        let flow = if group.wrappers > 0 && cursor.hook == 0 {
            if !place.admits_all(group) {
                return false;
            }
            wrapped::run(py, place, table, group, *cursor, frame, verdict)
        } else {
            plain(py, place, table, group, cursor, frame, verdict)
        };
        match flow {
            None => return false,
            Some(Flow::End) => return true,
            Some(Flow::Next | Flow::NextGroup) => {
                *cursor = Cursor {
                    group: cursor.group + 1,
                    hook: 0,
                };
            }
        }
    }
    true
}

/// The hooks of one group without wrappers around them; `None` if one may not run here.
fn plain<P: Place>(
    py: Python<'_>,
    place: &mut P,
    table: &Table,
    group: &Group,
    cursor: &mut Cursor,
    frame: &Frame,
    verdict: &mut RequestVerdict,
) -> Option<Flow> {
    while let Some(hook) = group.hooks.get(cursor.hook) {
        let flow = match place.admit(hook, *cursor, verdict) {
            Admission::Stop => return None,
            Admission::Fail => {
                hook.meter.count(P::TIER, Outcome::Quarantined);
                verdict::fail(hook, verdict)
            }
            Admission::Call => {
                let answer = invoke(py, hook, frame);
                if !place.ended(py, hook) {
                    return None;
                }
                settle(py, P::TIER, table, hook, answer, verdict)
            }
        };
        cursor.hook += 1;
        if flow != Flow::Next {
            return Some(flow);
        }
    }
    Some(Flow::Next)
}

/// Calls a hook with the arguments it asked for.
pub(crate) fn invoke<'py>(
    py: Python<'py>,
    hook: &Hook,
    frame: &Frame,
) -> PyResult<Bound<'py, PyAny>> {
    let function = hook.function.bind_borrowed(py);
    let object = |index: usize| frame.object(py, hook.arguments[index]);
    match hook.arguments.len() {
        0 => function.call0(),
        1 => function.call1((object(0)?,)),
        2 => function.call1((object(0)?, object(1)?)),
        _ => function.call1((object(0)?, object(1)?, object(2)?)),
    }
}

/// Takes a hook's answer or exception into the verdict, counts it, and says where to go on.
pub(crate) fn settle(
    py: Python<'_>,
    tier: Tier,
    table: &Table,
    hook: &Hook,
    answer: PyResult<Bound<'_, PyAny>>,
    verdict: &mut RequestVerdict,
) -> Flow {
    match answer {
        Ok(answer) => {
            if let Some((flow, outcome)) = table.verdicts.settle(hook, &answer, verdict) {
                hook.meter.count(tier, outcome);
                return flow;
            }
            nonsense(tier, hook, &answer);
        }
        Err(error) => raised(py, tier, hook, &error),
    }
    verdict::fail(hook, verdict)
}

/// Counts and reports an answer that the hook does not know.
pub(crate) fn nonsense(tier: Tier, hook: &Hook, answer: &Bound<'_, PyAny>) {
    hook.meter.count(tier, Outcome::Nonsense);
    report::failed(hook, &|| {
        let kind = answer.get_type();
        let name = kind
            .name()
            .map_or_else(|_| "?".into(), |name| name.to_string());
        format!(
            "returned a {name}, which {} does not know",
            hook.kind.name()
        )
    });
}

/// Counts and reports an exception.
pub(crate) fn raised(py: Python<'_>, tier: Tier, hook: &Hook, error: &PyErr) {
    let late = error
        .get_type(py)
        .name()
        .is_ok_and(|name| name == "DeadlineExceeded");
    let outcome = if late {
        Outcome::Timeout
    } else {
        Outcome::Error
    };
    hook.meter.count(tier, outcome);
    report::failed(hook, &|| {
        format!("raised {}", report::exception(py, error, &hook.file))
    });
}
