//! Histograms with the bounds that Envoy, and so Istio, gives its own.

use super::number::Number;

/// How many finite bounds there are; one more bucket takes what is above the last.
pub(super) const BOUNDS: usize = 19;

/// The bounds as they are written in the `le` label.
pub(super) const LABELS: [&str; BOUNDS] = [
    "0.5", "1", "5", "10", "25", "50", "100", "250", "500", "1000", "2500", "5000", "10000",
    "30000", "60000", "300000", "600000", "1800000", "3600000",
];

/// The same bounds, doubled so that they are whole.
const DOUBLED: [u64; BOUNDS] = [
    1, 2, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000, 120_000, 600_000,
    1_200_000, 3_600_000, 7_200_000,
];

/// Turns a value into a bucket.
pub(super) struct Scale {
    bounds: [u64; BOUNDS],
    /// For each bit length the bucket of the shortest value of that length. Between two powers of
    /// two lie few bounds, so one or two comparisons end the search.
    first: [u8; 65],
}

impl Scale {
    /// `per_unit` of what is observed make one of what the bounds are in.
    const fn new(per_unit: u64) -> Self {
        let mut bounds = [0; BOUNDS];
        let mut index = 0;
        while index < BOUNDS {
            bounds[index] = DOUBLED[index] * per_unit / 2;
            index += 1;
        }
        let mut first = [0; 65];
        let mut length = 1;
        while length <= 64 {
            let shortest = 1_u64 << (length - 1);
            let mut bucket = first[length - 1];
            while (bucket as usize) < BOUNDS && shortest > bounds[bucket as usize] {
                bucket += 1;
            }
            first[length] = bucket;
            length += 1;
        }
        Self { bounds, first }
    }

    fn bucket(&self, value: u64) -> usize {
        let length = (u64::BITS - value.leading_zeros()) as usize;
        let mut bucket = usize::from(self.first[length]);
        while bucket < BOUNDS && value > self.bounds[bucket] {
            bucket += 1;
        }
        bucket
    }
}

/// Observed in microseconds, shown in milliseconds.
pub(super) static DURATION: Scale = Scale::new(1_000);
/// Observed and shown in bytes.
pub(super) static SIZE: Scale = Scale::new(1);

/// Counts by bucket, and the sum. Written by one thread.
#[derive(Debug, Default)]
pub(super) struct Histogram {
    buckets: [Number; BOUNDS + 1],
    sum: Number,
}

impl Histogram {
    pub(super) fn observe(&self, scale: &Scale, value: u64) {
        self.buckets[scale.bucket(value)].increment();
        self.sum.add(value);
    }
}

/// The histograms of all workers added up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    /// Per bucket, not cumulative.
    pub(super) buckets: [u64; BOUNDS + 1],
    pub(super) sum: u64,
}

impl Sum {
    pub(super) fn add(&mut self, histogram: &Histogram) {
        for (total, bucket) in self.buckets.iter_mut().zip(&histogram.buckets) {
            *total += bucket.get();
        }
        self.sum += histogram.sum.get();
    }

    pub(super) fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_falls_into_the_first_bucket_whose_bound_it_does_not_exceed() {
        for scale in [&DURATION, &SIZE] {
            let edges = scale
                .bounds
                .into_iter()
                .flat_map(|bound| [bound, bound + 1]);
            let powers = (0..64).map(|bit| 1_u64 << bit);
            for value in edges.chain(powers).chain([0, u64::MAX]) {
                let expected = scale.bounds.iter().position(|bound| value <= *bound);
                assert_eq!(scale.bucket(value), expected.unwrap_or(BOUNDS), "{value}");
            }
        }
    }

    #[test]
    fn the_bounds_and_their_labels_agree() {
        for (label, doubled) in LABELS.into_iter().zip(DOUBLED) {
            let expected = if doubled % 2 == 0 {
                (doubled / 2).to_string()
            } else {
                "0.5".into()
            };
            assert_eq!(label, expected);
        }
    }

    #[test]
    fn sums_add_up_over_workers() {
        let (one, other) = (Histogram::default(), Histogram::default());
        one.observe(&DURATION, 300);
        other.observe(&DURATION, 7_000_000);
        let mut sum = Sum::default();
        sum.add(&one);
        sum.add(&other);
        assert_eq!((sum.count(), sum.sum), (2, 7_000_300));
        assert_eq!((sum.buckets[0], sum.buckets[12]), (1, 1));
    }
}
