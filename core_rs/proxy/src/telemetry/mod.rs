//! What is counted and logged of each request.

mod record;

pub use record::{Flags, Record};
