//! Bytes to bytes: what happens to a connection and its requests on one worker thread.
//!
//! [`worker::run`] is the way in; `inbound` is the table of stages that a request passes.
#![forbid(unsafe_code)]

pub mod accept;
mod act;
mod authorize;
mod balance;
mod buffer;
pub mod drain;
mod filter;
mod h1;
pub mod hooks;
mod inbound;
mod pool;
pub mod pressure;
mod random;
pub mod respond;
mod route;
pub mod settings;
pub mod telemetry;
mod timer;
mod upstream;
pub mod worker;
