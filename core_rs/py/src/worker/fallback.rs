//! What answers for a hook that is given up.

use std::borrow::Cow;

use proxy::hooks::{Reply, RequestVerdict};

use crate::chain::Cursor;
use crate::meter::{Outcome, Tier};
use crate::report;
use crate::table::{Hook, Phase, Policy, Table};
use crate::verdict::{self, Flow};

/// Counts and reports a hook that missed its deadline.
pub(super) fn late(hook: &Hook) {
    hook.meter.count(Tier::Dispatcher, Outcome::Timeout);
    report::failed(hook, &|| {
        format!(
            "missed its deadline of {} ms",
            hook.deadline.as_secs_f64() * 1e3
        )
    });
}

/// Applies the failure policy of the hook at `cursor` and turns to the one behind it; returns
/// whether the phase has ended.
///
/// A hook inside wrappers takes them with it: they cannot be asked any more, so the strictest policy
/// among them decides.
pub(super) fn give_up(
    table: &Table,
    phase: Phase,
    cursor: &mut Cursor,
    verdict: &mut RequestVerdict,
) -> bool {
    let group = &table.groups(phase)[cursor.group];
    let hook = &group.hooks[cursor.hook];
    let mut wrappers = group.hooks[..group.wrappers].iter();
    let strictest = match hook.policy {
        Policy::Deny => hook,
        _ => wrappers
            .find(|wrapper| wrapper.policy == Policy::Deny)
            .unwrap_or(hook),
    };
    match verdict::fail(strictest, verdict) {
        Flow::End => return true,
        Flow::Next => cursor.hook = (cursor.hook + 1).max(group.wrappers),
        Flow::NextGroup => cursor.hook = group.hooks.len(),
    }
    if cursor.hook >= group.hooks.len() {
        *cursor = Cursor {
            group: cursor.group + 1,
            hook: 0,
        };
    }
    cursor.group >= table.groups(phase).len()
}

/// For a ticket that nobody knows, which does not happen: refuses rather than lets pass.
pub(super) fn lost() -> RequestVerdict {
    RequestVerdict {
        reply: Some(Box::new(Reply {
            status: 503,
            headers: Vec::new(),
            body: Vec::new(),
            reason: Cow::Borrowed(verdict::FAILED),
            denied: false,
            plugin: "".into(),
        })),
        destination: None,
    }
}
