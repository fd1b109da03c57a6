//! How short of memory the process is, and what workers give up for it.
//!
//! Written by the control thread, which watches the process's memory limit; read by every worker
//! with one relaxed load.

use std::sync::atomic::{AtomicU8, Ordering};

/// What is given up, each level with those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    #[default]
    None,
    /// Idle connections are kept for an eighth of their time.
    ShortIdle,
    /// Connections end after their request.
    NoKeepAlive,
    /// New connections wait in the kernel's queue and new requests are answered 503.
    Refuse,
}

impl Level {
    /// The level at `used` of `limit` bytes: from 85 %, 92 % and 95 % of the limit on.
    #[must_use]
    pub fn at(used: u64, limit: u64) -> Self {
        let percent = u128::from(used) * 100 / u128::from(limit.max(1));
        match percent {
            95.. => Self::Refuse,
            92.. => Self::NoKeepAlive,
            85.. => Self::ShortIdle,
            _ => Self::None,
        }
    }

    /// Its name in logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ShortIdle => "short_idle",
            Self::NoKeepAlive => "no_keep_alive",
            Self::Refuse => "refuse",
        }
    }
}

/// The present level, shared by all threads.
#[derive(Debug, Default)]
pub struct Pressure(AtomicU8);

impl Pressure {
    /// The present level.
    #[must_use]
    pub fn level(&self) -> Level {
        match self.0.load(Ordering::Relaxed) {
            0 => Level::None,
            1 => Level::ShortIdle,
            2 => Level::NoKeepAlive,
            _ => Level::Refuse,
        }
    }

    /// Sets the level; returns the one before.
    pub fn set(&self, level: Level) -> Level {
        let before = self.level();
        self.0.store(level as u8, Ordering::Relaxed);
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_begin_where_they_should() {
        for (used, level) in [
            (0, Level::None),
            (849, Level::None),
            (850, Level::ShortIdle),
            (920, Level::NoKeepAlive),
            (949, Level::NoKeepAlive),
            (950, Level::Refuse),
            (2_000, Level::Refuse),
        ] {
            assert_eq!(Level::at(used, 1_000), level, "{used}");
            let pressure = Pressure::default();
            pressure.set(level);
            assert_eq!(pressure.level(), level);
        }
        assert_eq!(Level::at(u64::MAX, u64::MAX), Level::Refuse);
    }
}
