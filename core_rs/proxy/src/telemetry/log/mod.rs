//! The process's own log: lines on standard error, at one level for the whole process.
//!
//! A line is written by a thread of its own, so that a blocked terminal or pipe blocks no worker.
//! Lines of which there may be many are limited with [`limited`].

mod limit;
pub(super) mod time;
mod writer;

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

pub use limit::once_per;
pub use writer::flush;

/// How grave a line is. A level includes all graver ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// Something is broken and needs somebody.
    Error = 1,
    /// Something is wrong and the proxy copes.
    Warn = 2,
    /// What an operator wants to know; the default.
    Info = 3,
    /// What helps to find a fault.
    Debug = 4,
}

impl Level {
    /// All levels, the gravest first.
    pub const ALL: [Self; 4] = [Self::Error, Self::Warn, Self::Info, Self::Debug];

    /// The name in lines and in requests to `/logging`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(name: &str) -> Result<Self, UnknownLevel> {
        Self::ALL
            .into_iter()
            .find(|level| level.name() == name)
            .ok_or(UnknownLevel)
    }
}

/// The name is not one of [`Level::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a level is error, warn, info or debug")]
pub struct UnknownLevel;

static LEVEL: AtomicU8 = AtomicU8::new(Level::Info as u8);

/// The level in force.
#[must_use]
pub fn level() -> Level {
    let level = LEVEL.load(Ordering::Relaxed);
    Level::ALL
        .into_iter()
        .find(|it| *it as u8 == level)
        .unwrap_or(Level::Info)
}

/// Sets the level of the process.
pub fn set_level(level: Level) {
    LEVEL.store(level as u8, Ordering::Relaxed);
}

/// Whether a line of `level` would be written.
#[must_use]
pub fn enabled(level: Level) -> bool {
    level as u8 <= LEVEL.load(Ordering::Relaxed)
}

/// Writes a line if `level` is enabled. Control characters in it are escaped.
pub fn line(level: Level, message: fmt::Arguments<'_>) {
    if enabled(level) {
        writer::send(&render(level, message));
    }
}

/// Writes a line of [`Level::Error`].
pub fn error(message: fmt::Arguments<'_>) {
    line(Level::Error, message);
}

/// Writes a line of [`Level::Warn`].
pub fn warn(message: fmt::Arguments<'_>) {
    line(Level::Warn, message);
}

/// Writes a line of [`Level::Info`].
pub fn info(message: fmt::Arguments<'_>) {
    line(Level::Info, message);
}

/// Writes a line of [`Level::Debug`].
pub fn debug(message: fmt::Arguments<'_>) {
    line(Level::Debug, message);
}

/// Writes at most one line per `period` of those that share `key`, and says in it how many were
/// left out since the last.
pub fn limited(level: Level, period: Duration, key: &str, message: fmt::Arguments<'_>) {
    if !enabled(level) {
        return;
    }
    match once_per(period, key) {
        Some(0) => line(level, message),
        Some(more) => line(
            level,
            format_args!("{message} ({more} more like it were not logged)"),
        ),
        None => {}
    }
}

/// Writes `text` as it is, whatever the level: what the process promises to say.
pub fn announce(text: &str) {
    writer::send(&format!("{text}\n"));
}

fn render(level: Level, message: fmt::Arguments<'_>) -> String {
    let text = message.to_string();
    let mut out = format!("pymesh: {}: ", level.name());
    for character in text.chars() {
        if character.is_control() {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_cannot_be_broken_by_what_it_quotes() {
        let line = render(
            Level::Warn,
            format_args!("host {}", "a\r\npymesh: error: b\u{1b}[2J"),
        );
        assert_eq!(
            line,
            "pymesh: warn: host a\\r\\npymesh: error: b\\u{1b}[2J\n"
        );
    }

    #[test]
    fn names_of_levels_are_read_back() {
        for level in Level::ALL {
            assert_eq!(level.name().parse(), Ok(level));
        }
        assert_eq!("loud".parse::<Level>(), Err(UnknownLevel));
    }
}
