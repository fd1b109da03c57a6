//! What a rule asks of a request.

use std::collections::BTreeMap;

use super::defaults::is_default;

/// Conditions that must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RouteMatch {
    /// The path; absent means every path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathMatch>,
    /// The method; absent means every method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<StringMatch>,
    /// The scheme, `http` or `https`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<StringMatch>,
    /// The authority, with its port where the client sent one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<StringMatch>,
    /// Header fields; of several conditions on one name, all must hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<ValueMatch>,
    /// Query parameters, undecoded, the first of each name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<ValueMatch>,
    /// The workload that sends; decided when the Snapshot is compiled, on the proxy's own one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceMatch>,
}

/// What a path must be.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct PathMatch {
    /// How `value` is meant.
    #[serde(rename = "type")]
    pub kind: PathMatchKind,
    /// The path, its beginning, or the expression.
    pub value: String,
    /// Whether ASCII letters compare without case; not with an expression, which says so itself.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ignore_case: bool,
}

impl PathMatch {
    /// A match of `value` as `kind` says, with case.
    #[must_use]
    pub fn new(kind: PathMatchKind, value: impl Into<String>) -> Self {
        Self {
            kind,
            value: value.into(),
            ignore_case: false,
        }
    }
}

/// How a path is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PathMatchKind {
    /// Equal.
    Exact,
    /// Equal or below, by segments: `/a` covers `/a` and `/a/b`, not `/ab` (Gateway API).
    Prefix,
    /// Begins with, by characters: `/a` covers `/ab`, too (Istio).
    StartsWith,
    /// All of it matches the expression.
    Regex,
}

/// What a text must be.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct StringMatch {
    /// How `value` is meant.
    #[serde(rename = "type")]
    pub kind: StringMatchKind,
    /// The text, a part of it, or the expression.
    pub value: String,
    /// Whether ASCII letters compare without case; not with an expression, which says so itself.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ignore_case: bool,
}

impl StringMatch {
    /// A match of `value` as `kind` says, with case.
    #[must_use]
    pub fn new(kind: StringMatchKind, value: impl Into<String>) -> Self {
        Self {
            kind,
            value: value.into(),
            ignore_case: false,
        }
    }
}

/// How a text is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StringMatchKind {
    /// Equal.
    Exact,
    /// Begins with.
    Prefix,
    /// Ends with.
    Suffix,
    /// All of it matches the expression.
    Regex,
}

/// What a named value must be.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct ValueMatch {
    /// How `value` is meant.
    #[serde(rename = "type")]
    pub kind: ValueMatchKind,
    /// The name of the field or parameter.
    pub name: String,
    /// The value, a part of it, or the expression; absent with `present`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Whether it must not hold; a value that is missing then satisfies the condition.
    #[serde(default, skip_serializing_if = "is_default")]
    pub invert: bool,
}

impl ValueMatch {
    /// A match of `value` as `kind` says.
    #[must_use]
    pub fn new(kind: ValueMatchKind, name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            value: Some(value.into()),
            invert: false,
        }
    }

    /// A match of whatever value there is.
    #[must_use]
    pub fn present(name: impl Into<String>) -> Self {
        Self {
            kind: ValueMatchKind::Present,
            name: name.into(),
            value: None,
            invert: false,
        }
    }
}

/// How a named value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueMatchKind {
    /// Equal.
    Exact,
    /// Begins with.
    Prefix,
    /// Ends with.
    Suffix,
    /// All of it matches the expression.
    Regex,
    /// There, whatever the value.
    Present,
}

/// Which workloads a match is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SourceMatch {
    /// Their namespace; empty for every one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Labels that they have at least.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}
