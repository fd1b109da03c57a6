use super::write_reply;

fn reply(status: u16, body: &[u8], head_request: bool, close: bool) -> String {
    let fields: [(&str, &[u8]); 3] = [
        ("x-pymesh-error", b"bad_host"),
        ("content-length", b"99"),
        ("x", b"split\r\nx: y"),
    ];
    let mut out = Vec::new();
    write_reply(status, &fields, body, head_request, close, &mut out);
    String::from_utf8(out).expect("ASCII")
}

#[test]
fn replies() {
    assert_eq!(
        reply(400, b"no", false, true),
        "HTTP/1.1 400 Bad Request\r\nx-pymesh-error: bad_host\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno"
    );
    assert_eq!(
        reply(403, b"no", true, false),
        "HTTP/1.1 403 Forbidden\r\nx-pymesh-error: bad_host\r\ncontent-length: 2\r\n\r\n"
    );
    assert_eq!(
        reply(204, b"no", false, false),
        "HTTP/1.1 204 No Content\r\nx-pymesh-error: bad_host\r\n\r\n"
    );
    assert_eq!(
        reply(299, b"", false, false),
        "HTTP/1.1 299 \r\nx-pymesh-error: bad_host\r\ncontent-length: 0\r\n\r\n"
    );
}
