//! The order in which a weighted round robin visits items.
//!
//! A round visits each point of the [`Shares`] once, so every item as often as its weight says,
//! and spread evenly: with weights 3 and 1 as A A B A, not A A A B. All state between two visits
//! is one number, so it costs nothing to keep and survives a change of the items, where a heap
//! of deadlines would have to be rebuilt.

use super::shares::{Shares, scale};

/// Above this many points the order follows from a stride instead of being written down, so that
/// an endpoint change never sorts more than this.
const SCHEDULE_POINTS: u64 = 1024;

/// The order of one round.
#[derive(Clone, Debug, Default)]
pub(super) enum Rotation {
    /// One item after the other.
    #[default]
    Listed,
    /// Written down.
    Schedule(Box<[u32]>),
    /// Every `n`-th point, where `n` shares no factor with their number.
    Stride(u64),
}

impl Rotation {
    /// The order for `shares`.
    pub(super) fn new(shares: &Shares) -> Self {
        match shares.ends() {
            None => Self::Listed,
            Some(ends) if shares.total() <= SCHEDULE_POINTS => Self::Schedule(schedule(ends)),
            Some(_) => Self::Stride(stride(shares.total())),
        }
    }

    /// The item at `position`, and the position to continue from. A position from another round
    /// is brought into this one. `None` if `shares`, those of [`Self::new`], choose nothing.
    pub(super) fn visit(&self, shares: &Shares, position: u64) -> Option<(usize, u64)> {
        let total = shares.total();
        if total == 0 {
            return None;
        }
        let position = if position < total {
            position
        } else {
            position % total
        };
        let (item, step) = match self {
            Self::Listed => (position as usize, 1),
            Self::Schedule(items) => (*items.get(position as usize)? as usize, 1),
            Self::Stride(stride) => (shares.item(position), *stride),
        };
        let next = position + step;
        Some((item, if next < total { next } else { next - total }))
    }
}

/// An item of weight w is due at the middles of w equal parts of the round; this is the order of
/// all due times, the heavier item first where two are due at once.
fn schedule(ends: &[u64]) -> Box<[u32]> {
    let mut visits = Vec::new();
    let mut start = 0;
    for (item, &end) in (0..).zip(ends) {
        let weight = end - start;
        visits.extend((0..weight).map(|visit| (2 * visit + 1, weight, item)));
        start = end;
    }
    // a/b < c/d as a·d < c·b: both are far below 2^64, since no weight is above SCHEDULE_POINTS.
    visits.sort_by(|a: &(u64, u64, u32), b| {
        (a.0 * b.1)
            .cmp(&(b.0 * a.1))
            .then(b.1.cmp(&a.1))
            .then(a.2.cmp(&b.2))
    });
    visits.into_iter().map(|(_, _, item)| item).collect()
}

/// A number near `total`/φ that shares no factor with `total` and whose multiples are spread
/// most evenly around the circle: the one whose fraction of `total` has the smallest partial
/// quotients (those of φ itself are all 1).
fn stride(total: u64) -> u64 {
    /// 2^64/φ.
    const INVERSE_PHI: u64 = 0x9E37_79B9_7F4A_7C15;
    let ideal = scale(INVERSE_PHI, total);
    (ideal.saturating_sub(NEIGHBOURS)..=ideal + NEIGHBOURS)
        .filter_map(|candidate| Some((largest_quotient(total, candidate)?, candidate)))
        .min()
        .map_or(1, |(_, candidate)| candidate)
}

/// How far from the ideal stride to look on either side.
const NEIGHBOURS: u64 = 32;

/// The largest partial quotient of `b`/`a`, by Euclid; `None` if they share a factor.
fn largest_quotient(mut a: u64, mut b: u64) -> Option<u64> {
    let mut largest = 0;
    while b != 0 {
        largest = largest.max(a / b);
        (a, b) = (b, a % b);
    }
    (a == 1).then_some(largest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::balance::shares::gcd;

    fn visits(weights: &[u32], start: u64, count: usize) -> Vec<usize> {
        let shares = Shares::new(weights);
        let rotation = Rotation::new(&shares);
        let mut position = start;
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            let (item, next) = rotation.visit(&shares, position).expect("one has weight");
            items.push(item);
            position = next;
        }
        items
    }

    #[test]
    fn equal_weights_take_turns() {
        assert_eq!(visits(&[5, 5, 5], 1, 6), [1, 2, 0, 1, 2, 0]);
    }

    #[test]
    fn unequal_weights_are_spread() {
        assert_eq!(visits(&[3, 1], 0, 4), [0, 0, 1, 0]);
        assert_eq!(visits(&[1, 2, 0, 4], 0, 7), [3, 1, 3, 0, 3, 1, 3]);
    }

    #[test]
    fn a_position_from_a_longer_round_is_brought_in() {
        assert_eq!(visits(&[1, 1], 7, 2), [1, 0]);
        assert!(Rotation::Listed.visit(&Shares::new(&[0]), 3).is_none());
    }

    /// The largest distance, over all beginnings of two rounds, between how often an item was
    /// visited and how often its share says.
    fn drift(weights: &[u32]) -> f64 {
        let total: u32 = weights.iter().sum();
        let rounds = visits(weights, 0, 2 * total as usize);
        let mut counts = vec![0_u32; weights.len()];
        let mut worst = 0_f64;
        for (done, item) in (1_u32..).zip(rounds) {
            counts[item] += 1;
            for (count, weight) in counts.iter().zip(weights) {
                let share = f64::from(done) * f64::from(*weight) / f64::from(total);
                worst = worst.max((f64::from(*count) - share).abs());
            }
        }
        worst
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_written_order_stays_near_the_shares(
            weights in prop::collection::vec(0_u32..60, 2..12),
        ) {
            prop_assume!(weights.iter().any(|&weight| weight > 0));
            prop_assert!(drift(&weights) < 4.0, "{}", drift(&weights));
        }

        #[test]
        fn a_stride_stays_near_the_shares(
            weights in prop::collection::vec(0_u32..900, 2..8),
        ) {
            prop_assume!(weights.iter().sum::<u32>() > 1024);
            prop_assert!(drift(&weights) < 6.0, "{}", drift(&weights));
        }

        #[test]
        fn a_round_is_exact(
            weights in prop::collection::vec(0_u32..400, 1..12),
            start in any::<u64>(),
        ) {
            let shares = Shares::new(&weights);
            prop_assume!(shares.total() > 0);
            let mut counts = vec![0_u32; weights.len()];
            for item in visits(&weights, start, shares.total() as usize) {
                counts[item] += 1;
            }
            let divisor = weights.iter().fold(0, |a, &b| gcd(a, u64::from(b))) as u32;
            let expected: Vec<_> = weights.iter().map(|weight| weight / divisor).collect();
            prop_assert_eq!(counts, expected);
        }
    }
}
