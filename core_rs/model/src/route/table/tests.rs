use proptest::prelude::*;

use super::*;
use crate::route::{Comparison, NamedCondition, TextCondition};
use crate::testing::{Fields, get};

#[derive(Clone, Debug)]
enum Path {
    Any,
    Exact(String),
    Prefix(String),
    Regex(String),
}

fn condition(path: &Path) -> PathCondition {
    match path {
        Path::Any => PathCondition::Any,
        Path::Exact(text) => PathCondition::Exact(text.as_str().into()),
        Path::Prefix(text) => PathCondition::Prefix(text.as_str().into()),
        Path::Regex(text) => {
            let expression = Expression::new(text).expect("valid");
            let pattern = Pattern::compile(&expression).expect("small");
            PathCondition::Regex(expression, pattern)
        }
    }
}

fn named(name: &str, value: ValueCondition) -> NamedCondition {
    NamedCondition {
        name: name.into(),
        value,
    }
}

fn exact(name: &str, value: &str) -> NamedCondition {
    named(name, ValueCondition::Exact(value.as_bytes().into()))
}

fn table(matches: Vec<(Path, Conditions)>) -> RouteTable {
    let mut builder = RouteTableBuilder::default();
    for (index, (path, conditions)) in matches.into_iter().enumerate() {
        let rule = Arc::new(RouteRule::new(&index.to_string(), Vec::new()));
        builder.add(condition(&path), conditions, rule);
    }
    builder.build()
}

fn paths(paths: &[Path]) -> RouteTable {
    table(
        paths
            .iter()
            .map(|path| (path.clone(), Conditions::default()))
            .collect(),
    )
}

/// The index of the match that serves a GET of `target` with `headers`.
fn found(table: &RouteTable, target: &str, headers: &[(&str, &str)]) -> Option<usize> {
    let headers = Fields::of(headers);
    let rule = table.find(&get("a.example", target, &headers))?;
    Some(rule.name.parse().expect("an index"))
}

