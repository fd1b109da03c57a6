use super::{field_is_forbidden, field_is_valid, is_token, list, trim};

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
