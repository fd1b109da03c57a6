//! Which documents are for a workload.

use crate::workload::Workload;

/// The audience that is everybody.
pub(super) const EVERYONE: &str = "*";

/// Whether `workload` belongs to `audience`.
pub(super) fn is_of(audience: &str, workload: &Workload) -> bool {
    audience == EVERYONE || audience == workload.namespace
}
