//! For tests only: origins that misbehave on demand, a blocking HTTP/1.1 client and a bounded wait.
//!
//! Everything here runs on plain threads and blocking sockets, so that a test of an asynchronous
//! proxy shares no code and no runtime with what it tests.
//!
//! | module | what it gives |
//! |---|---|
//! | [`origin`] | a listening server whose behaviour is a closure |
//! | [`behaviours`] | ready-made closures: slow, resetting, early, endless, cut short, chunked, … |
//! | [`client`] | sends bytes, reads one response at a time |
//! | [`message`] | the lenient message reader that both share |
//! | [`wait`] | waiting for a condition, and gates that hold a behaviour until the test lets it go |
#![forbid(unsafe_code)]

pub mod behaviours;
pub mod client;
pub mod message;
pub mod origin;
pub mod wait;

pub use client::Client;
pub use message::{Message, Reader};
pub use origin::{After, Exchange, Origin};
pub use wait::{Gate, eventually};
