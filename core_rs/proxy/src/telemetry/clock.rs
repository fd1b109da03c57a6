//! Wall-clock time of a request, without asking the kernel for each.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::log::time;

/// Relates the monotonic clock to the wall clock, and remembers how the last second is written.
pub(in crate::telemetry) struct Clock {
    monotonic: Instant,
    /// Microseconds since 1970 at `monotonic`.
    wall: u64,
    second: u64,
    rendered: [u8; 19],
}

impl Clock {
    pub(in crate::telemetry) fn new() -> Self {
        let mut clock = Self {
            monotonic: Instant::now(),
            wall: 0,
            second: 0,
            rendered: time::seconds(0),
        };
        clock.adjust();
        clock
    }

    /// Reads both clocks again: the wall clock may have been set.
    pub(in crate::telemetry) fn adjust(&mut self) {
        self.monotonic = Instant::now();
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        self.wall = u64::try_from(wall.as_micros()).unwrap_or(0);
    }

    /// Appends when `instant` was, as `2026-01-31T23:59:59.123Z`.
    pub(in crate::telemetry) fn write(&mut self, instant: Instant, out: &mut Vec<u8>) {
        let since = |later: Instant, earlier: Instant| {
            u64::try_from(later.saturating_duration_since(earlier).as_micros()).unwrap_or(0)
        };
        let micros = self
            .wall
            .saturating_add(since(instant, self.monotonic))
            .saturating_sub(since(self.monotonic, instant));
        let second = micros / 1_000_000;
        if second != self.second {
            self.second = second;
            self.rendered = time::seconds(second);
        }
        out.extend_from_slice(&self.rendered);
        out.push(b'.');
        let millis = micros % 1_000_000 / 1_000;
        for divisor in [100, 10, 1] {
            out.push(b'0' + (millis / divisor % 10) as u8);
        }
        out.push(b'Z');
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_instant_becomes_the_wall_time_it_was_at() {
        let mut clock = Clock::new();
        clock.wall = 1_000_000_000_250_000;
        let now = clock.monotonic;
        let mut out = Vec::new();
        clock.write(now, &mut out);
        assert_eq!(out, b"2001-09-09T01:46:40.250Z");
        out.clear();
        clock.write(now + Duration::from_millis(1_751), &mut out);
        assert_eq!(out, b"2001-09-09T01:46:42.001Z");
        if let Some(before) = now.checked_sub(Duration::from_millis(251)) {
            out.clear();
            clock.write(before, &mut out);
            assert_eq!(out, b"2001-09-09T01:46:39.999Z");
        }
    }
}
