//! Regular expressions that match a whole value, in linear time, on bytes.
//!
//! `regex-automata` is the engine of the `regex` crate; it is used directly, since it lets a
//! parsed expression be anchored without putting text around it, and asked for its literal prefix.

use std::fmt;
use std::sync::Arc;

use regex_automata::Input;
use regex_automata::meta;
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::util::syntax;
use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{Hir, Look};

use super::re2;

/// The longest expression that is accepted, in bytes.
pub(crate) const PATTERN_BYTES: usize = 1024;
/// The most memory that one compiled expression may take, in bytes.
pub(crate) const COMPILED_BYTES: usize = 1 << 18;
/// The most memory that one thread may spend on caching an expression's states, in bytes.
pub(crate) const CACHE_BYTES: usize = 1 << 20;

/// An expression, parsed and anchored at both ends.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    text: Arc<str>,
    hir: Hir,
}

/// Why an expression is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PatternError {
    /// Longer than [`PATTERN_BYTES`].
    TooLong,
    /// Larger than [`COMPILED_BYTES`] once compiled.
    TooLarge,
    /// Not an expression; the text says why and where.
    Syntax(String),
}

impl fmt::Display for PatternError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(formatter, "is longer than {PATTERN_BYTES} bytes"),
            Self::TooLarge => write!(formatter, "needs more than {COMPILED_BYTES} bytes compiled"),
            Self::Syntax(reason) => formatter.write_str(reason),
        }
    }
}

impl Expression {
    /// Parses `text` (RE2 syntax, classes and case folding on ASCII as there).
    pub(crate) fn new(text: &str) -> Result<Self, PatternError> {
        let hir = parse(text)?;
        let anchored = vec![Hir::look(Look::Start), hir, Hir::look(Look::End)];
        Ok(Self {
            text: text.into(),
            hir: Hir::concat(anchored),
        })
    }

    /// What every matching value begins with; often a good part of a path.
    pub(crate) fn literal_prefix(&self) -> Box<[u8]> {
        let literals = Extractor::new().extract(&self.hir);
        literals.longest_common_prefix().unwrap_or_default().into()
    }

    /// The parsed form, to be compiled together with others.
    pub(crate) fn hir(&self) -> &Hir {
        &self.hir
    }
}

/// Parses `text`, which is in RE2's notation.
pub(super) fn parse(text: &str) -> Result<Hir, PatternError> {
    if text.len() > PATTERN_BYTES {
        return Err(PatternError::TooLong);
    }
    let text = re2::translate(text);
    // Bytewise, since header values need not be UTF-8; by characters only where the expression
    // names some, since that takes more memory.
    let config = syntax::Config::new().unicode(false).utf8(false);
    if let Ok(hir) = syntax::parse_with(&text, &config) {
        return Ok(hir);
    }
    syntax::parse_with(&text, &config.unicode(true))
        .map_err(|error| PatternError::Syntax(one_line(&error.to_string())))
}

/// A compiled expression.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    text: Arc<str>,
    regex: meta::Regex,
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Pattern {
    /// Compiles `text` so that it must match a whole value.
    #[cfg(test)]
    pub(crate) fn new(text: &str) -> Result<Self, PatternError> {
        Self::compile(&Expression::new(text)?)
    }

    /// Compiles a parsed expression.
    pub(crate) fn compile(expression: &Expression) -> Result<Self, PatternError> {
        let regex = meta::Builder::new()
            .configure(config())
            .build_from_hir(&expression.hir)
            .map_err(|_| PatternError::TooLarge)?;
        Ok(Self {
            text: Arc::clone(&expression.text),
            regex,
        })
    }

    /// The memory it takes, in bytes, without what each thread caches.
    pub(crate) fn memory(&self) -> usize {
        self.regex.memory_usage()
    }

    /// Whether all of `value` matches.
    pub(crate) fn matches(&self, value: &[u8]) -> bool {
        self.regex.is_match(Input::new(value))
    }
}

/// What every compiled expression has in common: it only answers yes or no. Without a DFA made in
/// advance, compiling takes a tenth of the time and a third of the memory, and matching as long:
/// states are made when a value first needs them.
pub(crate) fn config() -> meta::Config {
    meta::Config::new()
        .dfa(false)
        .utf8_empty(false)
        .which_captures(WhichCaptures::None)
        .nfa_size_limit(Some(COMPILED_BYTES))
        .hybrid_cache_capacity(CACHE_BYTES)
}

/// Parse errors draw the expression over several lines; the last one says what is wrong.
fn one_line(text: &str) -> String {
    text.lines()
        .last()
        .unwrap_or(text)
        .trim_start_matches("error: ")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, value: &[u8]) -> bool {
        Pattern::new(pattern).expect("valid").matches(value)
    }

    #[test]
    fn matches_whole_values_only() {
        assert!(matches("a|ab", b"ab"));
        assert!(!matches("a", b"ab"));
        assert!(!matches("b", b"ab"));
        assert!(!matches("a", b"a\n"));
        assert!(matches("^/a$", b"/a"));
        assert!(matches("", b""));
        assert!(!matches("", b"a"));
        assert!(matches("(?x) a b # comment", b"ab"));
    }

    #[test]
    fn matches_bytes_that_are_not_utf8() {
        assert!(matches("a.*", b"a\xff\xfe"));
        assert!(!matches("[a-z]*", b"a\xff"));
    }

    #[test]
    fn refuses_what_is_wrong_or_large() {
        assert_eq!(
            Pattern::new(&"a".repeat(1025)).err(),
            Some(PatternError::TooLong)
        );
        assert_eq!(
            Pattern::new("(a{1,500}){1,500}").err(),
            Some(PatternError::TooLarge)
        );
        let error = Pattern::new("a)(b").expect_err("unbalanced").to_string();
        assert!(error.contains("unopened group"), "{error}");
    }

    #[test]
    fn knows_what_values_begin_with() {
        let prefix = |text| Expression::new(text).expect("valid").literal_prefix();
        assert_eq!(&*prefix("/users/[0-9]+"), b"/users/");
        assert_eq!(&*prefix("^/v1/(users|uploads)/.*$"), b"/v1/u");
        assert_eq!(&*prefix(".*/x"), b"");
        assert_eq!(&*prefix("(?i)/A"), b"/");
    }
}
