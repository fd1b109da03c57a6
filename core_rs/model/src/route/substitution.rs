//! Replacing the parts of a path that an expression matches (Envoy's `regex_rewrite`, RE2's
//! `GlobalReplace`).

use regex_automata::meta;
use regex_automata::nfa::thompson::WhichCaptures;

use super::pattern::{PATTERN_BYTES, PatternError, config, parse};

/// The most bytes that a rewritten path may have: an expression that matches everywhere could
/// otherwise make a long path of a short one.
pub(super) const REWRITTEN_BYTES: usize = 16 << 10;

/// An expression and what takes the place of each part that it matches.
#[derive(Clone, Debug)]
pub struct Substitution {
    regex: meta::Regex,
    pieces: Box<[Piece]>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(Box<str>),
    /// What a group of the expression matched; 0 is all of the part.
    Group(usize),
}

/// Why a substitution is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SubstitutionError {
    /// The expression is at fault.
    Pattern(PatternError),
    /// The text that takes its place is; why.
    Text(String),
}

impl Substitution {
    /// Compiles `pattern`, and `text` in which `\1` to `\9` stand for its groups, `\0` for all
    /// that it matched, and `\\` for a backslash.
    pub(crate) fn new(pattern: &str, text: &str) -> Result<Self, SubstitutionError> {
        let hir = parse(pattern).map_err(SubstitutionError::Pattern)?;
        if text.len() > PATTERN_BYTES {
            let reason = format!("is longer than {PATTERN_BYTES} bytes");
            return Err(SubstitutionError::Text(reason));
        }
        let regex = meta::Builder::new()
            .configure(config().which_captures(WhichCaptures::All))
            .build_from_hir(&hir)
            .map_err(|_| SubstitutionError::Pattern(PatternError::TooLarge))?;
        let pieces = pieces(text, regex.captures_len()).map_err(SubstitutionError::Text)?;
        Ok(Self { regex, pieces })
    }

    /// The memory that the expression takes, in bytes.
    pub(crate) fn memory(&self) -> usize {
        self.regex.memory_usage()
    }

    /// `path` with every part replaced; `None` if that is too long or not UTF-8.
    pub(super) fn apply(&self, path: &str) -> Option<String> {
        let bytes = path.as_bytes();
        let mut out: Vec<u8> = Vec::with_capacity(bytes.len() + 32);
        let mut copied = 0;
        for captures in self.regex.captures_iter(bytes) {
            let whole = captures.get_match()?;
            out.extend_from_slice(bytes.get(copied..whole.start())?);
            copied = whole.end();
            for piece in &self.pieces {
                match piece {
                    Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
                    // A group that took no part in the match stands for nothing.
                    Piece::Group(group) => {
                        if let Some(span) = captures.get_group(*group) {
                            out.extend_from_slice(bytes.get(span.range())?);
                        }
                    }
                }
            }
            if out.len() > REWRITTEN_BYTES {
                return None;
            }
        }
        out.extend_from_slice(bytes.get(copied..)?);
        if out.len() > REWRITTEN_BYTES {
            return None;
        }
        String::from_utf8(out).ok()
    }
}

fn pieces(text: &str, groups: usize) -> Result<Box<[Piece]>, String> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match characters.next() {
            Some('\\') => plain.push('\\'),
            Some(digit) if digit.is_ascii_digit() => {
                let group = digit.to_digit(10).unwrap_or_default() as usize;
                if group >= groups {
                    return Err(format!("`\\{group}` names a group that the pattern lacks"));
                }
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain).into()));
                }
                pieces.push(Piece::Group(group));
            }
            _ => return Err("a backslash must be followed by a digit or a backslash".to_owned()),
        }
    }
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain.into()));
    }
    Ok(pieces.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(pattern: &str, text: &str, path: &str) -> Option<String> {
        Substitution::new(pattern, text).expect("valid").apply(path)
    }

    #[test]
    fn groups_take_part_in_what_replaces_them() {
        let found = apply(
            "^/service/([^/]+)(/.*)$",
            "\\2/instance/\\1",
            "/service/foo/v1/api",
        );
        assert_eq!(found.as_deref(), Some("/v1/api/instance/foo"));
        assert_eq!(
            apply("one", "two", "/xxx/one/yyy/one").as_deref(),
            Some("/xxx/two/yyy/two")
        );
        assert_eq!(
            apply("(?i)/xxx/", "/yyy/", "/aaa/XxX/bbb").as_deref(),
            Some("/aaa/yyy/bbb")
        );
        assert_eq!(apply("/a", "[\\0]\\\\", "/a").as_deref(), Some("[/a]\\"));
        assert_eq!(apply("(a)|(b)", "<\\1>", "/b").as_deref(), Some("/<>"));
        assert_eq!(apply("nothing", "x", "/b").as_deref(), Some("/b"));
    }

    #[test]
    fn a_match_of_nothing_replaces_at_every_place() {
        assert_eq!(apply("x*", "-", "/a").as_deref(), Some("-/-a-"));
    }

    #[test]
    fn what_grows_beyond_bounds_is_none() {
        assert_eq!(apply("", &"x".repeat(1_024), &"/a".repeat(100)), None);
        assert_eq!(apply("b", "c", &"/a".repeat(REWRITTEN_BYTES)), None);
    }

    #[test]
    fn half_a_character_is_none() {
        // Bytewise expressions may cut a character; the result must not hold its half.
        assert_eq!(apply("(?-u:\\xC3)", "", "/ä"), None);
    }

    #[test]
    fn refuses_what_is_wrong() {
        let refused =
            |pattern: &str, text: &str| Substitution::new(pattern, text).expect_err("refused");
        assert!(matches!(refused("(", ""), SubstitutionError::Pattern(_)));
        assert_eq!(
            refused(&"a".repeat(1_025), ""),
            SubstitutionError::Pattern(PatternError::TooLong)
        );
        assert_eq!(
            refused("(a{1,500}){1,500}", ""),
            SubstitutionError::Pattern(PatternError::TooLarge)
        );
        for text in ["\\1", "a\\", "\\x", &"a".repeat(1_025)] {
            assert!(
                matches!(refused("a", text), SubstitutionError::Text(_)),
                "{text}"
            );
        }
    }
}
