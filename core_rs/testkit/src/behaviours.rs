//! Ready-made behaviours for [`Origin::start`](crate::Origin::start).

use std::io;
use std::time::Duration;

use crate::origin::{After, Exchange};
use crate::wait::Gate;

/// Reads the request and answers 200 with `body`, keeping the connection.
pub fn fixed(
    body: impl Into<Vec<u8>>,
) -> impl Fn(&mut Exchange<'_>) -> io::Result<After> + Send + Sync + 'static {
    let body = body.into();
    move |exchange| {
        exchange.read_body()?;
        exchange.reply(200, "", &body)?;
        Ok(After::KeepAlive)
    }
}

/// Answers 200 with the request's own content.
pub fn echo(exchange: &mut Exchange<'_>) -> io::Result<After> {
    exchange.read_body()?;
    let body = exchange.request.body.clone();
    exchange.reply(200, "", &body)?;
    Ok(After::KeepAlive)
}

/// Answers 200 with the request's head, as it arrived, as content.
pub fn reflect(exchange: &mut Exchange<'_>) -> io::Result<After> {
    exchange.read_body()?;
    let head = exchange.request.raw_head.clone();
    exchange.reply(200, "content-type: message/http\r\n", &head)?;
    Ok(After::KeepAlive)
}

/// Answers as [`fixed`] does, but only once `gate` is open: as slow as the test wants it.
pub fn slow(
    gate: Gate,
    body: impl Into<Vec<u8>>,
) -> impl Fn(&mut Exchange<'_>) -> io::Result<After> + Send + Sync + 'static {
    let answer = fixed(body);
    move |exchange| {
        if gate.pass() {
            answer(exchange)
        } else {
            Err(io::ErrorKind::TimedOut.into())
        }
    }
}

/// Reads the request and never answers, until the peer leaves.
pub fn silent(exchange: &mut Exchange<'_>) -> io::Result<After> {
    exchange.read_body()?;
    exchange.peer_leaves();
    Ok(After::Close)
}

/// Sends the content one byte at a time with a `pause` before each.
pub fn drip(
    body: impl Into<Vec<u8>>,
    pause: Duration,
) -> impl Fn(&mut Exchange<'_>) -> io::Result<After> + Send + Sync + 'static {
    let body = body.into();
    move |exchange| {
        exchange.read_body()?;
        let length = body.len();
        exchange.write(format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n"
        ))?;
        for byte in &body {
            std::thread::sleep(pause);
            exchange.write([*byte])?;
        }
        Ok(After::KeepAlive)
    }
}

/// Reads the request and resets the connection without a byte.
pub fn reset(exchange: &mut Exchange<'_>) -> io::Result<After> {
    exchange.read_body()?;
    Ok(After::Reset)
}

/// Reads the request and closes the connection without a byte.
pub fn close(exchange: &mut Exchange<'_>) -> io::Result<After> {
    exchange.read_body()?;
    Ok(After::Close)
}

/// Serves the first `turns` requests of a connection as [`fixed`] does and closes it, without having
/// said so, as soon as the next one has arrived: what a pooled connection looks like that went stale
/// just as it was used again.
pub fn stale_after(
    turns: usize,
    body: impl Into<Vec<u8>>,
) -> impl Fn(&mut Exchange<'_>) -> io::Result<After> + Send + Sync + 'static {
    let answer = fixed(body);
    move |exchange| {
        if exchange.turn < turns {
            answer(exchange)
        } else {
            close(exchange)
        }
    }
}

/// Serves one request per connection and closes it afterwards without having said so.
pub fn close_quietly(
    body: impl Into<Vec<u8>>,
) -> impl Fn(&mut Exchange<'_>) -> io::Result<After> + Send + Sync + 'static {
    let answer = fixed(body);
    move |exchange| {
        answer(exchange)?;
        Ok(After::Close)
    }
}

/// Answers with `status` as soon as it has the head, leaves the content unread and keeps the
/// connection until the peer closes it.
pub fn early(
    status: u16,
    body: impl Into<Vec<u8>>,
) -> impl Fn(&mut Exchange<'_>) -> io::Result<After> + Send + Sync + 'static {
    let body = body.into();
    move |exchange| {
        exchange.reply(status, "", &body)?;
        exchange.peer_leaves();
        Ok(After::Close)
    }
}

/// Answers 200 with chunks of `piece` for as long as somebody takes them.
pub fn endless(
    piece: impl Into<Vec<u8>>,
) -> impl Fn(&mut Exchange<'_>) -> io::Result<After> + Send + Sync + 'static {
    let piece = chunk(&piece.into());
    move |exchange| {
        exchange.read_body()?;
        exchange.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
        loop {
            exchange.write(&piece)?;
        }
    }
}

/// Announces `declared` bytes, sends `sent` of them and ends the connection as `after` says.
pub fn cut_short(
    declared: usize,
    sent: usize,
    after: After,
) -> impl Fn(&mut Exchange<'_>) -> io::Result<After> + Send + Sync + 'static {
    move |exchange| {
        exchange.read_body()?;
        exchange.write(format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {declared}\r\n\r\n"
        ))?;
        exchange.write(vec![b'x'; sent])?;
        Ok(after)
    }
}

/// Answers 200 with one chunk per piece and then `trailers` (whole lines with their ends).
pub fn chunked(
    pieces: &[&str],
    trailers: &str,
) -> impl Fn(&mut Exchange<'_>) -> io::Result<After> + Send + Sync + 'static {
    let mut bytes = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for piece in pieces {
        bytes.extend(chunk(piece.as_bytes()));
    }
    bytes.extend(format!("0\r\n{trailers}\r\n").into_bytes());
    raw(bytes, After::KeepAlive)
}

/// Answers 200 with content that ends where the connection does.
pub fn until_close(
    body: impl Into<Vec<u8>>,
) -> impl Fn(&mut Exchange<'_>) -> io::Result<After> + Send + Sync + 'static {
    let mut bytes = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    bytes.extend(body.into());
    raw(bytes, After::Close)
}

/// Reads the request and sends exactly `bytes`: malformed heads, interim responses, lying lengths.
pub fn raw(
    bytes: impl Into<Vec<u8>>,
    after: After,
) -> impl Fn(&mut Exchange<'_>) -> io::Result<After> + Send + Sync + 'static {
    let bytes = bytes.into();
    move |exchange| {
        exchange.read_body()?;
        exchange.write(&bytes)?;
        Ok(after)
    }
}

fn chunk(data: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{:x}\r\n", data.len()).into_bytes();
    bytes.extend_from_slice(data);
    bytes.extend_from_slice(b"\r\n");
    bytes
}
