//! Whether a request may pass: Istio's `AuthorizationPolicy` and `PeerAuthentication`.
//!
//! The one authorization engine: the proxy asks it, `pymesh why` asks it with a tracer, and so do
//! policy tests. [`Policies`] are compiled once from the documents; an [`Authorizer`] holds those of
//! one workload and turns a [`Subject`] into a [`Decision`].
//!
//! What is not there is known, and means what Istio says it means: a plaintext peer is in no list of
//! principals (and so passes `notPrincipals`), a header that is missing has no value, a request
//! without a token has no claims. What cannot be evaluated is in doubt: an identity that is no
//! SPIFFE id, or not of a workload where its namespace is asked for; an address, authority, method
//! or path that is not known; a header value that is not UTF-8, or that is listed only by itself
//! where the field is repeated; a claim that is no text. Doubt never lets a request pass, negated or
//! not: an ALLOW rule in doubt does not match, every other rule does.

mod address;
mod attribute;
mod authorizer;
mod claims;
mod compile;
mod condition;
mod decision;
mod header;
mod identity;
mod known;
mod path;
mod peer;
mod policy;
mod rule;
mod subject;
mod telling;
mod text;

pub use authorizer::Authorizer;
pub use decision::{Audited, Custom, Decision, DryRun, Reason, SmallList};
pub use peer::{PeerDecision, PeerMode, PeerScope};
pub use policy::{Policies, PolicyName};
pub use subject::Subject;

#[cfg(test)]
mod tests;
