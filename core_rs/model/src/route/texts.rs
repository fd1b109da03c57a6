//! Path conditions that are plain text, indexed: equal paths by hash, beginnings in a trie.

use rustc_hash::FxHashMap;

use super::candidate::{Best, ends_a_segment};
use super::radix::Radix;
use crate::request::RequestView;

/// Ranks by the text that a path is or begins with.
#[derive(Debug)]
pub(super) struct Texts {
    exact: FxHashMap<Box<[u8]>, Vec<u32>>,
    prefixes: Radix<Prefix>,
    /// The lowest rank among the prefixes.
    floor: u32,
    /// Whether there is nothing in here.
    pub(super) empty: bool,
}

#[derive(Clone, Copy, Debug)]
struct Prefix {
    rank: u32,
    by_segments: bool,
}

/// Collects paths that compare with case, and paths that do not.
#[derive(Default)]
pub(super) struct BothTexts {
    pub(super) cased: TextsBuilder,
    pub(super) folded: TextsBuilder,
}

impl BothTexts {
    /// Where a path of this kind belongs.
    pub(super) fn of(&mut self, ignore_case: bool) -> &mut TextsBuilder {
        if ignore_case {
            &mut self.folded
        } else {
            &mut self.cased
        }
    }
}

/// Collects paths by ascending rank.
#[derive(Default)]
pub(super) struct TextsBuilder {
    exact: FxHashMap<Box<[u8]>, Vec<u32>>,
    prefixes: Vec<(Box<[u8]>, Prefix)>,
}

impl TextsBuilder {
    fn key(text: &str, ignore_case: bool) -> Box<[u8]> {
        let mut key: Box<[u8]> = text.as_bytes().into();
        if ignore_case {
            key.make_ascii_lowercase();
        }
        key
    }

    pub(super) fn exact(&mut self, text: &str, ignore_case: bool, rank: u32) {
        let ranks = self.exact.entry(Self::key(text, ignore_case)).or_default();
        ranks.push(rank);
    }

    pub(super) fn prefix(&mut self, text: &str, ignore_case: bool, rank: u32, by_segments: bool) {
        let prefix = Prefix { rank, by_segments };
        self.prefixes.push((Self::key(text, ignore_case), prefix));
    }

    pub(super) fn build(self) -> Texts {
        Texts {
            empty: self.exact.is_empty() && self.prefixes.is_empty(),
            exact: self.exact,
            floor: self.prefixes.first().map_or(u32::MAX, |(_, it)| it.rank),
            prefixes: Radix::new(self.prefixes),
        }
    }
}

impl Texts {
    /// Lets the candidates whose text `path` is or begins with compete for `best`.
    pub(super) fn consider(&self, best: &mut Best<'_>, path: &[u8], request: &RequestView<'_>) {
        if let Some(ranks) = self.exact.get(path) {
            best.consider(ranks.iter().copied(), request);
        }
        if !best.loses_to(self.floor) {
            return;
        }
        for (length, prefixes) in self.prefixes.prefixes(path) {
            let at_segment = ends_a_segment(path, length);
            let matching = prefixes
                .iter()
                .filter(|prefix| at_segment || !prefix.by_segments)
                .map(|prefix| prefix.rank);
            best.consider(matching, request);
        }
    }
}
