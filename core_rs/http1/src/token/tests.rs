use super::{all, field_is_forbidden, field_is_valid, has_underscore, is_token, list, trim};

#[test]
fn tokens() {
    assert!(is_token(b"!#$%&'*+-.^_`|~09azAZ"));
    for byte in (0..=b' ').chain(*b"\"(),/:;<=>?@[\\]{}").chain(0x7f..=0xff) {
        assert!(!is_token(&[b'a', byte]), "{byte:#x}");
    }
    assert!(!is_token(b""));
}

#[test]
fn only_space_and_tab_are_trimmed() {
    assert_eq!(trim(b" \t a b\t "), b"a b");
    assert_eq!(trim(b" \t "), b"");
    for byte in (0..=u8::MAX).filter(|byte| !b" \t".contains(byte)) {
        assert_eq!(trim(&[byte, b'a', byte]), [byte, b'a', byte]);
    }
}

#[test]
fn lists() {
    assert_eq!(
        list(b" a ,, b c\t,").collect::<Vec<_>>(),
        [b"a".as_slice(), b"b c"]
    );
    assert_eq!(list(b"").count(), 0);
}

#[test]
fn fields() {
    assert!(field_is_valid(b"x-a", b"b \t\xff c"));
    assert!(field_is_valid(b"x-a", b""));
    assert!(
        !field_is_valid(b"x-a", b" b")
            && !field_is_valid(b"x-a", b"b\r")
            && !field_is_valid(b"", b"b")
    );
    assert!(field_is_forbidden("HOST") && field_is_forbidden("Transfer-Encoding"));
    assert!(!field_is_forbidden("authorization") && !field_is_forbidden("x-hosts"));
}

#[test]
fn underscores_are_found_everywhere() {
    for length in 0..40 {
        // Neighbours of the underscore and bytes with the high bit must not pass for it.
        for fill in [b'a', b'^', b'`', 0x00, 0x5e, 0x60, 0xdf, 0xff] {
            let mut name = vec![fill; length];
            assert!(!has_underscore(&name), "{fill:#x} {length}");
            for at in 0..length {
                name[at] = b'_';
                assert!(has_underscore(&name), "{fill:#x} {at} of {length}");
                name[at] = fill;
            }
        }
    }
}

#[test]
fn all_looks_at_every_byte() {
    for length in 0..100 {
        let mut bytes = vec![b'a'; length];
        assert!(all(&bytes, |byte| byte == b'a'));
        for at in 0..length {
            bytes[at] = b'b';
            assert!(!all(&bytes, |byte| byte == b'a'));
            bytes[at] = b'a';
        }
    }
}
