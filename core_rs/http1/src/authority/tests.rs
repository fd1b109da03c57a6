use super::is_authority;

#[test]
fn accepted() {
    for text in [
        "a",
        "a.b",
        "a_b",
        "localhost:8080",
        "127.0.0.1",
        "127.0.0.1:0",
        "h:65535",
        "h:",
        "[::1]",
        "[::1]:80",
        "[fe80::1]",
        "[::ffff:1.2.3.4]:1",
        "%41b",
        "a!$&'()*+,;=~-",
        "h:00080",
    ] {
        assert!(is_authority(text.as_bytes()), "{text}");
    }
}

#[test]
fn refused() {
    for text in [
        "",
        ":",
        ":80",
        "a b",
        "a\t",
        "a/",
        "a?",
        "a#",
        "a@b",
        "@a",
        "a:b",
        "a:8:8",
        "a:65536",
        "a:+1",
        "a:-1",
        "a:99999999999",
        "[",
        "[]",
        "[::1",
        "::1",
        "[::1]x",
        "[::1]:x",
        "[::g]",
        "[fe80::1%25eth0]",
        "[v1.a]",
        "[1.2.3.4]",
        "%",
        "%4",
        "%4g",
        "a%",
        "a\\b",
        "<a>",
        "\u{e9}",
        "a\0",
    ] {
        assert!(!is_authority(text.as_bytes()), "{text}");
    }
}
