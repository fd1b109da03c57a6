//! Lets one line through where there would be thousands.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, TryLockError};
use std::time::{Duration, Instant};

/// How many keys are remembered; with more, those whose time is over are forgotten.
const KEYS: usize = 1_024;

#[derive(Default)]
struct Limits {
    last: HashMap<String, (Instant, u64)>,
}

impl Limits {
    fn once_per(&mut self, period: Duration, key: &str, now: Instant) -> Option<u64> {
        if let Some((last, suppressed)) = self.last.get_mut(key) {
            if now.saturating_duration_since(*last) < period {
                *suppressed += 1;
                return None;
            }
            *last = now;
            return Some(std::mem::take(suppressed));
        }
        if self.last.len() >= KEYS {
            self.last
                .retain(|_, (last, _)| now.saturating_duration_since(*last) < period);
        }
        if self.last.len() >= KEYS {
            return None;
        }
        self.last.insert(key.to_owned(), (now, 0));
        Some(0)
    }
}

static LIMITS: LazyLock<Mutex<Limits>> = LazyLock::new(Mutex::default);

/// Whether something named `key` may be said now, which it may once in `period`; with how many
/// times it was not said since the last. Never waits: while another thread asks, the answer is no.
#[must_use]
pub fn once_per(period: Duration, key: &str) -> Option<u64> {
    let mut limits = match LIMITS.try_lock() {
        Ok(limits) => limits,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return None,
    };
    limits.once_per(period, key, Instant::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: Duration = Duration::from_secs(10);

    #[test]
    fn one_in_a_period_is_let_through_with_the_number_of_the_others() {
        let mut limits = Limits::default();
        let start = Instant::now();
        assert_eq!(limits.once_per(PERIOD, "a", start), Some(0));
        assert_eq!(limits.once_per(PERIOD, "a", start), None);
        assert_eq!(limits.once_per(PERIOD, "b", start), Some(0));
        assert_eq!(limits.once_per(PERIOD, "a", start + PERIOD / 2), None);
        assert_eq!(limits.once_per(PERIOD, "a", start + PERIOD), Some(2));
        assert_eq!(limits.once_per(PERIOD, "a", start + PERIOD * 2), Some(0));
    }

    #[test]
    fn keys_are_bounded_and_forgotten_when_their_time_is_over() {
        let mut limits = Limits::default();
        let start = Instant::now();
        for key in 0..KEYS {
            assert_eq!(limits.once_per(PERIOD, &key.to_string(), start), Some(0));
        }
        assert_eq!(limits.once_per(PERIOD, "new", start), None);
        assert_eq!(limits.once_per(PERIOD, "new", start + PERIOD), Some(0));
        assert_eq!(limits.last.len(), 1);
    }
}
