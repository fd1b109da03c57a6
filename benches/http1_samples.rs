//! Heads that the bench and the instruction gate of the codec share.

/// Three fields, as curl sends them.
pub(crate) const CURL: &[u8] = b"GET /orders/7 HTTP/1.1\r\nHost: shop.example:8080\r\nUser-Agent: curl/8.14.1\r\nAccept: */*\r\n\r\n";

/// Twenty fields, as a browser sends them.
pub(crate) const BROWSER: &[u8] = b"GET /assets/app.js?v=20261124&lang=en HTTP/1.1\r\n\
    Host: www.shop.example\r\n\
    Connection: keep-alive\r\n\
    Cache-Control: max-age=0\r\n\
    sec-ch-ua: \"Chromium\";v=\"142\", \"Not_A Brand\";v=\"99\"\r\n\
    sec-ch-ua-mobile: ?0\r\n\
    sec-ch-ua-platform: \"Linux\"\r\n\
    Upgrade-Insecure-Requests: 1\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r\n\
    Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n\
    Sec-Fetch-Site: same-origin\r\n\
    Sec-Fetch-Mode: navigate\r\n\
    Sec-Fetch-User: ?1\r\n\
    Sec-Fetch-Dest: document\r\n\
    Referer: https://www.shop.example/index.html\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\n\
    Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n\
    If-None-Match: \"5f3c-61b2c0a4\"\r\n\
    Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; _ga=GA1.2.1234567890.1700000000\r\n\
    X-Requested-With: XMLHttpRequest\r\n\
    DNT: 1\r\n\r\n";
