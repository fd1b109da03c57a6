use proptest::prelude::*;

use super::Normalization::{Base, DecodeAndMergeSlashes, MergeSlashes, None};
use super::*;

const MODES: [Normalization; 4] = [None, Base, MergeSlashes, DecodeAndMergeSlashes];

fn canonical(raw: &str, mode: Normalization) -> Result<String, PathError> {
    let mut scratch = "left from before".to_owned();
    let normalized = normalize(raw, mode, &mut scratch)?;
    if normalized == Normalized::AsIs {
        assert_eq!(scratch, "left from before");
        return Ok(raw.to_owned());
    }
    assert_ne!(scratch, raw, "rewritten without need");
    Ok(scratch)
}

/// Raw path, then what `Base`, `MergeSlashes` and `DecodeAndMergeSlashes` make of it.
const REWRITES: &[(&str, &str, &str, &str)] = &[
    ("/", "/", "/", "/"),
    ("/a/b", "/a/b", "/a/b", "/a/b"),
    ("/a/b/", "/a/b/", "/a/b/", "/a/b/"),
    // RFC 3986 section 5.2.4
    ("/a/b/c/./../../g", "/a/g", "/a/g", "/a/g"),
    ("/.", "/", "/", "/"),
    ("/..", "/", "/", "/"),
    ("/../../a", "/a", "/a", "/a"),
    ("/a/.", "/a/", "/a/", "/a/"),
    ("/a/..", "/", "/", "/"),
    ("/a/b/..", "/a/", "/a/", "/a/"),
    // Encoded dots, in either case
    ("/a/%2e%2E/b", "/b", "/b", "/b"),
    ("/a/.%2e/b", "/b", "/b", "/b"),
    ("/%2e/b", "/b", "/b", "/b"),
    // Parameters on dot segments
    ("/a/..;x=1/b", "/b", "/b", "/b"),
    ("/a/.;/b", "/a/b", "/a/b", "/a/b"),
    ("/a/%2e%2e;x", "/", "/", "/"),
    ("/a;x=1/b", "/a;x=1/b", "/a;x=1/b", "/a;x=1/b"),
    // Dots that are no dot segment
    (
        "/.well-known/x",
        "/.well-known/x",
        "/.well-known/x",
        "/.well-known/x",
    ),
    ("/a/.../b", "/a/.../b", "/a/.../b", "/a/.../b"),
    ("/a/..b", "/a/..b", "/a/..b", "/a/..b"),
    ("/a/;..", "/a/;..", "/a/;..", "/a/;.."),
    // Escapes
    ("/%41%7e%2D%5f", "/A~-_", "/A~-_", "/A~-_"),
    (
        "/%c3%a4%20%3f%23",
        "/%C3%A4%20%3F%23",
        "/%C3%A4%20%3F%23",
        "/%C3%A4%20%3F%23",
    ),
    ("/%252e%252E", "/%252e%252E", "/%252e%252E", "/%252e%252E"),
    ("/ä", "/%C3%A4", "/%C3%A4", "/%C3%A4"),
    // Slashes
    ("//a///b//", "//a///b//", "/a/b/", "/a/b/"),
    ("/a\\b\\..\\c", "/a/c", "/a/c", "/a/c"),
    ("\\a", "/a", "/a", "/a"),
    ("/a%2fb%5cc", "/a%2Fb%5Cc", "/a%2Fb%5Cc", "/a/b/c"),
    (
        "/a/%2F..%5C..//b",
        "/a/%2F..%5C..//b",
        "/a/%2F..%5C../b",
        "/b",
    ),
    ("/a%2F%2e%2e%2Fb", "/a%2F..%2Fb", "/a%2F..%2Fb", "/b"),
    // Dot segments are resolved before slashes are merged: `..` removes one empty segment
    ("/a//../b", "/a/b", "/a/b", "/a/b"),
    ("/a//..//b", "/a//b", "/a/b", "/a/b"),
];

#[test]
fn rewrites() {
    for (raw, base, merged, decoded) in REWRITES {
        assert_eq!(canonical(raw, Base).as_deref(), Ok(*base), "Base of {raw}");
        assert_eq!(
            canonical(raw, MergeSlashes).as_deref(),
            Ok(*merged),
            "MergeSlashes of {raw}"
        );
        let mode = DecodeAndMergeSlashes;
        assert_eq!(
            canonical(raw, mode).as_deref(),
            Ok(*decoded),
            "{mode:?} of {raw}"
        );
        if !raw.starts_with('\\') {
            assert_eq!(
                canonical(raw, None).as_deref(),
                Ok(*raw),
                "None changes nothing"
            );
        }
    }
}

