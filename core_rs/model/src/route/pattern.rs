//! Regular expressions that match a whole value, in linear time, on bytes.

use regex::bytes::{Regex, RegexBuilder};

/// The longest expression that is accepted, in bytes.
pub(crate) const PATTERN_BYTES: usize = 1024;
/// The most memory that one compiled expression may take, in bytes.
const COMPILED_BYTES: usize = 1 << 20;

/// A compiled expression.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Regex);

/// Why an expression is refused.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum PatternError {
    /// Longer than [`PATTERN_BYTES`].
    #[error("the expression is longer than {PATTERN_BYTES} bytes")]
    TooLong,
    /// Wrong, or too large once compiled.
    #[error("{0}")]
    Invalid(#[from] regex::Error),
}

impl Pattern {
    /// Compiles `text`, RE2 syntax, so that it must match a whole value.
    pub(crate) fn new(text: &str) -> Result<Self, PatternError> {
        if text.len() > PATTERN_BYTES {
            return Err(PatternError::TooLong);
        }
        // On its own first: `a)(b` must not become valid by what is put around it.
        build(text)?;
        Ok(Self(build(&whole(text))?))
    }

    /// Whether all of `value` matches.
    pub(crate) fn matches(&self, value: &[u8]) -> bool {
        self.0.is_match(value)
    }
}

/// `text` with anchors at both ends.
pub(crate) fn whole(text: &str) -> String {
    format!(r"\A(?:{text})\z")
}

/// Bytewise classes, as RE2's: header values need not be UTF-8.
fn build(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text)
        .unicode(false)
        .size_limit(COMPILED_BYTES)
        .dfa_size_limit(COMPILED_BYTES)
        .build()
}
