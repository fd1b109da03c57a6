//! Lists of texts in Istio's notation: exact, `abc*`, `*abc`, or `*` for anything but nothing.

use rustc_hash::FxHashSet;

/// Up to this many exact texts are compared one by one, which is cheaper than hashing; most differ
/// in length already.
const FEW: usize = 8;

/// One text, read in Istio's notation. A star anywhere but at one end stands for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form<'t> {
    /// `*`: any text but the empty one.
    Any,
    Exact(&'t str),
    Prefix(&'t str),
    Suffix(&'t str),
}

impl<'t> Form<'t> {
    /// Reads `text`; a star at both ends makes a suffix, as in Istio.
    pub(super) fn of(text: &'t str) -> Self {
        if text == "*" {
            Self::Any
        } else if let Some(suffix) = text.strip_prefix('*') {
            Self::Suffix(suffix)
        } else if let Some(prefix) = text.strip_suffix('*') {
            Self::Prefix(prefix)
        } else {
            Self::Exact(text)
        }
    }
}

/// A list of texts, sorted by form.
#[derive(Clone, Debug, Default)]
pub(super) struct TextSet {
    /// Whether `*` is in the list.
    pub(super) any: bool,
    exact: Exact,
    pub(super) prefixes: Box<[Box<[u8]>]>,
    pub(super) suffixes: Box<[Box<[u8]>]>,
}

#[derive(Clone, Debug)]
enum Exact {
    Few(Box<[Box<[u8]>]>),
    Many(FxHashSet<Box<[u8]>>),
}

impl Default for Exact {
    fn default() -> Self {
        Self::Few(Box::default())
    }
}

impl TextSet {
    /// The set of `texts`.
    pub(super) fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let (mut any, mut exact, mut prefixes, mut suffixes) = (false, vec![], vec![], vec![]);
        for text in texts {
            match Form::of(text) {
                Form::Any => any = true,
                Form::Exact(text) => exact.push(text.as_bytes().into()),
                Form::Prefix(text) => prefixes.push(text.as_bytes().into()),
                Form::Suffix(text) => suffixes.push(text.as_bytes().into()),
            }
        }
        Self {
            any,
            exact: if exact.len() <= FEW {
                Exact::Few(exact.into())
            } else {
                Exact::Many(exact.into_iter().collect())
            },
            prefixes: prefixes.into(),
            suffixes: suffixes.into(),
        }
    }

    /// Whether `value` is in the list.
    pub(super) fn matches(&self, value: &[u8]) -> bool {
        let exact = match &self.exact {
            Exact::Few(texts) => texts.iter().any(|text| **text == *value),
            Exact::Many(texts) => texts.contains(value),
        };
        exact
            || self.any && !value.is_empty()
            || self.prefixes.iter().any(|text| value.starts_with(text))
            || self.suffixes.iter().any(|text| value.ends_with(text))
    }

    /// The exact texts of `length` bytes.
    pub(super) fn exact_of_length(&self, length: usize) -> impl Iterator<Item = &[u8]> {
        let (few, many) = match &self.exact {
            Exact::Few(texts) => (Some(texts.iter()), None),
            Exact::Many(texts) => (None, Some(texts.iter())),
        };
        let texts = few.into_iter().flatten().chain(many.into_iter().flatten());
        texts
            .filter(move |text| text.len() == length)
            .map(|text| &**text)
    }
}

/// A list of texts in which a star may stand anywhere, any number of times.
#[derive(Clone, Debug, Default)]
pub(super) struct GlobSet {
    texts: TextSet,
    /// Those with a star inside, as the pieces between the stars.
    globs: Box<[Box<[Box<str>]>]>,
}

impl GlobSet {
    /// The set of `texts`.
    pub(super) fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let inner_star = |text: &&str| match Form::of(text) {
            Form::Any => false,
            Form::Exact(rest) | Form::Prefix(rest) | Form::Suffix(rest) => rest.contains('*'),
        };
        let (globs, texts): (Vec<_>, Vec<_>) = texts.into_iter().partition(inner_star);
        let pieces = |text: &str| text.split('*').map(Into::into).collect();
        Self {
            texts: TextSet::new(texts),
            globs: globs.into_iter().map(pieces).collect(),
        }
    }

    /// Whether `value` is in the list.
    pub(super) fn matches(&self, value: &str) -> bool {
        let glob = |pieces: &[Box<str>]| match pieces {
            [first, inner @ .., last] => value
                .strip_prefix(&**first)
                .and_then(|rest| rest.strip_suffix(&**last))
                .is_some_and(|rest| in_order(rest, inner)),
            _ => false,
        };
        self.texts.matches(value.as_bytes()) || self.globs.iter().any(|pieces| glob(pieces))
    }
}

/// Whether `pieces` stand in `text` one after the other. The first place of each is as good as any
/// later one, so that nothing is tried twice.
fn in_order(mut text: &str, pieces: &[Box<str>]) -> bool {
    pieces.iter().all(|piece| match text.find(&**piece) {
        Some(start) => {
            text = &text[start + piece.len()..];
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(texts: &[&str], value: &str) -> bool {
        TextSet::new(texts.iter().copied()).matches(value.as_bytes())
    }

    #[test]
    fn exact_prefix_suffix_and_any() {
        assert!(matches(&["GET"], "GET"));
        assert!(!matches(&["GET"], "get"));
        assert!(!matches(&["GET"], "GETS"));
        assert!(matches(&["/a*"], "/a"));
        assert!(matches(&["/a*"], "/abc"));
        assert!(!matches(&["/a*"], "/b/a"));
        assert!(matches(&["*.jpg"], "a.jpg"));
        assert!(matches(&["*.jpg"], ".jpg"));
        assert!(!matches(&["*.jpg"], "a.jpg.exe"));
        assert!(matches(&["*"], "x"));
        assert!(!matches(&["*"], ""));
        assert!(!matches(&[], ""));
    }

    #[test]
    fn a_star_elsewhere_is_a_star() {
        assert!(matches(&["*a*"], "xa*"));
        assert!(!matches(&["*a*"], "xay"));
        assert!(matches(&["a*b"], "a*b"));
        assert!(!matches(&["a*b"], "axb"));
    }

    #[test]
    fn many_exact_texts_are_found_as_few_are() {
        let texts: Vec<String> = (0..100).map(|index| format!("text{index}")).collect();
        let set = TextSet::new(texts.iter().map(String::as_str));
        assert!(texts.iter().all(|text| set.matches(text.as_bytes())));
        assert!(!set.matches(b"text"));
        assert_eq!(set.exact_of_length(5).count(), 10);
    }

    #[test]
    fn globs_take_stars_anywhere() {
        let matches = |texts: &[&str], value| GlobSet::new(texts.iter().copied()).matches(value);
        assert!(matches(&["a*c*e"], "abcde"));
        assert!(matches(&["a*c*e"], "ace"));
        assert!(!matches(&["a*c*e"], "aec"));
        assert!(matches(&["*b*"], "abc"));
        assert!(matches(&["*b*"], "b"));
        assert!(!matches(&["*b*"], "ac"));
        assert!(!matches(&["ab*ba"], "aba"));
        assert!(matches(&["a*", "b"], "b"));
        assert!(matches(&["**"], "b"));
    }
}
