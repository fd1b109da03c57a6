use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::route::{Rewrite, RouteRule, Substitution};
use crate::testing::{Fields, get};

fn rewritten(
    rewrite: PathRewrite,
    by_segments: bool,
    path_match_len: usize,
    path: &str,
) -> Result<Option<String>, PathError> {
    let mut rule = RouteRule::new("r", Vec::new());
    rule.rewrite = Some(Rewrite {
        authority: None,
        path: Some(rewrite),
    });
    let rule = Arc::new(rule);
    let matched = Matched {
        rule: &rule,
        path_match_len,
        by_segments,
    };
    let headers = Fields::default();
    let path = rewrite_path(&matched, &get("a.example", path, &headers))?;
    Ok(path.map(Cow::into_owned))
}

fn prefix(replacement: &str, by_segments: bool, matched: usize, path: &str) -> String {
    let rewrite = PathRewrite::Prefix(replacement.into());
    let path = rewritten(rewrite, by_segments, matched, path);
    path.expect("a path").expect("rewritten")
}

/// The table in the documentation of Gateway API's `ReplacePrefixMatch`; a match is kept without
/// a slash at its end.
#[test]
fn gateway_api_replaces_segments() {
    for (path, matched, replacement, expected) in [
        ("/foo/bar", 4, "/xyz", "/xyz/bar"),
        ("/foo/bar", 4, "/xyz/", "/xyz/bar"),
        ("/foo", 4, "/xyz", "/xyz"),
        ("/foo/", 4, "/xyz", "/xyz/"),
        ("/foo/bar", 4, "", "/bar"),
        ("/foo/", 4, "", "/"),
        ("/foo", 4, "", "/"),
        ("/foo/", 4, "/", "/"),
        ("/foo", 4, "/", "/"),
        ("/foo", 0, "/xyz", "/xyz/foo"),
    ] {
        assert_eq!(
            prefix(replacement, true, matched, path),
            expected,
            "{path} {replacement}"
        );
    }
}

#[test]
fn istio_26_a_prefix_is_replaced_by_characters() {
    assert_eq!(prefix("/", false, "/foo/".len(), "/foo/x"), "/x");
    assert_eq!(prefix("/", false, "/foo".len(), "/foo/x"), "//x");
    assert_eq!(prefix("/v1", false, "/".len(), "/x"), "/v1x");
    assert_eq!(prefix("", false, "/foo/".len(), "/foo/x"), "/x");
    assert_eq!(prefix("", false, "/foo".len(), "/foo"), "/");
    // An exact match or an expression matches, and so replaces, all of it.
    assert_eq!(prefix("/v1", false, "/x/y".len(), "/x/y"), "/v1");
}

#[test]
fn all_of_a_path_or_parts_of_it() {
    let full = PathRewrite::Full("/z".into());
    assert_eq!(
        rewritten(full.clone(), true, 2, "/x/y"),
        Ok(Some("/z".to_owned()))
    );
    assert_eq!(rewritten(full, true, 1, "*"), Ok(None));
    let regex = |pattern: &str, text: &str| {
        let substitution = Substitution::new(pattern, text).expect("valid");
        PathRewrite::Regex(Box::new(substitution))
    };
    let found = rewritten(regex("^/v[0-9]/(.*)$", "/\\1/latest"), false, 0, "/v1/a");
    assert_eq!(found, Ok(Some("/a/latest".to_owned())));
    let found = rewritten(regex("^/", ""), false, 0, "/a");
    assert_eq!(found, Err(PathError::MissingSlash));
    let found = rewritten(regex("a", "?"), false, 0, "/a");
    assert_eq!(found, Err(PathError::Query));
    let found = rewritten(regex("a", "\r\nx: y"), false, 0, "/a");
    assert_eq!(found, Err(PathError::Control));
    let found = rewritten(regex("x", "%2"), false, 0, "/xz");
    assert_eq!(found, Err(PathError::BadEscape));
}

#[test]
fn no_rewrite_leaves_the_place_that_the_rule_gives_it() {
    for path in ["/api../admin", "/api..", "/api.", "/api./x", "/api..;v=1/x"] {
        let rewrite = PathRewrite::Prefix("/v1/".into());
        assert_eq!(
            rewritten(rewrite, false, 4, path),
            Err(PathError::Rewritten),
            "{path}"
        );
    }
    // Parts that are harmless alone make an escaped dot together.
    let substitution = Substitution::new("x", "").expect("valid");
    let rewrite = PathRewrite::Regex(Box::new(substitution));
    let found = rewritten(rewrite, false, 0, "/a/%2xE%2xE/b");
    assert_eq!(found, Err(PathError::Rewritten));
    let substitution = Substitution::new("", "0123456789").expect("valid");
    let rewrite = PathRewrite::Regex(Box::new(substitution));
    let found = rewritten(rewrite, false, 0, &"/a".repeat(2_000));
    assert_eq!(found, Err(PathError::Rewritten));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_leaves_is_a_canonical_path(
        raw in "(/[a.%;]{0,3}|/\\.\\.?|%2[eEfF]|x){1,5}",
        replacement in "(/[a.]{0,2}){0,3}",
        by_segments in any::<bool>(),
        matched in 0_usize..12,
    ) {
        let mut scratch = String::new();
        let path = match normalize(&raw, Normalization::MergeSlashes, &mut scratch) {
            Ok(Normalized::AsIs) => raw,
            Ok(Normalized::InScratch) => scratch,
            Err(_) => return Ok(()),
        };
        prop_assume!(!has_dot_segment(&replacement));
        let matched = matched.min(path.len());
        let rewrite = PathRewrite::Prefix(replacement.into());
        if let Ok(Some(path)) = rewritten(rewrite, by_segments, matched, &path) {
            let again = normalize(&path, Normalization::Base, &mut String::new());
            prop_assert_eq!(again, Ok(Normalized::AsIs), "{}", path);
            prop_assert!(!has_dot_segment(&path));
        }
    }

    #[test]
    fn no_substitution_panics(
        pattern in "[a/.*+()|\\\\]{0,6}",
        text in "[a/\\\\0-2]{0,4}",
        path in "/.{0,12}",
    ) {
        if let Ok(substitution) = Substitution::new(&pattern, &text) {
            let _ = rewritten(PathRewrite::Regex(Box::new(substitution)), false, 1, &path);
        }
    }
}
