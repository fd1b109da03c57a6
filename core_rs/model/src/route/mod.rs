//! Which rule serves a request: by host, path, method, header fields and query.

mod candidate;
mod condition;
mod host;
mod pattern;
mod radix;
mod regexes;
mod rule;
mod table;

pub use rule::{Destination, HeaderEdits, RouteRule};

pub(crate) use condition::{Conditions, NamedCondition, ValueCondition};
pub(crate) use host::{HostMap, canonical_host};
pub(crate) use pattern::{Expression, Pattern};
pub(crate) use table::{PathCondition, RouteTable, RouteTableBuilder};
