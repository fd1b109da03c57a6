//! Joins the parts into a data plane: settings, runtime, admin pages, metrics, log.
//!
//! [`run`] blocks its caller, whose thread becomes the control thread: it answers the admin pages,
//! hears signals, looks names up, and joins the workers when they have drained.
#![forbid(unsafe_code)]

mod admin;
mod child;
mod configuration;
mod error;
mod listen;
mod memory;
mod resolve;
mod run;
pub mod settings;
mod source;
mod system;

use model::wire::PluginDocument;
use tokio::sync::oneshot;

pub use error::Error;
pub use run::{Feed, Proxy, Stopper, run};
pub use settings::Settings;
pub use source::Source;

/// Runs plugins: what they add to the admin pages, and how they change while the proxy serves.
/// Called on the control thread, which it must not block.
pub trait PluginHost: Send + Sync {
    /// Appends metrics in the Prometheus text format.
    fn render(&self, out: &mut String);

    /// The plugins and their hooks as a JSON array.
    fn plugins_json(&self) -> String;

    /// Loads the plugins of new documents beside those in use. Once they are in force `done` is
    /// told so, or why they cannot be; those before them then stay.
    fn follow(&self, plugins: &[PluginDocument], done: oneshot::Sender<Result<(), String>>);
}
