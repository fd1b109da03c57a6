//! Which rule serves a request, by host, port, path, method, header fields and query, and what
//! the rule does with it.

mod action;
mod candidate;
mod condition;
pub mod cors;
mod explain;
mod folded;
mod host;
mod matched;
mod pattern;
mod ports;
mod radix;
mod re2;
mod redirect;
mod regexes;
mod rewrite;
mod rule;
mod substitution;
mod table;
mod texts;

pub use action::{Action, DirectResponse, PathRedirect, PathRewrite, Redirect, Rewrite};
pub use cors::Cors;
pub use matched::{Entry, Matched, NoRoute};
pub use redirect::redirect_location;
pub use rewrite::{rewrite_authority, rewrite_path};
pub use rule::{Destination, HeaderEdits, Mirror, Origin, RouteRule, Target};
pub use substitution::Substitution;

pub(crate) use condition::{Comparison, Conditions, NamedCondition, TextCondition};
pub(crate) use host::{HOST_BYTES, HostKey, HostMap, canonical_host, port_of};
pub(crate) use pattern::{Expression, Pattern};
pub(crate) use ports::PortMap;
pub(crate) use substitution::SubstitutionError;
pub(crate) use table::{PathCondition, RouteTable, RouteTableBuilder};
