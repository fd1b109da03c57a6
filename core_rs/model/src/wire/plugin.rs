//! A plugin that a proxy loads.

/// A plugin and its configuration.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct PluginDocument {
    /// The name it has in metrics and logs, unique in a proxy.
    pub name: String,
    /// Where it comes from: a file, a module or an entry point's name.
    pub source: String,
    /// What is handed to it, checked by the plugin itself.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub config: serde_json::Map<String, serde_json::Value>,
}
