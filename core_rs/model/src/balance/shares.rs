//! Weights laid out on a line, so that a point on it names an item.
//!
//! With weights 2, 0, 3 the points 0–1 belong to the first item and 2–4 to the third. A random
//! point chooses in proportion to the weights; a walk over all points in a well spread order is a
//! weighted round robin whose only state is the current point.

/// Above this many points the round robin walks by stride instead of a prepared order, so that
/// one service never holds more than a few KiB for it.
const SCHEDULE_POINTS: u64 = 4096;

/// Weights, prepared for picking.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shares {
    /// The number of points: the sum of the weights divided by their greatest common divisor.
    total: u64,
    layout: Layout,
    order: Order,
}

#[derive(Clone, Debug, Default)]
enum Layout {
    /// Every item has one point.
    #[default]
    Equal,
    /// Where each item's points end.
    Ends(Box<[u64]>),
}

/// The order in which the round robin visits the points.
#[derive(Clone, Debug, Default)]
enum Order {
    /// One after the other.
    #[default]
    Listed,
    /// The items, spread evenly.
    Schedule(Box<[u32]>),
    /// Every `n`-th point; coprime to the total, so that each point is visited once per round.
    Stride(u64),
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
        let mut total = 0;
        let ends: Box<[u64]> = weights
            .iter()
            .map(|&weight| {
                total += u64::from(weight) / divisor;
                total
            })
            .collect();
        if weights.iter().all(|&weight| u64::from(weight) == divisor) {
            return Self {
                total,
                layout: Layout::Equal,
                order: Order::Listed,
            };
        }
        let order = if total <= SCHEDULE_POINTS {
            Order::Schedule(schedule(&ends))
        } else {
            Order::Stride(stride(total))
        };
        Self {
            total,
            layout: Layout::Ends(ends),
            order,
        }
    }

    /// The number of points; 0 if nothing can be chosen.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// The item that owns `point`, which is below [`Self::total`].
    pub(crate) fn item(&self, point: u64) -> usize {
        match &self.layout {
            Layout::Equal => point as usize,
            Layout::Ends(ends) => ends.partition_point(|&end| end <= point),
        }
    }

    /// The points of `item`: the first, and how many.
    fn points(&self, item: usize) -> (u64, u64) {
        match &self.layout {
            Layout::Equal => (item as u64, 1),
            Layout::Ends(ends) => {
                let start = item.checked_sub(1).map_or(0, |previous| ends[previous]);
                (start, ends[item] - start)
            }
        }
    }

    /// An item in proportion to the weights; `None` if all are 0.
    pub(crate) fn sample(&self, random: u64) -> Option<usize> {
        (self.total > 0).then(|| self.item(scale(random, self.total)))
    }

    /// Another item than `item`, in proportion to the remaining weights; `None` if there is none.
    pub(crate) fn sample_other(&self, item: usize, random: u64) -> Option<usize> {
        let (start, count) = self.points(item);
        let rest = self.total - count;
        if rest == 0 {
            return None;
        }
        let point = scale(random, rest);
        Some(self.item(if point < start { point } else { point + count }))
    }

    /// The item after `position` in round-robin order, and the position to continue from.
    pub(crate) fn next(&self, position: u64) -> Option<(usize, u64)> {
        if self.total == 0 {
            return None;
        }
        // The position may come from an earlier set of weights.
        let position = position % self.total;
        let (item, step) = match &self.order {
            Order::Listed => (position as usize, 1),
            Order::Schedule(items) => (items[position as usize] as usize, 1),
            Order::Stride(stride) => (self.item(position), *stride),
        };
        Some((item, (position + step) % self.total))
    }
}

/// A value below `bound` in proportion to `random`, by multiplication instead of a division.
pub(crate) fn scale(random: u64, bound: u64) -> u64 {
    ((u128::from(random) * u128::from(bound)) >> 64) as u64
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Each item's k-th visit is due at (2k + 1) / 2·weight; all visits in order of their due time.
fn schedule(ends: &[u64]) -> Box<[u32]> {
    let mut visits = Vec::with_capacity(ends.last().map_or(0, |&end| end as usize));
    let mut start = 0;
    for (item, &end) in ends.iter().enumerate() {
        let weight = end - start;
        visits.extend((0..weight).map(|visit| (2 * visit + 1, weight, item as u32)));
        start = end;
    }
    // a/b < c/d by cross-multiplication: weights are at most SCHEDULE_POINTS here.
    visits.sort_by(|a, b| {
        (a.0 * b.1)
            .cmp(&(b.0 * a.1))
            .then(b.1.cmp(&a.1))
            .then(a.2.cmp(&b.2))
    });
    visits.into_iter().map(|(_, _, item)| item).collect()
}

/// The number nearest to total/φ that shares no factor with `total`: the multiples of such a
/// number are spread evenly over the circle at every scale.
fn stride(total: u64) -> u64 {
    const INVERSE_PHI: u64 = 0x9E37_79B9_7F4A_7C15;
    let ideal = scale(INVERSE_PHI, total);
    (0..total)
        .flat_map(|distance| [ideal.saturating_sub(distance), ideal + distance])
        .find(|&candidate| gcd(candidate, total) == 1)
        .unwrap_or(1)
}
