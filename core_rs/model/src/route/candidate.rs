//! One match of a rule, and the search for the best one.

use std::sync::Arc;

use super::condition::Conditions;
use super::rule::RouteRule;
use crate::request::RequestView;

/// One match of one rule; its path condition is where an index filed it.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Unique in a table; of the candidates that hold, the lowest wins.
    pub(super) rank: u32,
    pub(super) conditions: Conditions,
    pub(super) rule: Arc<RouteRule>,
}

/// The best candidate so far. Every candidate whose path matches is tried here and nowhere else,
/// so this is the place to observe a decision from.
#[derive(Debug, Default)]
pub(super) struct Best<'t>(Option<&'t Candidate>);

impl<'t> Best<'t> {
    /// Whether a candidate of this rank would win.
    pub(super) fn loses_to(&self, rank: u32) -> bool {
        self.0.is_none_or(|best| rank < best.rank)
    }

    /// Takes the first of `candidates`, which are in the order of their ranks, that holds and
    /// beats the best so far.
    pub(super) fn consider(
        &mut self,
        candidates: impl IntoIterator<Item = &'t Candidate>,
        request: &RequestView<'_>,
    ) {
        let better = candidates
            .into_iter()
            .take_while(|candidate| self.loses_to(candidate.rank))
            .find(|candidate| candidate.conditions.mismatch(request).is_none());
        if better.is_some() {
            self.0 = better;
        }
    }

    /// The rule of the best candidate.
    pub(super) fn rule(self) -> Option<&'t Arc<RouteRule>> {
        self.0.map(|candidate| &candidate.rule)
    }
}
