//! Cost of the HTTP/1.1 codec: reading a head, writing it with edits, finding the payload of a
//! chunked body.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use http1::{BodyDecoder, BodyLength, Edits, Limits, RequestHead};
use std::hint::black_box;

const CURL: &[u8] = b"GET /orders/7 HTTP/1.1\r\nHost: shop.example:8080\r\nUser-Agent: curl/8.14.1\r\nAccept: */*\r\n\r\n";

/// Twenty fields, as a browser sends them.
const BROWSER: &[u8] = b"GET /assets/app.js?v=20261124&lang=en HTTP/1.1\r\n\
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

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("http1/parse");
    for (name, bytes) in [("curl", CURL), ("browser", BROWSER)] {
        let (mut head, limits) = (RequestHead::new(), Limits::default());
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| head.parse(black_box(bytes), &limits));
        });
    }
    group.finish();
}

fn write(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("http1/write");
    for (name, bytes) in [("curl", CURL), ("browser", BROWSER)] {
        let (mut head, mut edits, mut out) = (RequestHead::new(), Edits::new(), Vec::new());
        head.parse(bytes, &Limits::default()).expect("a valid head");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                out.clear();
                edits.clear();
                edits
                    .set("x-forwarded-for", black_box(b"10.1.2.3"))
                    .expect("a valid edit");
                edits
                    .set("x-request-id", b"0b6f7c1e-9d1f-4c53-8f29-2f1d2c3b4a59")
                    .expect("a valid edit");
                edits
                    .remove("x-forwarded-client-cert")
                    .expect("a valid edit");
                head.write(
                    bytes,
                    head.target(bytes),
                    head.authority(bytes),
                    &edits,
                    &mut out,
                );
                black_box(&out);
            });
        });
    }
    group.finish();
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("http1/decode");
    for (name, size) in [("chunks of 32 B", 32), ("chunks of 4 KiB", 4096)] {
        let chunk = format!("{size:x}\r\n{}\r\n", "d".repeat(size));
        let bytes = [chunk.repeat(65_536 / size).as_bytes(), b"0\r\n\r\n"].concat();
        let (mut decoder, limits) = (BodyDecoder::default(), Limits::default());
        group.throughput(Throughput::Bytes(65_536));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut rest = black_box(bytes.as_slice());
                decoder.reset(BodyLength::Chunked);
                while !decoder.is_done() {
                    let found = decoder.decode(rest, &limits).expect("a valid body");
                    rest = &rest[found.skip + found.data..];
                }
                rest.len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, parse, write, decode);
criterion_main!(benches);
