//! Conditions on header fields.
//!
//! Istio joins the values of repeated fields by commas before it matches; a sender who repeats a
//! field could so hide a value that a DENY rule lists (CVE-2026-26308). The joined text is what
//! counts here, too; but where only one of the values by itself is in the list, the condition is
//! in doubt, so that an ALLOW rule does not match and a DENY rule does. A value that is not UTF-8
//! is in doubt as well, since no two readers need agree on what it says.

use super::condition::of_authority;
use super::known::Known;
use super::text::TextSet;
use crate::request::{Headers, RequestView};

/// A condition on the fields of one name.
#[derive(Clone, Debug)]
pub(super) struct HeaderTest {
    name: Name,
    /// Whether `*` is in the list: any value will do, even an empty one.
    present: bool,
    values: TextSet,
    /// What stands between the values of repeated fields.
    separator: &'static str,
}

/// Where the value stands. HTTP/2 has what HTTP/1 says in its first line as fields with a colon.
#[derive(Clone, Debug)]
enum Name {
    Field(Box<str>),
    Authority,
    Method,
    Scheme,
    /// With the query.
    Path,
}

impl HeaderTest {
    /// A condition on the field `name`.
    pub(super) fn new(name: &str, values: &[String]) -> Self {
        // RFC 9113 section 8.2.3: HTTP/2 may send each cookie in a field of its own.
        let separator = if name.eq_ignore_ascii_case("cookie") {
            "; "
        } else {
            ","
        };
        let name = match name {
            ":authority" => Name::Authority,
            ":method" => Name::Method,
            ":scheme" => Name::Scheme,
            ":path" => Name::Path,
            // The authority of every protocol, as in Envoy.
            host if host.eq_ignore_ascii_case("host") => Name::Authority,
            field => Name::Field(field.into()),
        };
        Self {
            name,
            present: values.iter().any(|value| value == "*"),
            values: TextSet::new(values.iter().map(String::as_str)),
            separator,
        }
    }

    /// Whether the request has such a field.
    pub(super) fn matches(&self, request: &RequestView<'_>) -> Known {
        match &self.name {
            Name::Authority => of_authority(request.authority, self.text(request.authority)),
            Name::Method => self.text(request.method),
            Name::Scheme => self.text(request.scheme),
            Name::Path => match request.query {
                Some(query) if !request.path.is_empty() && !self.present => {
                    let length = request.path.len() + 1 + query.len();
                    let pieces = [request.path, "?", query];
                    let each = |piece: &mut dyn FnMut(&[u8])| {
                        for text in pieces {
                            piece(text.as_bytes());
                        }
                    };
                    Joined { length, each }.is_in(&self.values).into()
                }
                _ => self.text(request.path),
            },
            Name::Field(name) => self.field(name, request.headers),
        }
    }

    /// The value as it is matched, for explanations.
    pub(super) fn found(&self, request: &RequestView<'_>) -> Option<String> {
        let name = match &self.name {
            Name::Authority => return Some(request.authority.to_owned()),
            Name::Method => return Some(request.method.to_owned()),
            Name::Scheme => return Some(request.scheme.to_owned()),
            Name::Path => {
                let query = request.query.map(|query| format!("?{query}"));
                return Some(format!("{}{}", request.path, query.unwrap_or_default()));
            }
            Name::Field(name) => name,
        };
        let mut values = Vec::new();
        request.headers.visit_named(name, &mut |value| {
            values.push(String::from_utf8_lossy(value).into_owned());
        });
        (!values.is_empty()).then(|| values.join(self.separator))
    }

    /// Every request has these, so that an empty one is not known.
    fn text(&self, value: &str) -> Known {
        if value.is_empty() {
            Known::Doubt
        } else {
            self.values.matches(value.as_bytes()).into()
        }
    }

    fn field(&self, name: &str, headers: &dyn Headers) -> Known {
        let mut count = 0_usize;
        let mut length = 0;
        let mut alone = false;
        let mut readable = true;
        headers.visit_named(name, &mut |value| {
            count += 1;
            length += value.len();
            if !self.present {
                readable &= std::str::from_utf8(value).is_ok();
                alone = alone || self.values.matches(value);
            }
        });
        if count == 0 {
            return Known::No;
        }
        if self.present {
            return Known::Yes;
        }
        if !readable {
            return Known::Doubt;
        }
        if count == 1 {
            return alone.into();
        }
        let length = length + (count - 1) * self.separator.len();
        let each = |piece: &mut dyn FnMut(&[u8])| {
            let mut first = true;
            headers.visit_named(name, &mut |value| {
                if !first {
                    piece(self.separator.as_bytes());
                }
                first = false;
                piece(value);
            });
        };
        match (Joined { length, each }.is_in(&self.values), alone) {
            (true, _) => Known::Yes,
            (false, true) => Known::Doubt,
            (false, false) => Known::No,
        }
    }
}

/// A text in pieces that is never written out.
struct Joined<E> {
    /// Of the whole, in bytes.
    length: usize,
    /// Hands over the pieces in order.
    each: E,
}

impl<E: Fn(&mut dyn FnMut(&[u8]))> Joined<E> {
    fn is_in(&self, values: &TextSet) -> bool {
        values
            .exact_of_length(self.length)
            .any(|text| self.holds_at(0, text))
            || values.prefixes.iter().any(|text| self.holds_at(0, text))
            || values.suffixes.iter().any(|text| {
                self.length
                    .checked_sub(text.len())
                    .is_some_and(|start| self.holds_at(start, text))
            })
    }

