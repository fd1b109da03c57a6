//! Durations as Istio and Gateway API write them.

use std::time::Duration;

/// `1h2m3s`, `250ms`, `1s500ms`, `0s`: whole units, the largest first, none that is zero.
///
/// This is the grammar of GEP-2257 and a part of Go's, so both kinds of resource read it.
pub(super) fn text(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [
        (seconds / 3_600, "h"),
        (seconds / 60 % 60, "m"),
        (seconds % 60, "s"),
        (u64::from(duration.subsec_millis()), "ms"),
    ];
    let mut text = String::new();
    for (count, unit) in units {
        if count > 0 {
            text.push_str(&count.to_string());
            text.push_str(unit);
        }
    }
    if text.is_empty() {
        "0s".to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_whole_and_none_is_zero() {
        let milliseconds = |count| text(Duration::from_millis(count));
        assert_eq!(milliseconds(0), "0s");
        assert_eq!(milliseconds(250), "250ms");
        assert_eq!(milliseconds(1_500), "1s500ms");
        assert_eq!(milliseconds(5_000), "5s");
        assert_eq!(milliseconds(60_000), "1m");
        assert_eq!(milliseconds(3_723_000), "1h2m3s");
        assert_eq!(milliseconds(90_000_000), "25h");
    }
}
