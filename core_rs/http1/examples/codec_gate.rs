//! What the codec does for N requests, for `benches/gates/codec_instructions.py` to count.
//!
//! `codec_gate N`: N times the heads of a small and of a browser's request are parsed and written
//! with the edits of a proxy, each followed by a response head and a body: one with a length, one
//! chunked. That makes 2 N requests.

use http1::{BodyDecoder, BodyEncoder, Edits, Limits, RequestHead, ResponseHead, framing};
use std::hint::black_box;

#[path = "../../../benches/http1_samples.rs"]
mod samples;

use samples::{BROWSER, CURL};

const WITH_LENGTH: &[u8] = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Tue, 24 Nov 2026 12:00:00 GMT\r\n\
    Content-Type: application/json\r\nContent-Length: 16\r\nConnection: keep-alive\r\n\r\n{\"status\": \"ok\"}";

const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Tue, 24 Nov 2026 12:00:00 GMT\r\n\
    Content-Type: text/html; charset=utf-8\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\
    Vary: Accept-Encoding\r\n\r\n\
    20\r\n0123456789abcdef0123456789abcdef\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n";

#[derive(Default)]
struct Kept {
    request: RequestHead,
    response: ResponseHead,
    decoder: BodyDecoder,
    encoder: BodyEncoder,
    edits: Edits,
    out: Vec<u8>,
}

impl Kept {
    /// One exchange; `None` if the codec refuses what it must accept.
    fn exchange(&mut self, request: &[u8], response: &[u8], limits: &Limits) -> Option<()> {
        self.out.clear();
        self.edits.clear();
        self.edits.set("x-forwarded-for", b"10.1.2.3").ok()?;
        self.edits
            .set("x-request-id", b"0b6f7c1e-9d1f-4c53-8f29-2f1d2c3b4a59")
            .ok()?;
        self.edits.remove("x-forwarded-client-cert").ok()?;
        let head = &mut self.request;
        head.parse(request, limits).ok()??;
        head.write(
            request,
            head.target(request),
            head.authority(request),
            &self.edits,
            &mut self.out,
        );

        self.edits.clear();
        let length = self
            .response
            .parse(response, limits, head.is_head())
            .ok()??;
        let framing = framing(head, &self.response, true);
        self.response.write(
            response,
            self.response.status(),
            &self.edits,
            framing,
            &mut self.out,
        );
        self.decoder.reset(self.response.body());
        self.encoder.reset(framing.body);
        let mut rest = &response[length..];
        while !self.decoder.is_done() {
            let found = self.decoder.decode(rest, limits).ok()?;
            let data = &rest[found.skip..found.skip + found.data];
            self.encoder.begin(data.len(), &mut self.out);
            self.out.extend_from_slice(data);
            self.encoder.end(&mut self.out);
            rest = &rest[found.skip + found.data..];
        }
        self.encoder.finish(self.decoder.trailers(), &mut self.out);
        Some(())
    }
}

fn main() -> Result<(), String> {
    let times: u32 = std::env::args()
        .nth(1)
        .and_then(|argument| argument.parse().ok())
        .ok_or("codec_gate N: a number of rounds is needed")?;
    let limits = Limits::default();
    let mut kept = Kept::default();
    for _ in 0..times {
        for (request, response) in [(CURL, WITH_LENGTH), (BROWSER, CHUNKED)] {
            kept.exchange(black_box(request), black_box(response), &limits)
                .ok_or("a valid message was refused")?;
            black_box(&kept.out);
        }
    }
    Ok(())
}
