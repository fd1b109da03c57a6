//! What is counted and logged of each request.
//!
//! Each worker owns a [`Telemetry`] and writes to numbers that no other thread writes. The admin
//! thread reads them through the shared [`MetricsRegistry`] and adds them up when it is scraped.

pub mod access_log;
pub mod audit;
mod clock;
mod counters;
mod histogram;
mod labels;
pub mod log;
mod number;
mod record;
mod registry;
mod scrape;
mod series;
mod worker;

pub use access_log::AccessLogWriter;
pub use audit::AuditWriter;
pub use counters::{EndpointCounters, Family, WorkerCounters};
pub use labels::{Reporter, Workload};
pub use number::Number;
pub use record::{Flags, Record};
pub use registry::{EndpointReport, MetricsRegistry};
pub use scrape::Scrape;
pub use worker::Telemetry;
