use std::fmt::{self, Write as _};
use std::sync::Arc;

use crate::request::RequestView;
use crate::route::{
    Comparison, Conditions, NamedCondition, PathCondition, RouteRule, RouteTable,
    RouteTableBuilder, TextCondition,
};
use crate::testing::{Fields, get};
use crate::trace::Trace;
use crate::wire::RouteOrder;

/// Each step on a line, indented by depth.
#[derive(Default)]
struct Lines {
    text: String,
    open: Vec<String>,
}

impl Trace for Lines {
    fn enter(&mut self, step: &'static str, name: fmt::Arguments<'_>) {
        self.open.push(format!("{step} {name}"));
    }

    fn leave(&mut self, result: &'static str, reason: fmt::Arguments<'_>) {
        let what = self.open.pop().expect("a step is open");
        let depth = self.open.len();
        let line = format!("{:depth$}{what}: {result} {reason}", "");
        writeln!(self.text, "{}", line.trim_end()).expect("a string takes all");
    }
}

fn exact(text: &str) -> TextCondition {
    TextCondition::new(Comparison::Exact(text.as_bytes().into()))
}

fn named(name: &str, invert: bool) -> NamedCondition {
    NamedCondition {
        name: name.into(),
        value: exact("1"),
        invert,
    }
}

fn table(matches: Vec<(PathCondition, Conditions)>) -> RouteTable {
    let mut builder = RouteTableBuilder::new("a.example", RouteOrder::Listed);
    for (index, (path, conditions)) in matches.into_iter().enumerate() {
        let rule = Arc::new(RouteRule::new(&format!("r{index}"), Vec::new()));
        builder.add(path, conditions, rule, index);
    }
    builder.build()
}

fn told(table: &RouteTable, request: &RequestView<'_>) -> String {
    let mut lines = Lines::default();
    let found = table.find_traced(request, &mut lines).is_some();
    assert_eq!(found, table.find(request).is_some());
    assert!(lines.open.is_empty());
    lines.text
}

#[test]
fn every_match_says_why_it_does_not_hold() {
    let prefix = |text: &str| PathCondition::Prefix {
        text: text.into(),
        ignore_case: false,
    };
    let with = |change: fn(&mut Conditions)| {
        let mut conditions = Conditions::default();
        change(&mut conditions);
        (PathCondition::Any, conditions)
    };
    let table = table(vec![
        (prefix("/b"), Conditions::default()),
        with(|it| it.foreign = true),
        with(|it| it.method = Some(exact("POST"))),
        with(|it| it.scheme = Some(exact("https"))),
        with(|it| it.authority = Some(exact("b"))),
        with(|it| it.headers = vec![named("x", false)]),
        with(|it| it.headers = vec![named("y", true)]),
        with(|it| it.query = vec![named("q", false)]),
        (prefix("/a"), Conditions::default()),
        (PathCondition::Any, Conditions::default()),
    ]);
    let headers = Fields::of(&[("x", "secret"), ("y", "1")]);
    let text = told(&table, &get("a.example", "/a/c", &headers));
    assert!(!text.contains("secret"), "{text}");
    let expected = [
        " match 0: not_matched path /a/c is not below /b",
        " match 1: not_matched is for other source workloads",
        " match 2: not_matched method GET is not POST",
        " match 3: not_matched scheme http is not https",
        " match 4: not_matched authority a.example is not b",
        " match 5: not_matched header x is not 1",
        " match 6: not_matched header y is 1",
        " match 7: not_matched query parameter q is not 1",
        " match 8: matched",
    ];
    let matches: Vec<_> = text.lines().filter(|line| line.starts_with(' ')).collect();
    assert_eq!(matches, expected);
    // Nothing is tried after the one that serves the request.
    assert_eq!(text.lines().last(), Some("route r8: matched"));
}
