//! One match of a rule, and the search for the best one.

use std::sync::Arc;

use super::condition::Conditions;
use super::pattern::Pattern;
use super::rule::RouteRule;
use crate::request::RequestView;

/// What a path must be.
#[derive(Clone, Debug)]
pub(super) enum Path {
    /// Any, even `*`.
    Any,
    /// Equal to this.
    Exact { text: Box<str>, ignore_case: bool },
    /// Begins with this; by segments it is kept without a slash at the end, so the root is empty.
    Prefix {
        text: Box<str>,
        by_segments: bool,
        ignore_case: bool,
    },
    /// All of it matches this.
    Regex(Pattern),
}

impl Path {
    /// Whether `path` is as it must be, without the help of an index.
    pub(super) fn holds(&self, path: &str) -> bool {
        let equal = |text: &str, part: &[u8], ignore_case: bool| {
            if ignore_case {
                text.as_bytes().eq_ignore_ascii_case(part)
            } else {
                text.as_bytes() == part
            }
        };
        let path = path.as_bytes();
        match self {
            Self::Any => true,
            Self::Exact { text, ignore_case } => equal(text, path, *ignore_case),
            Self::Prefix {
                text,
                by_segments,
                ignore_case,
            } => path.get(..text.len()).is_some_and(|part| {
                equal(text, part, *ignore_case)
                    && (!by_segments || ends_a_segment(path, text.len()))
            }),
            Self::Regex(pattern) => pattern.matches(path),
        }
    }
}

/// Whether a segment of `path` ends at `length`: `/a` ends one in `/a` and `/a/b`, not in `/ab`.
pub(super) fn ends_a_segment(path: &[u8], length: usize) -> bool {
    path.get(length).is_none_or(|&next| next == b'/')
}

/// One match of one rule. Its position in the table is its rank: of the candidates that hold, the
/// first wins.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) path: Path,
    /// `None` if nothing is asked for beyond the path, as of most: candidates are small then, and
    /// none of them has to be looked through.
    pub(super) conditions: Option<Box<Conditions>>,
    pub(super) rule: Arc<RouteRule>,
    /// The position among the rule's matches.
    pub(super) position: usize,
}

/// The rank of the best candidate so far. Every candidate whose path matches is tried here.
#[derive(Debug)]
pub(super) struct Best<'t> {
    candidates: &'t [Candidate],
    rank: u32,
}

impl<'t> Best<'t> {
    /// Nothing yet, of `candidates`.
    pub(super) fn new(candidates: &'t [Candidate]) -> Self {
        Self {
            candidates,
            rank: u32::MAX,
        }
    }

    /// Whether a candidate of this rank would win.
    pub(super) fn loses_to(&self, rank: u32) -> bool {
        rank < self.rank
    }

    /// Takes the first of `ranks`, which ascend, whose conditions hold and that beats the best so
    /// far. The paths of all match already.
    pub(super) fn consider(
        &mut self,
        ranks: impl IntoIterator<Item = u32>,
        request: &RequestView<'_>,
    ) {
        let holds = |rank: &u32| {
            let candidate = self.candidates.get(*rank as usize);
            candidate.is_some_and(|one| {
                let conditions = one.conditions.as_ref();
                conditions.is_none_or(|all| all.mismatch(request).is_none())
            })
        };
        let better = ranks
            .into_iter()
            .take_while(|&rank| self.loses_to(rank))
            .find(holds);
        if let Some(rank) = better {
            self.rank = rank;
        }
    }

    /// The best candidate.
    pub(super) fn candidate(self) -> Option<&'t Candidate> {
        self.candidates.get(self.rank as usize)
    }
}
