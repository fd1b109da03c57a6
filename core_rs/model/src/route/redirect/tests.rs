use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::route::RouteRule;
use crate::testing::{Fields, get};

fn keep() -> Redirect {
    Redirect {
        scheme: None,
        host: None,
        port: None,
        path: None,
        status: 302,
    }
}

/// Where a GET of `target` at `authority` is sent, if the rule matched `matched` bytes by segments.
fn sent(redirect: &Redirect, authority: &str, target: &str, matched: usize) -> String {
    let rule = Arc::new(RouteRule::new("r", Vec::new()));
    let matched = Matched {
        rule: &rule,
        path_match_len: matched,
        by_segments: true,
    };
    let headers = Fields::default();
    redirect_location(redirect, &matched, &get(authority, target, &headers))
}

#[test]
fn what_is_left_out_is_the_requests_own() {
    let to = |redirect: &Redirect| sent(redirect, "a.example:8080", "/x/y?q=1", 2);
    assert_eq!(to(&keep()), "http://a.example:8080/x/y?q=1");
    let host = Redirect {
        host: Some("b.example".into()),
        ..keep()
    };
    assert_eq!(to(&host), "http://b.example:8080/x/y?q=1");
    let full = |path: &str| Redirect {
        path: Some(PathRedirect::Full(path.into())),
        ..keep()
    };
    assert_eq!(to(&full("/z")), "http://a.example:8080/z?q=1");
    assert_eq!(to(&full("/z?own=2")), "http://a.example:8080/z?own=2");
    let prefix = Redirect {
        path: Some(PathRedirect::Prefix("/z".into())),
        ..keep()
    };
    assert_eq!(to(&prefix), "http://a.example:8080/z/y?q=1");
}

#[test]
fn istio_34_usual_ports_are_dropped() {
    let with = |scheme: Option<&str>, port| Redirect {
        scheme: scheme.map(Into::into),
        port,
        ..keep()
    };
    let to = |redirect: &Redirect, authority: &str| sent(redirect, authority, "/", 0);
    assert_eq!(to(&with(Some("https"), None), "a"), "https://a/");
    assert_eq!(to(&with(Some("https"), None), "a:80"), "https://a/");
    assert_eq!(to(&with(Some("https"), None), "a:8443"), "https://a:8443/");
    assert_eq!(to(&with(Some("https"), Some(443)), "a:8080"), "https://a/");
    assert_eq!(to(&with(Some("https"), Some(80)), "a"), "https://a:80/");
    assert_eq!(to(&with(None, Some(0)), "a:8080"), "http://a/");
    assert_eq!(to(&with(None, Some(8080)), "a"), "http://a:8080/");
    assert_eq!(to(&with(None, Some(80)), "a:8080"), "http://a/");
    assert_eq!(to(&keep(), "[::1]:81"), "http://[::1]:81/");
}

#[test]
fn the_location_names_its_host_whatever_the_path() {
    assert_eq!(
        sent(&keep(), "a", "//evil.example", 0),
        "http://a//evil.example"
    );
    assert_eq!(sent(&keep(), "a", "*", 0), "http://a/");
    let strip = Redirect {
        path: Some(PathRedirect::Prefix(String::new().into())),
        ..keep()
    };
    assert_eq!(
        sent(&strip, "a", "/x//evil.example", 2),
        "http://a//evil.example"
    );
    assert_eq!(sent(&strip, "a", "/x", 2), "http://a/");
}

proptest! {
    #[test]
    fn is_one_url_on_one_line(
        authority in ".{0,12}",
        path in ".{0,12}",
        query in prop::option::of(".{0,12}"),
        matched in 0_usize..16,
        prefix in "(/[a-z]{0,3}){0,2}",
    ) {
        let rule = Arc::new(RouteRule::new("r", Vec::new()));
        let matched = Matched { rule: &rule, path_match_len: matched, by_segments: false };
        let headers = Fields::default();
        let request = RequestView {
            path: &path,
            query: query.as_deref(),
            ..get(&authority, "/", &headers)
        };
        let redirect = Redirect { path: Some(PathRedirect::Prefix(prefix.into())), ..keep() };
        for redirect in [redirect, keep()] {
            let location = redirect_location(&redirect, &matched, &request);
            prop_assert!(location.bytes().all(|byte| matches!(byte, 0x21..=0x7e)), "{}", location);
            prop_assert!(location.starts_with("http://"));
        }
    }
}
