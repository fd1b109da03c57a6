//! A vector that shares its chunks with the vectors it was made from.

use std::sync::Arc;

/// Items per chunk. Replacing one item copies one chunk and the list of chunks: 32 + n/32
/// references, which is 64 for 1,000 clusters where a flat vector would copy 1,000. Two levels of
/// plain slices keep a look-up at two loads; a tree such as `imbl`'s would cost more of them and
/// a dependency, for sizes that a proxy does not have.
const CHUNK: usize = 32;

/// An immutable vector of cheap clones.
#[derive(Clone, Debug)]
pub(super) struct Chunks<T>(Arc<[Arc<[T]>]>);

impl<T: Clone> Chunks<T> {
    /// The item at `index`.
    ///
    /// # Panics
    /// If there is none.
    pub(super) fn get(&self, index: usize) -> &T {
        &self.0[index / CHUNK][index % CHUNK]
    }

    /// Every item in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flat_map(|chunk| chunk.iter())
    }

    /// A copy in which `items` stand in place of those from `start` on.
    ///
    /// # Panics
    /// If there are fewer than that.
    pub(super) fn with(&self, start: usize, items: Vec<T>) -> Self {
        let mut chunks: Arc<[Arc<[T]>]> = Arc::from(&*self.0);
        let chunks_mut = Arc::make_mut(&mut chunks);
        let mut items = items.into_iter().peekable();
        let mut at = start;
        while items.peek().is_some() {
            let slot = &mut chunks_mut[at / CHUNK];
            let mut chunk: Vec<T> = slot.to_vec();
            for (old, new) in chunk[at % CHUNK..].iter_mut().zip(items.by_ref()) {
                *old = new;
            }
            *slot = chunk.into();
            at += CHUNK - at % CHUNK;
        }
        Self(chunks)
    }
}

impl<T: Clone> FromIterator<T> for Chunks<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let items: Vec<T> = items.into_iter().collect();
        Self(items.chunks(CHUNK).map(Arc::from).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_across_chunks_and_shares_the_rest() {
        let before: Chunks<usize> = (0..100).collect();
        let after = before.with(30, (1_000..1_040).collect());
        let all: Vec<_> = after.iter().copied().collect();
        let expected: Vec<_> = (0..30).chain(1_000..1_040).chain(70..100).collect();
        assert_eq!(all, expected);
        assert!(before.iter().copied().eq(0..100));
        assert!(Arc::ptr_eq(&before.0[3], &after.0[3]));
        assert!(!Arc::ptr_eq(&before.0[1], &after.0[1]));
        assert_eq!(after.get(31), &1_001);
        assert!(before.with(5, Vec::new()).iter().eq(before.iter()));
    }
}
