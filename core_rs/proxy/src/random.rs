//! A small, fast generator for balancing and request ids. Not for secrets.

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};

/// One worker's source of random numbers (wyrand).
pub(crate) struct Random(Cell<u64>);

impl Random {
    /// Seeded from the operating system, through the standard library's hash keys.
    #[must_use]
    pub(crate) fn from_system() -> Self {
        Self(Cell::new(RandomState::new().hash_one(0_u8)))
    }

    /// The next 64 random bits.
    #[must_use]
    pub(crate) fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0xa076_1d64_78bd_642f);
        self.0.set(state);
        let wide = u128::from(state) * u128::from(state ^ 0xe703_7ed1_a0b4_28db);
        (wide >> 64) as u64 ^ wide as u64
    }

    /// A version 4 UUID (RFC 9562 section 5.4) in its 36-character form.
    #[must_use]
    pub(crate) fn uuid(&self) -> [u8; 36] {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut bits = (u128::from(self.next()) << 64) | u128::from(self.next());
        bits = bits & !(0xf << 76) | (0x4 << 76);
        bits = bits & !(0x3 << 62) | (0x2 << 62);
        let mut text = [b'-'; 36];
        let mut shift = 128;
        for (index, byte) in text.iter_mut().enumerate() {
            if !matches!(index, 8 | 13 | 18 | 23) {
                shift -= 4;
                *byte = HEX[(bits >> shift) as usize & 15];
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_have_their_version_and_variant_and_differ() {
        let random = Random::from_system();
        let first = random.uuid();
        assert_ne!(first, random.uuid());
        assert_eq!(first[14], b'4');
        assert!(matches!(first[19], b'8' | b'9' | b'a' | b'b'));
        assert!(first.iter().enumerate().all(|(index, byte)| {
            if matches!(index, 8 | 13 | 18 | 23) {
                *byte == b'-'
            } else {
                byte.is_ascii_hexdigit()
            }
        }));
    }

    #[test]
    fn numbers_are_spread() {
        let random = Random::from_system();
        let mut seen = [0_u32; 16];
        (0..16_000).for_each(|_| seen[random.next() as usize & 15] += 1);
        assert!(
            seen.iter().all(|count| (800..1_200).contains(count)),
            "{seen:?}"
        );
    }
}
