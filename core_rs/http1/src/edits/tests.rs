use super::{EditError, EditKind, Edits, MAX_BYTES};

fn list(edits: &Edits) -> Vec<(EditKind, &str, &[u8])> {
    edits.iter().collect()
}

#[test]
fn the_last_word_wins() {
    let mut edits = Edits::new();
    assert!(edits.is_empty());
    edits.set("A", b"1").expect("valid");
    edits.add("b", b"2").expect("valid");
    edits.add("a", b"3").expect("valid");
    assert_eq!(
        list(&edits),
        [
            (EditKind::Set, "A", b"1".as_slice()),
            (EditKind::Add, "b", b"2"),
            (EditKind::Add, "a", b"3")
        ]
    );
    edits.set("a", b"4").expect("valid");
    assert_eq!(
        list(&edits),
        [
            (EditKind::Add, "b", b"2".as_slice()),
            (EditKind::Set, "a", b"4")
        ]
    );
    edits.remove("B").expect("valid");
    edits.add("b", b"").expect("valid");
    assert_eq!(
        list(&edits),
        [
            (EditKind::Set, "a", b"4".as_slice()),
            (EditKind::Remove, "B", b""),
            (EditKind::Add, "b", b"")
        ]
    );
    let mut out = Vec::new();
    edits.write(&mut out);
    assert_eq!(out, b"a: 4\r\nb: \r\n");
    edits.clear();
    assert!(edits.is_empty() && !edits.replaces(b"a"));
}

#[test]
fn what_replaces_a_received_field() {
    let mut edits = Edits::new();
    edits.set("x-set", b"1").expect("valid");
    edits.remove("x-removed").expect("valid");
    edits.add("x-added", b"1").expect("valid");
    let long = "l".repeat(200);
    edits.remove(&long).expect("valid");
    assert!(
        edits.replaces(b"X-Set") && edits.replaces(b"X-REMOVED") && edits.replaces(long.as_bytes())
    );
    assert!(
        !edits.replaces(b"x-added")
            && !edits.replaces(b"x-sat")
            && !edits.replaces("m".repeat(200).as_bytes())
    );
}

#[test]
fn refused() {
    let mut edits = Edits::new();
    for (name, value) in [
        ("", b"".as_slice()),
        ("a b", b""),
        ("a:", b""),
        ("\u{e9}", b""),
        ("a", b"\r\nb: c"),
        ("a", b"\0"),
        ("a", b" b"),
        ("a", b"b\t"),
    ] {
        assert_eq!(edits.set(name, value), Err(EditError::Invalid), "{name:?}");
        assert_eq!(edits.add(name, value), Err(EditError::Invalid), "{name:?}");
    }
    for name in [
        "Host",
        "content-length",
        "Transfer-Encoding",
        "connection",
        "upgrade",
        "te",
        "trailer",
        "expect",
        "keep-alive",
        "proxy-connection",
        "proxy-authorization",
        "proxy-authenticate",
    ] {
        assert_eq!(edits.set(name, b"x"), Err(EditError::Forbidden), "{name}");
        assert_eq!(edits.remove(name), Err(EditError::Forbidden), "{name}");
    }
    edits
        .add("authorization", b"obs-text \xff passes")
        .expect("valid");
}

#[test]
fn bounded_and_reused() {
    let mut edits = Edits::new();
    let value = vec![b'v'; 1000];
    for _ in 0..1000 {
        edits
            .set("a", &value)
            .expect("replaced values leave no trace");
    }
    for _ in 0..15 {
        edits.add("a", &value).expect("room");
    }
    let before = edits.arena.len();
    assert_eq!(edits.add("a", &value), Err(EditError::TooLarge));
    assert_eq!(edits.arena.len(), before);
    assert!(before <= MAX_BYTES);
}
