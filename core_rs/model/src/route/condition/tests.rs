use super::*;
use crate::testing::{Fields, get};

fn regex(text: &str) -> Comparison {
    Comparison::Regex(Pattern::new(text).expect("valid"))
}

fn exact(text: &str) -> Comparison {
    Comparison::Exact(text.as_bytes().into())
}

fn named(name: &str, comparison: Comparison) -> NamedCondition {
    NamedCondition {
        name: name.into(),
        value: TextCondition::new(comparison),
        invert: false,
    }
}

fn header(name: &str, comparison: Comparison) -> Conditions {
    Conditions {
        headers: vec![named(name, comparison)],
        ..Default::default()
    }
}

fn query(name: &str, comparison: Comparison) -> Conditions {
    Conditions {
        query: vec![named(name, comparison)],
        ..Default::default()
    }
}

fn without(name: &str, comparison: Comparison) -> Conditions {
    let mut conditions = header(name, comparison);
    conditions.headers[0].invert = true;
    conditions
}

fn holds(conditions: &Conditions, target: &str, headers: &[(&str, &str)]) -> bool {
    conditions
        .mismatch(&get("a.example", target, &Fields::of(headers)))
        .is_none()
}

#[test]
fn texts_compare_by_kind_and_case() {
    let holds = |comparison, ignore_case, value: &str| {
        TextCondition {
            comparison,
            ignore_case,
        }
        .holds(value.as_bytes())
    };
    assert!(holds(exact("Ab"), false, "Ab"));
    assert!(!holds(exact("Ab"), false, "ab"));
    assert!(holds(exact("Ab"), true, "aB"));
    assert!(!holds(exact("Ab"), true, "abc"));
    let prefix = || Comparison::Prefix(b"ab"[..].into());
    assert!(holds(prefix(), false, "abc"));
    assert!(!holds(prefix(), false, "a"));
    assert!(!holds(prefix(), false, "Abc"));
    assert!(holds(prefix(), true, "ABC"));
    let suffix = || Comparison::Suffix(b"bc"[..].into());
    assert!(holds(suffix(), false, "abc"));
    assert!(!holds(suffix(), false, "c"));
    assert!(holds(suffix(), true, "aBC"));
    assert!(holds(Comparison::Present, false, ""));
}

#[test]
fn methods_are_case_sensitive() {
    let conditions = |method: &str| Conditions {
        method: Some(TextCondition::new(exact(method))),
        ..Default::default()
    };
    assert!(holds(&conditions("GET"), "/", &[]));
    assert!(!holds(&conditions("get"), "/", &[]));
}

#[test]
fn scheme_and_authority_are_texts_as_received() {
    let conditions = |scheme: &str, authority: &str| Conditions {
        scheme: Some(TextCondition::new(exact(scheme))),
        authority: Some(TextCondition::new(exact(authority))),
        ..Default::default()
    };
    assert!(holds(&conditions("http", "a.example"), "/", &[]));
    assert!(!holds(&conditions("https", "a.example"), "/", &[]));
    assert!(!holds(&conditions("http", "a.example:80"), "/", &[]));
}

#[test]
fn each_value_of_a_header_counts_by_itself() {
    let conditions = header("x-a", exact("1"));
    assert!(holds(&conditions, "/", &[("X-A", "2"), ("x-a", "1")]));
    assert!(!holds(&conditions, "/", &[("x-a", "1,2")]));
    assert!(!holds(&conditions, "/", &[("x-b", "1")]));
    let joined = header("x-a", regex("1,2"));
    assert!(!holds(&joined, "/", &[("x-a", "1"), ("x-a", "2")]));
    assert!(holds(
        &header("x-a", regex("[0-9]+")),
        "/",
        &[("x-a", "42")]
    ));
    let present = header("x-a", Comparison::Present);
    assert!(holds(&present, "/", &[("x-a", "")]));
    assert!(!holds(&header("x-a", regex(".*")), "/", &[]));
}

#[test]
fn istio_27_without_headers_takes_a_missing_value_as_empty() {
    let not_one = without("x", exact("1"));
    assert!(holds(&not_one, "/", &[]));
    assert!(holds(&not_one, "/", &[("x", "2")]));
    assert!(!holds(&not_one, "/", &[("x", "1")]));
    assert!(!holds(&not_one, "/", &[("x", "2"), ("x", "1")]));
    assert!(!holds(&without("x", regex(".*")), "/", &[]));
    assert!(holds(&without("x", regex(".+")), "/", &[]));
    let absent = without("x", Comparison::Present);
    assert!(holds(&absent, "/", &[]));
    assert!(!holds(&absent, "/", &[("x", "")]));
}

#[test]
fn the_first_query_parameter_of_a_name_decides() {
    let conditions = query("a", exact("1"));
    assert!(holds(&conditions, "/?b=2&a=1&a=2", &[]));
    assert!(!holds(&conditions, "/?a=2&a=1", &[]));
    assert!(!holds(&conditions, "/?A=1", &[]));
    assert!(!holds(&conditions, "/?ba=1", &[]));
    assert!(!holds(&conditions, "/", &[]));
    assert!(holds(&query("a", Comparison::Present), "/?a", &[]));
    assert!(holds(&query("a", regex("")), "/?a=", &[]));
    assert!(holds(&query("a", regex("x=y")), "/?a=x=y", &[]));
    assert!(holds(
        &query("a", Comparison::Prefix(b"x"[..].into())),
        "/?a=xy",
        &[]
    ));
}

#[test]
fn says_which_condition_failed() {
    let mut conditions = header("x", Comparison::Present);
    conditions.query = query("q", Comparison::Present).query;
    let mismatch = |conditions: &Conditions, headers: &[(&str, &str)]| {
        conditions.mismatch(&get("a.example", "/", &Fields::of(headers)))
    };
    assert_eq!(mismatch(&conditions, &[]), Some(Mismatch::Header(0)));
    assert_eq!(
        mismatch(&conditions, &[("x", "")]),
        Some(Mismatch::Query(0))
    );
    conditions.authority = Some(TextCondition::new(exact("b")));
    assert_eq!(mismatch(&conditions, &[]), Some(Mismatch::Authority));
    conditions.foreign = true;
    assert_eq!(mismatch(&conditions, &[]), Some(Mismatch::Source));
}
