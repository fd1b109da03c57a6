use proptest::prelude::*;

use super::*;
use crate::route::{Comparison, NamedCondition, TextCondition};
use crate::testing::{Fields, get};
use crate::trace::NoTrace;

mod order;

#[derive(Clone, Debug)]
enum Way {
    Any,
    Exact(String),
    Prefix(String),
    StartsWith(String),
    Regex(String),
    /// Any of the texts, without case.
    Folded(Box<Way>),
}

fn condition(way: &Way) -> PathCondition {
    match way {
        Way::Any => PathCondition::Any,
        Way::Exact(text) => PathCondition::Exact {
            text: text.as_str().into(),
            ignore_case: false,
        },
        Way::Prefix(text) => PathCondition::Prefix {
            text: text.as_str().into(),
            ignore_case: false,
        },
        Way::StartsWith(text) => PathCondition::StartsWith {
            text: text.as_str().into(),
            ignore_case: false,
        },
        Way::Regex(text) => {
            let expression = Expression::new(text).expect("valid");
            let pattern = Pattern::compile(&expression).expect("small");
            PathCondition::Regex(expression, pattern)
        }
        Way::Folded(way) => {
            let mut folded = condition(way);
            if let PathCondition::Exact { ignore_case, .. }
            | PathCondition::Prefix { ignore_case, .. }
            | PathCondition::StartsWith { ignore_case, .. } = &mut folded
            {
                *ignore_case = true;
            }
            folded
        }
    }
}

fn text(value: &str) -> TextCondition {
    TextCondition::new(Comparison::Exact(value.as_bytes().into()))
}

fn exact(name: &str, value: &str) -> NamedCondition {
    NamedCondition {
        name: name.into(),
        value: text(value),
        invert: false,
    }
}

fn table(order: RouteOrder, matches: Vec<(Way, Conditions)>) -> RouteTable {
    let mut builder = RouteTableBuilder::new("a.example", order);
    for (index, (way, conditions)) in matches.into_iter().enumerate() {
        let rule = Arc::new(RouteRule::new(&index.to_string(), Vec::new()));
        builder.add(condition(&way), conditions, rule, 0);
    }
    builder.build()
}

fn ways(order: RouteOrder, ways: &[Way]) -> RouteTable {
    let plain = |way: &Way| (way.clone(), Conditions::default());
    table(order, ways.iter().map(plain).collect())
}

fn specific(all: &[Way]) -> RouteTable {
    ways(RouteOrder::Specific, all)
}

/// The index of the match that serves a GET of `target` with `headers`.
fn found(table: &RouteTable, target: &str, headers: &[(&str, &str)]) -> Option<usize> {
    let headers = Fields::of(headers);
    let matched = table.find(&get("a.example", target, &headers))?;
    Some(matched.rule.name.parse().expect("an index"))
}

#[test]
fn exact_beats_prefix_beats_regex_beats_any() {
    let table = specific(&[
        Way::Any,
        Way::Regex("/a.*".into()),
        Way::Prefix("/a".into()),
        Way::Prefix("/a/b".into()),
        Way::Exact("/a/b".into()),
    ]);
    let find = |path| found(&table, path, &[]);
    assert_eq!(find("/a/b"), Some(4));
    assert_eq!(find("/a/b/"), Some(3));
    assert_eq!(find("/a/b/c"), Some(3));
    assert_eq!(find("/a/bc"), Some(2));
    assert_eq!(find("/a"), Some(2));
    assert_eq!(find("/abc"), Some(1));
    assert_eq!(find("/b"), Some(0));
    assert_eq!(find("*"), Some(0));
}

#[test]
fn the_root_prefix_covers_every_path() {
    let table = specific(&[Way::Prefix(String::new())]);
    assert_eq!(found(&table, "/", &[]), Some(0));
    assert_eq!(found(&table, "//x", &[]), Some(0));
    assert_eq!(found(&table, "*", &[]), None);
    assert_eq!(found(&specific(&[]), "/", &[]), None);
}

#[test]
fn istio_25_a_prefix_is_of_characters_and_gateway_api_means_segments() {
    let istio = ways(RouteOrder::Listed, &[Way::StartsWith("/foo".into())]);
    assert_eq!(found(&istio, "/foobar", &[]), Some(0));
    assert_eq!(found(&istio, "/foo/x", &[]), Some(0));
    assert_eq!(found(&istio, "/fo", &[]), None);
    let gateway = specific(&[Way::Prefix("/foo".into())]);
    assert_eq!(found(&gateway, "/foobar", &[]), None);
    assert_eq!(found(&gateway, "/foo/x", &[]), Some(0));
}

