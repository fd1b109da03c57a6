//! Cost of the HTTP/1.1 codec: reading a head, writing it with edits, finding the payload of a
//! chunked body.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use http1::{BodyDecoder, BodyLength, Edits, Limits, RequestHead};
use std::hint::black_box;

#[path = "http1_samples.rs"]
mod samples;

use samples::{BROWSER, CURL};

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