    /// Whether `text` stands at `start`.
    fn holds_at(&self, start: usize, text: &[u8]) -> bool {
        let stop = start + text.len();
        if stop > self.length {
            return false;
        }
        let mut holds = true;
        let mut at = 0;
        (self.each)(&mut |piece| {
            let begin = at.max(start);
            let end = (at + piece.len()).min(stop);
            if begin < end {
                holds = holds && piece[begin - at..end - at] == text[begin - start..end - start];
            }
            at += piece.len();
        });
        holds
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fields, get};

    fn matches(values: &[&str], fields: &Fields) -> Known {
        let values: Vec<String> = values.iter().map(|&value| value.into()).collect();
        HeaderTest::new("X-A", &values).matches(&get("a.example", "/", fields))
    }

    fn fields(values: &[&str]) -> Fields {
        Fields::of(
            &values
                .iter()
                .map(|value| ("x-a", *value))
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn one_field() {
        assert_eq!(matches(&["1"], &fields(&["1"])), Known::Yes);
        assert_eq!(matches(&["1"], &fields(&["2"])), Known::No);
        assert_eq!(matches(&["1"], &fields(&[])), Known::No);
        assert_eq!(matches(&["v*"], &fields(&["v1"])), Known::Yes);
        assert_eq!(matches(&["*1"], &fields(&["v1"])), Known::Yes);
        assert_eq!(matches(&["1"], &Fields::of(&[("x-b", "1")])), Known::No);
    }

    #[test]
    fn presence_takes_an_empty_value() {
        assert_eq!(matches(&["*"], &fields(&[""])), Known::Yes);
        assert_eq!(matches(&["*"], &fields(&["a", "b"])), Known::Yes);
        assert_eq!(matches(&["*"], &fields(&[])), Known::No);
    }

    #[test]
    fn rule_12_repeated_fields_are_joined_by_comma() {
        let repeated = fields(&["ab", "", "cd"]);
        for text in [
            "ab,,cd", "ab,*", "ab,,c*", "*,cd", "*b,,cd", "ab,,cd*", "*ab,,cd",
        ] {
            assert_eq!(matches(&[text], &repeated), Known::Yes, "{text}");
        }
        for text in [
            "ab,cd", "ab,,cde", "ab,,c", "b*", "*c", "*xab,,cd", "ab,,cdx*", "x",
        ] {
            assert_eq!(matches(&[text], &repeated), Known::No, "{text}");
        }
    }

    #[test]
    fn a_value_listed_only_by_itself_is_in_doubt() {
        let repeated = fields(&["good", "bad"]);
        assert_eq!(matches(&["bad"], &repeated), Known::Doubt);
        assert_eq!(matches(&["good"], &repeated), Known::Doubt);
        assert_eq!(matches(&["ba*"], &repeated), Known::Doubt);
        assert_eq!(matches(&["go*"], &repeated), Known::Yes);
        assert_eq!(matches(&["worse"], &repeated), Known::No);
    }

    #[test]
    fn cookies_are_joined_as_cookies() {
        let fields = Fields::of(&[("cookie", "a=1"), ("Cookie", "b=2")]);
        let request = get("a.example", "/", &fields);
        for (value, expected) in [
            ("a=1; b=2", Known::Yes),
            ("a=1;*", Known::Yes),
            ("*; b=2", Known::Yes),
            ("a=1,b=2", Known::No),
            ("b=2", Known::Doubt),
        ] {
            let test = HeaderTest::new("cookie", &[value.to_owned()]);
            assert_eq!(test.matches(&request), expected, "{value}");
        }
    }

    #[test]
    fn what_is_not_utf_8_is_in_doubt() {
        let fields = Fields(vec![("x-a".to_owned(), b"a\xff".to_vec())]);
        assert_eq!(matches(&["b"], &fields), Known::Doubt);
        assert_eq!(matches(&["a*"], &fields), Known::Doubt);
        assert_eq!(matches(&["*"], &fields), Known::Yes);
    }

    #[test]
    fn the_first_line_of_a_request_is_a_field_too() {
        let fields = Fields::default();
        let request = get("a.example", "/a?b=c", &fields);
        let matches = |name, value: &str, request: &RequestView<'_>| {
            HeaderTest::new(name, &[value.to_owned()]).matches(request)
        };
        for (name, value) in [
            (":authority", "a.example"),
            ("Host", "a.*"),
            (":method", "GET"),
            (":scheme", "http"),
            (":path", "/a?b=c"),
            (":path", "/a?*"),
            (":path", "*a?b=c"),
            (":path", "*"),
        ] {
            assert_eq!(matches(name, value, &request), Known::Yes, "{name} {value}");
        }
        assert_eq!(matches(":path", "/a", &request), Known::No);
        let bare = get("", "/a", &fields);
        assert_eq!(matches(":path", "/a", &bare), Known::Yes);
        assert_eq!(matches(":path", "/a?", &bare), Known::No);
        assert_eq!(matches("host", "*", &bare), Known::Doubt);
        assert_eq!(matches(":path", "*", &get("a", "", &fields)), Known::Doubt);
    }
}
