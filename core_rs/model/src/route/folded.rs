//! A text in lower case, without an allocation for those of usual length.

/// Up to this many bytes are kept in place.
const IN_PLACE: usize = 256;

/// A copy of a text with its ASCII letters in lower case.
#[expect(
    clippy::large_enum_variant,
    reason = "it lives on the stack for one look-up, where room is free"
)]
pub(super) enum Folded {
    InPlace([u8; IN_PLACE], usize),
    OnHeap(Vec<u8>),
}

impl Folded {
    pub(super) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut copy = [0; IN_PLACE];
        let Some(front) = copy.get_mut(..bytes.len()) else {
            return Self::OnHeap(bytes.to_ascii_lowercase());
        };
        front.copy_from_slice(bytes);
        front.make_ascii_lowercase();
        Self::InPlace(copy, bytes.len())
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::InPlace(copy, length) => copy.get(..*length).unwrap_or_default(),
            Self::OnHeap(copy) => copy,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Folded;

    #[test]
    fn folds_any_length() {
        for length in [0, 1, 255, 256, 257, 1_000] {
            let folded = Folded::new(&"A".repeat(length));
            assert_eq!(folded.as_bytes(), "a".repeat(length).as_bytes());
        }
        assert_eq!(Folded::new("/Ä").as_bytes(), "/Ä".as_bytes());
    }
}
