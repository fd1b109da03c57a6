//! Places in the bytes of a head.

/// A range of a head's bytes. Heads are shorter than 4 GiB: the parsers see to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    length: u32,
}

impl Span {
    pub(crate) const fn new(start: usize, length: usize) -> Self {
        Self {
            start: start as u32,
            length: length as u32,
        }
    }

    pub(crate) const fn start(self) -> usize {
        self.start as usize
    }

    pub(crate) const fn len(self) -> usize {
        self.length as usize
    }

    /// The bytes of `whole` in this range; empty if `whole` is not the buffer the head came from.
    pub(crate) fn of(self, whole: &[u8]) -> &[u8] {
        let start = self.start as usize;
        whole
            .get(start..start + self.length as usize)
            .unwrap_or_default()
    }

    /// As [`Span::of`], for ranges that were checked to be ASCII.
    pub(crate) fn text(self, whole: &[u8]) -> &str {
        std::str::from_utf8(self.of(whole)).unwrap_or_default()
    }
}
