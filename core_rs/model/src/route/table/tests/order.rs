//! The list as the order, and that indexes find what a plain search finds.

use super::*;

#[test]
fn istio_24_the_first_that_matches_wins() {
    let table = ways(
        RouteOrder::Listed,
        &[
            Way::Regex("/a/b/.*".into()),
            Way::StartsWith("/a".into()),
            Way::Exact("/a/b".into()),
            Way::Any,
            Way::Exact("/z".into()),
        ],
    );
    assert_eq!(found(&table, "/a/b", &[]), Some(1));
    assert_eq!(found(&table, "/a/b/c", &[]), Some(0));
    // What comes after a match of everything is dead.
    assert_eq!(found(&table, "/z", &[]), Some(3));
}

#[test]
fn a_match_for_other_workloads_serves_nobody() {
    let foreign = |way| {
        let conditions = Conditions {
            foreign: true,
            ..Default::default()
        };
        (way, conditions)
    };
    let all = [
        foreign(Way::Exact("/a".into())),
        foreign(Way::Prefix("/a".into())),
        foreign(Way::StartsWith("/a".into())),
        foreign(Way::Regex("/a".into())),
        foreign(Way::Any),
        (Way::Any, Conditions::default()),
    ];
    let table = table(RouteOrder::Listed, all.into());
    assert_eq!(found(&table, "/a", &[]), Some(5));
}

fn path_holds(way: &Way, path: &str) -> bool {
    match way {
        Way::Any => true,
        Way::Exact(text) => path == text,
        Way::Prefix(text) => path
            .strip_prefix(text.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        Way::StartsWith(text) => path.starts_with(text.as_str()),
        Way::Regex(text) => Pattern::new(text).expect("valid").matches(path.as_bytes()),
        Way::Folded(way) => {
            let lower = match &**way {
                Way::Exact(text) => Way::Exact(text.to_ascii_lowercase()),
                Way::Prefix(text) => Way::Prefix(text.to_ascii_lowercase()),
                Way::StartsWith(text) => Way::StartsWith(text.to_ascii_lowercase()),
                other => other.clone(),
            };
            path_holds(&lower, &path.to_ascii_lowercase())
        }
    }
}

/// The specification, word for word: of the matches that hold, the first by precedence or in the
/// list.
fn reference(
    order: RouteOrder,
    matches: &[(Way, Conditions)],
    target: &str,
    headers: &Fields,
) -> Option<usize> {
    let request = get("a.example", target, headers);
    let holds = |(way, others): &(Way, Conditions)| {
        path_holds(way, request.path) && others.mismatch(&request).is_none()
    };
    let mut holding = (0..matches.len()).filter(|&index| holds(&matches[index]));
    match order {
        RouteOrder::Listed => holding.next(),
        // `min_by_key` gives the first of equals.
        RouteOrder::Specific => holding.min_by_key(|&index| {
            precedence(&condition(&matches[index].0), Some(&matches[index].1))
        }),
    }
}

fn text_way() -> impl Strategy<Value = Way> {
    prop_oneof![
        "(/[abA]{1,2}){1,3}".prop_map(Way::Exact),
        "(/[abA]{1,2}){0,3}".prop_map(Way::Prefix),
        "(/[abA]{0,2}){0,3}".prop_map(Way::StartsWith),
    ]
}

fn way() -> impl Strategy<Value = Way> {
    prop_oneof![
        1 => Just(Way::Any),
        4 => text_way(),
        2 => text_way().prop_map(|way| Way::Folded(Box::new(way))),
        2 => "(/[ab.]{1,2}){1,3}".prop_map(Way::Regex),
        1 => "/a/([ab]|\\[ab\\]){1,2}(/\\.\\*)?".prop_map(Way::Regex),
    ]
}

fn any_match() -> impl Strategy<Value = (Way, Conditions)> {
    let fields = || prop::collection::vec(("[xy]", "[12]", any::<bool>()), 0..2);
    let named = |list: Vec<(String, String, bool)>| {
        let one = |(name, value, invert): &(String, String, bool)| NamedCondition {
            invert: *invert,
            ..exact(name, value)
        };
        list.iter().map(one).collect()
    };
    let method = prop::option::of(prop::sample::select(vec!["GET", "POST"]));
    let foreign = prop::bool::weighted(0.1);
    (way(), method, foreign, fields(), fields()).prop_map(
        move |(way, method, foreign, headers, query)| {
            let conditions = Conditions {
                foreign,
                method: method.map(text),
                headers: named(headers),
                query: named(query),
                ..Default::default()
            };
            (way, conditions)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn agrees_with_the_specification(
        listed in any::<bool>(),
        matches in prop::collection::vec(any_match(), 0..24),
        target in "(/[abAB]{1,2}){1,4}(\\?[xy]=[12](&[xy]=[12])?)?",
        fields in prop::collection::vec(("[xyXY]", "[12]"), 0..3),
    ) {
        let order = if listed { RouteOrder::Listed } else { RouteOrder::Specific };
        let owned = |(name, value): (String, String)| (name, value.into_bytes());
        let headers = Fields(fields.into_iter().map(owned).collect());
        let expected = reference(order, &matches, &target, &headers);
        let table = table(order, matches);
        let request = get("a.example", &target, &headers);
        let index = |matched: Matched<'_>| -> (usize, usize) {
            (matched.rule.name.parse().expect("an index"), matched.path_match_len)
        };
        let indexed = table.find(&request).map(index);
        prop_assert_eq!(indexed.map(|(index, _)| index), expected);
        // What is explained is what runs.
        let told = table.find_traced(&request, &mut NoTrace).map(index);
        prop_assert_eq!(told, indexed);
    }
}
