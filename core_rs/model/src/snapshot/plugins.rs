//! The plugins that a workload's proxy loads.

use rustc_hash::FxHashSet;

use super::audience::{EVERYONE, is_of};
use crate::error::{CompileError, ErrorCode};
use crate::wire::PluginDocument;
use crate::workload::Workload;

/// The plugins of `workload`'s audience, in the documents' order; of one name that of the narrower
/// audience.
pub(super) fn compile(
    documents: &[PluginDocument],
    workload: &Workload,
) -> Result<Box<[PluginDocument]>, CompileError> {
    let (mut keys, mut narrow) = (FxHashSet::default(), FxHashSet::default());
    for plugin in documents {
        if !keys.insert((&plugin.name, &plugin.audience)) {
            return Err(CompileError::new(
                ErrorCode::Duplicate,
                format!("plugin {}", plugin.name),
                "name",
                "another plugin has this name",
            ));
        }
        if plugin.audience != EVERYONE && is_of(&plugin.audience, workload) {
            narrow.insert(&plugin.name);
        }
    }
    let is_loaded = |plugin: &&PluginDocument| {
        is_of(&plugin.audience, workload)
            && (plugin.audience != EVERYONE || !narrow.contains(&plugin.name))
    };
    Ok(documents.iter().filter(is_loaded).cloned().collect())
}
