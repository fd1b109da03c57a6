//! What leaves for a path or a URL, held against a slow reading of the rules.

use model::RequestView;
use model::path::{Normalization, Normalized, normalize};
use model::route::{
    Action, Matched, PathRewrite, redirect_location, rewrite_authority, rewrite_path,
};

/// Holds everything that a rule makes of the target of `request` to what may leave.
pub fn check(matched: &Matched<'_>, request: &RequestView<'_>) {
    if let Ok(Some(path)) = rewrite_path(matched, request) {
        check_path(&path);
        let rewrite = matched.rule.rewrite.as_ref().expect("a rewrite");
        match rewrite.path.as_ref().expect("of the path") {
            PathRewrite::Full(full) => assert_eq!(path, **full),
            PathRewrite::Prefix(prefix) => {
                assert!(path.starts_with(prefix.trim_end_matches('/')), "{path:?}");
            }
            PathRewrite::Regex(_) => {}
        }
    }
    if let Some(authority) = rewrite_authority(matched) {
        check_host(authority);
    }
    if let Action::Redirect(redirect) = &matched.rule.action {
        let location = redirect_location(redirect, matched, request);
        check_location(
            &location,
            redirect.scheme.as_deref(),
            redirect.host.as_deref(),
            request,
        );
    }
}

/// A path is canonical and stays where it is, however it is read.
pub fn check_path(path: &str) {
    let mut scratch = String::new();
    let read = normalize(path, Normalization::Base, &mut scratch);
    assert_eq!(read, Ok(Normalized::AsIs), "{path:?} is not canonical");
    assert!(path.len() <= 64 << 10, "{} bytes", path.len());
    // Dots and slashes as the most generous reader of what is canonical has them.
    for segment in path.replace("%2E", ".").split(['/', '\\']) {
        let segment = segment.split(';').next().expect("at least one part");
        assert!(!matches!(segment, "." | ".."), "{path:?} has a dot segment");
    }
}

fn check_host(authority: &str) {
    let visible = authority.bytes().all(|byte| byte.is_ascii_graphic());
    assert!(
        visible && !authority.contains(['/', '?', '#', '@', '\\']),
        "{authority:?}"
    );
}

/// A location is a URL of one line, at the host that was given.
fn check_location(
    location: &str,
    scheme: Option<&str>,
    host: Option<&str>,
    request: &RequestView<'_>,
) {
    assert!(
        location.bytes().all(|byte| byte.is_ascii_graphic()),
        "{location:?}"
    );
    let scheme = scheme.unwrap_or(request.scheme);
    let rest = location
        .strip_prefix(scheme)
        .and_then(|rest| rest.strip_prefix("://"));
    let rest = rest.unwrap_or_else(|| panic!("{location:?} is not of {scheme}"));
    let Some(host) = host else { return };
    let rest = rest
        .strip_prefix(host)
        .unwrap_or_else(|| panic!("{location:?} leaves {host:?}"));
    let rest = match rest.strip_prefix(':') {
        Some(rest) => rest.trim_start_matches(|character: char| character.is_ascii_digit()),
        None => rest,
    };
    assert!(rest.starts_with('/'), "{location:?} leaves {host:?}");
    assert!(!rest.contains(['\\', '#']), "{location:?}");
}