#[test]
fn refuses() {
    for (raw, error) in [
        ("", PathError::MissingSlash),
        ("*", PathError::MissingSlash),
        ("a/b", PathError::MissingSlash),
        ("%2Fa", PathError::MissingSlash),
        ("/a\0", PathError::Control),
        ("/a b", PathError::Control),
        ("/a\tb", PathError::Control),
        ("/a\r\nb", PathError::Control),
        ("/\u{7f}", PathError::Control),
        ("/a%00", PathError::EncodedNul),
        ("/a#b", PathError::Fragment),
        ("/a?b", PathError::Query),
        ("/%", PathError::BadEscape),
        ("/%4", PathError::BadEscape),
        ("/%4/a", PathError::BadEscape),
        ("/%+1", PathError::BadEscape),
        ("/%zz", PathError::BadEscape),
        ("/%%34%31", PathError::BadEscape),
    ] {
        for mode in MODES {
            assert_eq!(canonical(raw, mode), Err(error), "{mode:?} of {raw:?}");
        }
    }
    assert_eq!(canonical("\\a", None), Err(PathError::MissingSlash));
}

#[test]
fn reasons_are_distinct() {
    let mut reasons: Vec<_> = PathError::ALL.iter().map(|error| error.reason()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    assert_eq!(reasons.len(), PathError::ALL.len());
}

#[test]
fn a_hostile_path_costs_linear_time() {
    let up = format!("/{}", "a/../".repeat(200_000));
    assert_eq!(canonical(&up, MergeSlashes).as_deref(), Ok("/"));
    let slashes = "/".repeat(1_000_000);
    assert_eq!(canonical(&slashes, MergeSlashes).as_deref(), Ok("/"));
}

/// Text made of the pieces that matter, so that they meet often.
fn raw_path() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("/"),
        Just("."),
        Just(".."),
        Just(";"),
        Just("\\"),
        Just("%2e"),
        Just("%2F"),
        Just("%5c"),
        Just("%5C"),
        Just("%41"),
        Just("%25"),
        Just("%"),
        Just("2"),
        Just("e"),
        Just("a"),
        Just("ä"),
        Just("%c3"),
        Just("%00"),
        Just("#"),
        Just("?"),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| format!("/{}", pieces.concat()))
}

fn mode() -> impl Strategy<Value = Normalization> {
    prop::sample::select(&MODES[..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn normalizing_twice_changes_nothing(raw in raw_path(), mode in mode()) {
        if let Ok(once) = canonical(&raw, mode) {
            prop_assert_eq!(canonical(&once, mode), Ok(once.clone()));
        }
    }

    #[test]
    fn a_canonical_path_hides_nothing(raw in raw_path(), mode in mode()) {
        let Ok(path) = canonical(&raw, mode) else { return Ok(()) };
        prop_assert!(path.starts_with('/'));
        if mode == None {
            return Ok(());
        }
        prop_assert!(path.is_ascii() && !path.contains('\\'));
        for segment in path.split('/') {
            let name = segment.split(';').next().unwrap_or_default();
            prop_assert!(name != "." && name != "..", "{}", path);
        }
        let upper = path.to_ascii_uppercase();
        for unreserved in ["%2E", "%41", "%2D", "%5F", "%7E"] {
            prop_assert!(!upper.contains(unreserved));
        }
        if mode != Base {
            prop_assert!(!path.contains("//"));
        }
        if mode == DecodeAndMergeSlashes {
            prop_assert!(!upper.contains("%2F") && !upper.contains("%5C"));
        }
    }

    #[test]
    fn no_text_makes_it_panic(raw in ".*", mode in mode()) {
        let _ = canonical(&raw, mode);
    }
}

#[test]
fn dot_segments_are_known_in_any_spelling() {
    for path in [
        "/.",
        "/..",
        "/a/./b",
        "/a/../b",
        "/..;v=1",
        "/.;",
        "/%2e",
        "/.%2E/b",
        "/a\\..\\b",
        "/%2e%2e/",
        "/a/..",
    ] {
        assert!(has_dot_segment(path), "{path}");
    }
    for path in [
        "/",
        "/a",
        "/...",
        "/.a",
        "/a..",
        "/..a/b",
        "/%2e%2e%2e",
        "..",
        "/a.;",
        "",
    ] {
        assert!(!has_dot_segment(path), "{path}");
    }
}
