//! Bytes to bytes: what happens to a connection and its requests on one worker thread.
#![forbid(unsafe_code)]

pub mod hooks;
pub mod telemetry;
