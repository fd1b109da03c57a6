//! RE2's notation in that of `regex-syntax`.
//!
//! Istio's and Gateway API's expressions are RE2's. The two notations are the same but for a few
//! corners, in which an expression would be refused or, worse, mean something else: inside
//! brackets `[`, `&&`, `--` and `~~` are plain text in RE2 and operators here; a brace that begins
//! no repetition is plain text; `\Q…\E` quotes.

use std::iter::Peekable;
use std::str::CharIndices;

/// `pattern` in the notation of `regex-syntax`.
pub(super) fn translate(pattern: &str) -> String {
    let mut translator = Translator {
        pattern,
        rest: pattern.char_indices().peekable(),
        out: String::with_capacity(pattern.len() + 8),
    };
    while let Some((at, character)) = translator.rest.next() {
        match character {
            '\\' => translator.escape(),
            '[' => translator.class(),
            '{' if !begins_repetition(&pattern[at..]) => translator.out.push_str("\\{"),
            other => translator.out.push(other),
        }
    }
    translator.out
}

struct Translator<'p> {
    pattern: &'p str,
    rest: Peekable<CharIndices<'p>>,
    out: String,
}

impl Translator<'_> {
    /// What follows a backslash outside of brackets.
    fn escape(&mut self) {
        match self.rest.next() {
            Some((_, 'Q')) => self.quoted(),
            // Ends a quotation that never began.
            Some((_, 'E')) => {}
            Some((_, other)) => {
                self.out.extend(['\\', other]);
                // The brace of `\p{Greek}` or `\x{7f}`.
                if matches!(other, 'p' | 'P' | 'x') {
                    self.out
                        .extend(self.rest.next_if(|(_, next)| *next == '{').map(|it| it.1));
                }
            }
            None => self.out.push('\\'),
        }
    }

    /// Text up to `\E`, or to the end.
    fn quoted(&mut self) {
        while let Some((at, character)) = self.rest.next() {
            if self.pattern[at..].starts_with("\\E") {
                self.rest.next();
                return;
            }
            let mut buffer = [0; 4];
            regex_syntax::escape_into(character.encode_utf8(&mut buffer), &mut self.out);
        }
    }

    /// What follows an opening bracket, to the closing one.
    fn class(&mut self) {
        self.out.push('[');
        if self.rest.next_if(|(_, next)| *next == '^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        while let Some((at, character)) = self.rest.next() {
            match character {
                ']' if !first => {
                    self.out.push(']');
                    return;
                }
                '\\' => {
                    self.out.push('\\');
                    self.out
                        .extend(self.rest.next().map(|(_, escaped)| escaped));
                }
                '[' if self.pattern[at..].starts_with("[:") => self.named_class(at),
                // Two dashes are an end of a range and its operator, in this order at the front
                // and in the other elsewhere.
                '-' if self.rest.next_if(|(_, next)| *next == '-').is_some() => {
                    self.out.push_str(if first { "\\--" } else { "-\\-" });
                }
                '[' | ']' | '&' | '~' => self.out.extend(['\\', character]),
                other => self.out.push(other),
            }
            first = false;
        }
    }

    /// `[:name:]`, or a bracket and a colon.
    fn named_class(&mut self, at: usize) {
        let inside = at + "[:".len();
        let name = self.pattern[inside..].find(":]");
        let name = name.map(|end| inside + end + ":]".len());
        let Some(end) = name else {
            self.out.push_str("\\[");
            return;
        };
        self.out.push_str(&self.pattern[at..end]);
        while self.rest.next_if(|(next, _)| *next < end).is_some() {}
    }
}

/// Whether `text`, which begins with a brace, begins with `{n}`, `{n,}` or `{n,m}`.
fn begins_repetition(text: &str) -> bool {
    let Some((range, _)) = text[1..].split_once('}') else {
        return false;
    };
    let (least, most) = range.split_once(',').unwrap_or((range, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::route::pattern::Pattern;

    fn matches(pattern: &str, value: &str) -> bool {
        let compiled = Pattern::new(pattern);
        compiled.expect(pattern).matches(value.as_bytes())
    }

    #[test]
    fn brackets_hold_plain_text() {
        assert!(matches("[^[]+", "abc"));
        assert!(!matches("[^[]+", "a[c"));
        assert!(matches("[[a]", "["));
        assert!(matches("[a&&b]+", "a&b"));
        assert!(matches("[a~~b]+", "a~b"));
        assert!(matches("[--/]+", "-./"));
        assert!(matches("[+--]+", "+,-"));
        assert!(matches("[]a]+", "]a"));
        assert!(!matches("[^]a]", "]"));
        assert!(matches("[[:alpha:]_]+", "a_b"));
        assert!(matches("[[:]+", "[:"));
        assert!(matches("[\\]\\[]+", "]["));
        assert!(matches("[a-c-]+", "b-"));
    }

    #[test]
    fn braces_that_repeat_nothing_are_text() {
        assert!(matches("/users/{id}", "/users/{id}"));
        assert!(matches("a{,2}", "a{,2}"));
        assert!(matches("a{2}b{1,}c{0,2}", "aabcc"));
        assert!(!matches("a{2}", "a{2}"));
        assert!(matches("a{", "a{"));
        assert!(matches("a\\{2}", "a{2}"));
    }

    #[test]
    fn quotations_are_text() {
        assert!(matches("\\Qa.b[*\\E.", "a.b[*x"));
        assert!(!matches("\\Qa.b\\E", "axb"));
        assert!(matches("\\Qa+", "a+"));
        assert!(matches("a\\E", "a"));
    }

    #[test]
    fn classes_of_unicode_are_known() {
        assert!(matches("\\pL+", "aäß"));
        assert!(!matches("\\p{Greek}", "a"));
        assert!(matches("\\p{Greek}\\x{61}", "αa"));
        assert!(matches("[ä-ü]", "ö"));
    }

    #[test]
    fn leaves_the_usual_alone() {
        for pattern in ["^/v[0-9]{1,3}/(a|b)\\.\\d+(?i:x)$", "", "[a-z_-]*", "\\"] {
            assert_eq!(translate(pattern), pattern);
        }
    }

    proptest! {
        #[test]
        fn never_panics(pattern in "[\\[\\]{}^&~:QE\\\\a0,äé-]{0,12}") {
            let _ = Pattern::new(&pattern);
        }
    }
}
