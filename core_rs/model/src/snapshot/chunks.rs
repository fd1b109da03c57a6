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

    /// A copy with another item at `index`.
    ///
    /// # Panics
    /// If there is no item at `index`.
    pub(super) fn with(&self, index: usize, item: T) -> Self {
        let mut chunks: Arc<[Arc<[T]>]> = Arc::from(&*self.0);
        let chunks_mut = Arc::make_mut(&mut chunks);
        let mut chunk: Vec<T> = chunks_mut[index / CHUNK].to_vec();
        chunk[index % CHUNK] = item;
        chunks_mut[index / CHUNK] = chunk.into();
        Self(chunks)
    }
}

impl<T: Clone> FromIterator<T> for Chunks<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let items: Vec<T> = items.into_iter().collect();
        Self(items.chunks(CHUNK).map(Arc::from).collect())
    }
}
