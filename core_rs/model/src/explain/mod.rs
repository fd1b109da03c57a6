//! Why a request is allowed, and where it goes: questions, answers, and the engine between them.
//!
//! The engine asks the Snapshot and the policies that a proxy asks, so what is explained is what
//! runs. One JSON line is one question ([`Question`]); one line is its answer ([`Answer`]).

mod answer;
mod duration;
mod fields;
mod object;
mod question;

pub use answer::{
    Answer, Authorization, DestinationRef, DryRun, Field, Leaving, MirrorRef, Node, Outcome,
    Retries, RouteRef, Verdict,
};
pub use question::{Address, LINE_BYTES, Protocol, Question, Scheme, Source, Target};
