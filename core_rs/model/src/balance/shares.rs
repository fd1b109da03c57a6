//! Weights laid out on a line, so that a point on it names an item.
//!
//! With weights 2, 0, 3 the points 0–1 belong to the first item and 2–4 to the third: a random
//! point chooses in proportion to the weights.

/// Weights, prepared for picking.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shares {
    /// The number of points: the sum of the weights divided by their greatest common divisor.
    total: u64,
    /// Where each item's points end; `None` if every item has one point.
    ends: Option<Box<[u64]>>,
}

impl Shares {
    /// Lays out `weights`; items of weight 0 are never chosen.
    pub(crate) fn new(weights: &[u32]) -> Self {
        let divisor = weights
            .iter()
            .fold(0, |divisor, &weight| gcd(divisor, u64::from(weight)));
        if divisor == 0 {
            return Self::default();
        }
        if weights.iter().all(|&weight| u64::from(weight) == divisor) {
            return Self {
                total: weights.len() as u64,
                ends: None,
            };
        }
        let mut total = 0;
        let end = |&weight: &u32| {
            total += u64::from(weight) / divisor;
            total
        };
        let ends = weights.iter().map(end).collect();
        Self {
            total,
            ends: Some(ends),
        }
    }

    /// The number of points; 0 if nothing can be chosen.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// The item that owns `point`, which is below [`Self::total`].
    pub(crate) fn item(&self, point: u64) -> usize {
        match &self.ends {
            None => point as usize,
            Some(ends) => ends.partition_point(|&end| end <= point),
        }
    }

    /// Where each item's points end, unless every item has one.
    pub(super) fn ends(&self) -> Option<&[u64]> {
        self.ends.as_deref()
    }

    /// An item in proportion to the weights; `None` if all are 0.
    pub(crate) fn sample(&self, random: u64) -> Option<usize> {
        (self.total > 0).then(|| self.item(scale(random, self.total)))
    }

    /// Another item than `item`, in proportion to the remaining weights; `None` if there is none.
    pub(crate) fn sample_other(&self, item: usize, random: u64) -> Option<usize> {
        let (start, end) = match &self.ends {
            None => (item as u64, item as u64 + 1),
            Some(ends) => (
                item.checked_sub(1).map_or(0, |previous| ends[previous]),
                ends[item],
            ),
        };
        let rest = self.total - (end - start);
        if rest == 0 {
            return None;
        }
        let point = scale(random, rest);
        Some(self.item(if point < start {
            point
        } else {
            point + (end - start)
        }))
    }
}

/// A value below `bound` in proportion to `random`, by multiplication instead of a division.
pub(crate) fn scale(random: u64, bound: u64) -> u64 {
    ((u128::from(random) * u128::from(bound)) >> 64) as u64
}

/// The greatest common divisor; that of 0 and `b` is `b`.
pub(super) fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn equal_weights_need_no_layout() {
        let shares = Shares::new(&[7, 7, 7]);
        assert_eq!(shares.total(), 3);
        assert!(shares.ends().is_none());
    }

    #[test]
    fn the_largest_weights_fit() {
        let shares = Shares::new(&[u32::MAX, 1, u32::MAX - 1]);
        assert_eq!(shares.total(), 2 * u64::from(u32::MAX));
        assert_eq!(shares.sample(u64::MAX), Some(2));
        assert_eq!(shares.sample(0), Some(0));
    }

    proptest! {
        #[test]
        fn points_match_weights(weights in prop::collection::vec(0_u32..9, 0..12)) {
            let shares = Shares::new(&weights);
            let divisor = weights.iter().fold(0, |a, &b| gcd(a, u64::from(b))).max(1);
            let mut counts = vec![0; weights.len()];
            for point in 0..shares.total() {
                counts[shares.item(point)] += divisor;
            }
            let expected: Vec<_> = weights.iter().map(|&weight| u64::from(weight)).collect();
            prop_assert_eq!(counts, expected);
        }

        #[test]
        fn the_other_is_another(
            weights in prop::collection::vec(0_u32..9, 0..12),
            random in any::<u64>(),
            second in any::<u64>(),
        ) {
            let shares = Shares::new(&weights);
            let Some(item) = shares.sample(random) else {
                prop_assert!(weights.iter().all(|&weight| weight == 0));
                return Ok(());
            };
            prop_assert!(weights[item] > 0);
            let weighty = weights.iter().filter(|&&weight| weight > 0).count();
            let other = shares.sample_other(item, second);
            prop_assert_eq!(other.is_some(), weighty > 1);
            prop_assert!(other.is_none_or(|other| other != item && weights[other] > 0));
        }
    }
}