#[test]
fn exact_beats_prefix_beats_regex_beats_any() {
    let table = paths(&[
        Path::Any,
        Path::Regex("/a.*".into()),
        Path::Prefix("/a".into()),
        Path::Prefix("/a/b".into()),
        Path::Exact("/a/b".into()),
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
    let table = paths(&[Path::Prefix(String::new())]);
    assert_eq!(found(&table, "/", &[]), Some(0));
    assert_eq!(found(&table, "//x", &[]), Some(0));
    assert_eq!(found(&table, "*", &[]), None);
    assert_eq!(found(&paths(&[]), "/", &[]), None);
}

#[test]
fn more_conditions_come_first() {
    let method = || Some("GET".into());
    let table = table(vec![
        (Path::Any, Conditions::default()),
        (
            Path::Any,
            Conditions {
                query: vec![exact("q", "1")],
                ..Default::default()
            },
        ),
        (
            Path::Any,
            Conditions {
                headers: vec![exact("x", "1")],
                ..Default::default()
            },
        ),
        (
            Path::Any,
            Conditions {
                headers: vec![exact("x", "1"), exact("y", "1")],
                ..Default::default()
            },
        ),
        (
            Path::Any,
            Conditions {
                method: Some("POST".into()),
                ..Default::default()
            },
        ),
        (
            Path::Any,
            Conditions {
                method: method(),
                query: vec![exact("get", "1")],
                ..Default::default()
            },
        ),
    ]);
    let headers = [("X", "1"), ("y", "1")];
    assert_eq!(found(&table, "/?get=1", &headers), Some(5));
    assert_eq!(found(&table, "/?q=1", &headers), Some(3));
    assert_eq!(found(&table, "/?q=1", &headers[..1]), Some(2));
    assert_eq!(found(&table, "/?q=1", &[]), Some(1));
    assert_eq!(found(&table, "/", &[]), Some(0));
}

#[test]
fn of_equals_the_first_wins() {
    let table = paths(&[Path::Regex("/b?".into()), Path::Regex("/.?".into())]);
    assert_eq!(found(&table, "/b", &[]), Some(0));
    assert_eq!(found(&table, "/c", &[]), Some(1));
}

#[test]
fn a_rule_that_fails_a_condition_leaves_the_request_to_the_next() {
    let picky = || Conditions {
        headers: vec![exact("x", "1")],
        ..Default::default()
    };
    let table = table(vec![
        (Path::Exact("/a".into()), picky()),
        (Path::Prefix("/a".into()), picky()),
        (Path::Regex("/a".into()), picky()),
        (Path::Any, Conditions::default()),
    ]);
    assert_eq!(found(&table, "/a", &[("x", "1")]), Some(0));
    assert_eq!(found(&table, "/a", &[("x", "2")]), Some(3));
}

#[test]
fn many_expressions_with_one_beginning() {
    let mut all: Vec<_> = (0..100)
        .map(|n| Path::Regex(format!("/t/[^/]+/s{n}(/.*)?")))
        .collect();
    all.push(Path::Regex("/t/.*".into()));
    let table = paths(&all);
    assert_eq!(found(&table, "/t/x/s42", &[]), Some(42));
    assert_eq!(found(&table, "/t/x/s99/y", &[]), Some(99));
    assert_eq!(found(&table, "/t/x/s100", &[]), Some(100));
    assert_eq!(found(&table, "/u", &[]), None);
}

/// The specification, word for word: of the matches that hold, the first by precedence.
fn reference(matches: &[(Path, Conditions)], target: &str, headers: &Fields) -> Option<usize> {
    let request = get("a.example", target, headers);
    let path = request.path;
    let holds = |(condition, others): &(Path, Conditions)| {
        let path_holds = match condition {
            Path::Any => true,
            Path::Exact(text) => path == text,
            Path::Prefix(text) => path
                .strip_prefix(text.as_str())
                .is_some_and(|r| r.is_empty() || r.starts_with('/')),
            Path::Regex(text) => Pattern::new(text).expect("valid").matches(path.as_bytes()),
        };
        path_holds && others.mismatch(&request).is_none()
    };
    let holding = (0..matches.len()).filter(|&index| holds(&matches[index]));
    // `min_by_key` gives the first of equals.
    holding.min_by_key(|&index| precedence(&condition(&matches[index].0), &matches[index].1))
}

fn any_match() -> impl Strategy<Value = (Path, Conditions)> {
    let path = prop_oneof![
        Just(Path::Any),
        "(/[ab]{1,2}){1,3}".prop_map(Path::Exact),
        "(/[ab]{1,2}){0,3}".prop_map(Path::Prefix),
        "(/[ab.]{1,2}){1,3}".prop_map(Path::Regex),
        "/a/([ab]|\\[ab\\]){1,2}(/\\.\\*)?".prop_map(Path::Regex),
    ];
    let fields = || prop::collection::vec(("[xy]", "[12]"), 0..2);
    let named = |list: Vec<(String, String)>| {
        list.iter()
            .map(|(name, value)| exact(name, value))
            .collect()
    };
    (
        path,
        prop::option::of(prop::sample::select(vec!["GET", "POST"])),
        fields(),
        fields(),
    )
        .prop_map(move |(path, method, headers, query)| {
            let (headers, query) = (named(headers), named(query));
            (
                path,
                Conditions {
                    method: method.map(Into::into),
                    headers,
                    query,
                },
            )
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn agrees_with_the_specification(
        matches in prop::collection::vec(any_match(), 0..24),
        target in "(/[ab]{1,2}){1,4}(\\?[xy]=[12](&[xy]=[12])?)?",
        fields in prop::collection::vec(("[xyXY]", "[12]"), 0..3),
    ) {
        let owned = |(name, value): (String, String)| (name, value.into_bytes());
        let headers = Fields(fields.into_iter().map(owned).collect());
        let expected = reference(&matches, &target, &headers);
        let table = table(matches);
        let rule = table.find(&get("a.example", &target, &headers));
        prop_assert_eq!(rule.map(|rule| rule.name.parse().expect("an index")), expected);
    }
}
