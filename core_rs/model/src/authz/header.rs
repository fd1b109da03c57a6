//! Conditions on header fields.
//!
//! Istio joins the values of repeated fields by commas before it matches; a sender who repeats a
//! field could so hide a value that a DENY rule lists (CVE-2026-26308). The joined text is what
//! counts here, too; but where only one of the values by itself is in the list, the condition is
//! in doubt, so that an ALLOW rule does not match and a DENY rule does. A value that is not UTF-8
//! is in doubt as well, since no two readers need agree on what it says.

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
}

/// Where the value stands. HTTP/2 has what HTTP/1 says in its first line as fields with a colon.
#[derive(Clone, Debug)]
enum Name {
    Field(Box<str>),
    Authority,
    Method,
    Scheme,
}

impl HeaderTest {
    /// A condition on the field `name`, a token or one of `:authority`, `:method`, `:scheme`.
    pub(super) fn new(name: &str, values: &[String]) -> Self {
        let name = match name {
            ":authority" => Name::Authority,
            ":method" => Name::Method,
            ":scheme" => Name::Scheme,
            // The authority of every protocol, as in Envoy.
            host if host.eq_ignore_ascii_case("host") => Name::Authority,
            field => Name::Field(field.into()),
        };
        Self {
            name,
            present: values.iter().any(|value| value == "*"),
            values: TextSet::new(values.iter().map(String::as_str)),
        }
    }

    /// Whether the request has such a field.
    pub(super) fn matches(&self, request: &RequestView<'_>) -> Known {
        match &self.name {
            Name::Authority => self.text(request.authority),
            Name::Method => self.text(request.method),
            Name::Scheme => self.text(request.scheme),
            Name::Field(name) => self.field(name, request.headers),
        }
    }

    /// The value as it is matched, for explanations.
    pub(super) fn found(&self, request: &RequestView<'_>) -> Option<String> {
        let name = match &self.name {
            Name::Authority => return Some(request.authority.to_owned()),
            Name::Method => return Some(request.method.to_owned()),
            Name::Scheme => return Some(request.scheme.to_owned()),
            Name::Field(name) => name,
        };
        let mut values = Vec::new();
        request.headers.visit_named(name, &mut |value| {
            values.push(String::from_utf8_lossy(value).into_owned());
        });
        (!values.is_empty()).then(|| values.join(","))
    }

    fn text(&self, value: &str) -> Known {
        (!value.is_empty() && (self.present || self.values.matches(value.as_bytes()))).into()
    }

    fn field(&self, name: &str, headers: &dyn Headers) -> Known {
        let mut count = 0_usize;
        let mut length = 0;
        let mut single = false;
        let mut readable = true;
        headers.visit_named(name, &mut |value| {
            count += 1;
            length += value.len();
            if !self.present {
                readable &= std::str::from_utf8(value).is_ok();
                single = single || self.values.matches(value);
            }
        });
        if count == 0 {
            Known::No
        } else if self.present {
            Known::Yes
        } else if !readable {
            Known::Doubt
        } else if count == 1 {
            single.into()
        } else {
            let joined = Joined {
                name,
                headers,
                length: length + count - 1,
            };
            match (joined.is_in(&self.values), single) {
                (true, _) => Known::Yes,
                (false, true) => Known::Doubt,
                (false, false) => Known::No,
            }
        }
    }
}

/// The values of the fields called `name` with a comma between each two, never written out.
struct Joined<'a> {
    name: &'a str,
    headers: &'a dyn Headers,
    /// Of the whole, in bytes.
    length: usize,
}

impl Joined<'_> {
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
        if start + text.len() > self.length {
            return false;
        }
        let mut holds = true;
        let mut at = 0;
        let mut compare = |piece: &[u8]| {
            let begin = at.max(start);
            let end = (at + piece.len()).min(start + text.len());
            if begin < end {
                holds = holds && piece[begin - at..end - at] == text[begin - start..end - start];
            }
            at += piece.len();
        };
        let mut first = true;
        self.headers.visit_named(self.name, &mut |value| {
            if !first {
                compare(b",");
            }
            first = false;
            compare(value);
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
    fn what_is_not_utf_8_is_in_doubt() {
        let fields = Fields(vec![("x-a".to_owned(), b"a\xff".to_vec())]);
        assert_eq!(matches(&["b"], &fields), Known::Doubt);
        assert_eq!(matches(&["a*"], &fields), Known::Doubt);
        assert_eq!(matches(&["*"], &fields), Known::Yes);
    }

    #[test]
    fn the_first_line_of_a_request_is_a_field_too() {
        let fields = Fields::default();
        let request = get("a.example", "/", &fields);
        for (name, value) in [
            (":authority", "a.example"),
            ("Host", "a.*"),
            (":method", "GET"),
            (":scheme", "http"),
        ] {
            let test = HeaderTest::new(name, &[value.to_owned()]);
            assert_eq!(test.matches(&request), Known::Yes, "{name}");
        }
    }
}
