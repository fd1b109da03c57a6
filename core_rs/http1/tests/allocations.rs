//! The steady state allocates nothing: buffers grow with the first messages and are kept.

use http1::{
    BodyDecoder, BodyEncoder, BodyLength, Connection, Edits, Limits, RequestHead, ResponseHead,
    framing,
};

const REQUEST: &[u8] = b"POST /orders?id=1 HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: test\r\nAccept: */*\r\n\
    Connection: keep-alive, x-hop\r\nX-Hop: 1\r\nX-Forwarded-For: 1.2.3.4\r\nTransfer-Encoding: chunked\r\n\r\n";
const RESPONSE: &[u8] =
    b"HTTP/1.1 200 OK\r\nServer: test\r\nKeep-Alive: timeout=5\r\nTransfer-Encoding: chunked\r\n\r\n";
const BODY: &[u8] = b"5;name=value\r\nhello\r\n0\r\nGrpc-Status:0\r\nHost: x\r\n\r\n";

/// What a connection keeps from one exchange to the next.
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
    fn exchange(&mut self) {
        let limits = Limits::default();
        self.out.clear();
        self.edits.clear();
        self.edits
            .set("x-forwarded-for", b"10.0.0.1")
            .expect("valid");
        self.edits.remove("user-agent").expect("valid");
        self.edits
            .set("x-request-id", b"0123456789abcdef")
            .expect("valid");
        let head = &mut self.request;
        assert_eq!(head.parse(REQUEST, &limits), Ok(Some(REQUEST.len())));
        let (target, authority) = (head.target(REQUEST), head.authority(REQUEST));
        assert_eq!(
            head.fields(REQUEST).count() + head.field(REQUEST, "accept").count(),
            4
        );
        head.write(REQUEST, target, authority, &self.edits, &mut self.out);
        self.body();

        self.edits.clear();
        self.edits.set("server", b"pymesh").expect("valid");
        assert_eq!(
            self.response.parse(RESPONSE, &limits, false),
            Ok(Some(RESPONSE.len()))
        );
        let framing = framing(&self.request, &self.response, true);
        assert_eq!(
            (framing.body, framing.connection),
            (BodyLength::Chunked, Connection::KeepAlive)
        );
        self.response
            .write(RESPONSE, 200, &self.edits, framing, &mut self.out);
        self.body();
        http1::write_reply(
            403,
            &[("x-pymesh-error", b"denied")],
            b"no",
            false,
            true,
            &mut self.out,
        );
    }

    fn body(&mut self) {
        let limits = Limits::default();
        self.decoder.reset(BodyLength::Chunked);
        self.encoder.reset(BodyLength::Chunked);
        let mut rest = BODY;
        while !self.decoder.is_done() {
            // Three bytes at a time, so that chunk lines and trailers arrive in pieces.
            let piece = &rest[..rest.len().min(3)];
            let found = self.decoder.decode(piece, &limits).expect("valid");
            let data = &piece[found.skip..found.skip + found.data];
            self.encoder.begin(data.len(), &mut self.out);
            self.out.extend_from_slice(data);
            self.encoder.end(&mut self.out);
            rest = &rest[found.skip + found.data..];
        }
        self.encoder.finish(self.decoder.trailers(), &mut self.out);
    }
}

#[test]
fn nothing_is_allocated_in_steady_state() {
    let mut kept = Kept::default();
    kept.exchange();
    let first = kept.out.clone();
    let counted = allocation_counter::measure(|| {
        for _ in 0..100 {
            kept.exchange();
        }
    });
    assert_eq!(counted.count_total, 0, "{counted:?}");
    assert_eq!(kept.out, first);
}
