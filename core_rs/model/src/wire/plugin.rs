//! A plugin that a proxy loads.

use super::defaults::{everyone, is_everyone};

/// A plugin and its configuration.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct PluginDocument {
    /// The name it has in metrics and logs, unique in its audience.
    pub name: String,
    /// Where it comes from: a file, a module or an entry point's name.
    pub source: String,
    /// What is handed to it, checked by the plugin itself.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub config: serde_json::Map<String, serde_json::Value>,
    /// The namespace whose workloads load it, or `*` (the default) for all; a narrower one wins.
    #[serde(default = "everyone", skip_serializing_if = "is_everyone")]
    pub audience: String,
    /// What holds when a hook of it fails; absent means as each hook says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<PluginFailure>,
    /// The extension provider that it is; it is then asked for policies with the action `custom`
    /// alone. Empty for a plugin that sees every request.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub provider: String,
}

/// What holds when a hook fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PluginFailure {
    /// The request is refused.
    Deny,
    /// The request passes.
    Allow,
    /// The hook is left out.
    Skip,
}