#[test]
fn more_conditions_come_first() {
    let only = |conditions| (Way::Any, conditions);
    let table = table(
        RouteOrder::Specific,
        vec![
            only(Conditions::default()),
            only(Conditions {
                query: vec![exact("q", "1")],
                ..Default::default()
            }),
            only(Conditions {
                headers: vec![exact("x", "1")],
                ..Default::default()
            }),
            only(Conditions {
                headers: vec![exact("x", "1"), exact("y", "1")],
                ..Default::default()
            }),
            only(Conditions {
                method: Some(text("POST")),
                ..Default::default()
            }),
            only(Conditions {
                method: Some(text("GET")),
                query: vec![exact("get", "1")],
                ..Default::default()
            }),
        ],
    );
    let headers = [("X", "1"), ("y", "1")];
    assert_eq!(found(&table, "/?get=1", &headers), Some(5));
    assert_eq!(found(&table, "/?q=1", &headers), Some(3));
    assert_eq!(found(&table, "/?q=1", &headers[..1]), Some(2));
    assert_eq!(found(&table, "/?q=1", &[]), Some(1));
    assert_eq!(found(&table, "/", &[]), Some(0));
}

#[test]
fn of_equals_the_first_wins() {
    let table = specific(&[Way::Regex("/b?".into()), Way::Regex("/.?".into())]);
    assert_eq!(found(&table, "/b", &[]), Some(0));
    assert_eq!(found(&table, "/c", &[]), Some(1));
}

#[test]
fn a_rule_that_fails_a_condition_leaves_the_request_to_the_next() {
    let picky = || Conditions {
        headers: vec![exact("x", "1")],
        ..Default::default()
    };
    let table = table(
        RouteOrder::Specific,
        vec![
            (Way::Exact("/a".into()), picky()),
            (Way::Prefix("/a".into()), picky()),
            (Way::Regex("/a".into()), picky()),
            (Way::Any, Conditions::default()),
        ],
    );
    assert_eq!(found(&table, "/a", &[("x", "1")]), Some(0));
    assert_eq!(found(&table, "/a", &[("x", "2")]), Some(3));
}

#[test]
fn many_expressions_with_one_beginning() {
    let mut all: Vec<_> = (0..100)
        .map(|n| Way::Regex(format!("/t/[^/]+/s{n}(/.*)?")))
        .collect();
    all.push(Way::Regex("/t/.*".into()));
    let table = specific(&all);
    assert_eq!(found(&table, "/t/x/s42", &[]), Some(42));
    assert_eq!(found(&table, "/t/x/s99/y", &[]), Some(99));
    assert_eq!(found(&table, "/t/x/s100", &[]), Some(100));
    assert_eq!(found(&table, "/u", &[]), None);
}

#[test]
fn paths_may_compare_without_case() {
    let folded = |way| Way::Folded(Box::new(way));
    let table = ways(
        RouteOrder::Listed,
        &[
            folded(Way::Exact("/Exact".into())),
            folded(Way::Prefix("/Pre".into())),
            folded(Way::StartsWith("/Sta".into())),
            Way::Exact("/EXACT".into()),
        ],
    );
    assert_eq!(found(&table, "/EXACT", &[]), Some(0));
    assert_eq!(found(&table, "/pRE/x", &[]), Some(1));
    assert_eq!(found(&table, "/PREx", &[]), None);
    assert_eq!(found(&table, "/START", &[]), Some(2));
    let long = format!("/STA{}", "R".repeat(1_000));
    assert_eq!(found(&table, &long, &[]), Some(2));
}

/// How much of the path counts as matched, for what a rewrite replaces.
#[test]
fn tells_how_much_of_the_path_matched() {
    let length = |order, way: Way, path: &str| {
        let table = ways(order, &[way]);
        let headers = Fields::default();
        let matched = table.find(&get("a.example", path, &headers)).expect("one");
        (matched.path_match_len, matched.by_segments)
    };
    let (specific, listed) = (RouteOrder::Specific, RouteOrder::Listed);
    assert_eq!(
        length(specific, Way::Prefix("/a".into()), "/a/b"),
        (2, true)
    );
    assert_eq!(
        length(listed, Way::StartsWith("/a".into()), "/ab"),
        (2, false)
    );
    assert_eq!(length(listed, Way::Exact("/ab".into()), "/ab"), (3, false));
    assert_eq!(length(listed, Way::Regex("/.*".into()), "/abc"), (4, false));
    assert_eq!(length(listed, Way::Any, "/abc"), (1, false));
    assert_eq!(length(specific, Way::Any, "/abc"), (0, true));
}
