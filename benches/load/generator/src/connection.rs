//! One keep-alive connection: a request out, a checked response in.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use memchr::memmem;

/// What is wrong with a response or with the connection it should have come on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Another status than the expected one.
    Status,
    /// Other content than the expected one.
    Body,
    /// No head that this client can read: it needs a content-length.
    Malformed,
    /// Refused, reset, or closed before the response was complete.
    Connection,
}

/// What reading has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The response is not complete.
    Waiting,
    /// A good response; it was due at the given instant.
    Answered {
        /// When the request was due (open loop) or sent (closed loop).
        due: Instant,
        /// Whether the server said that it closes the connection.
        closes: bool,
    },
}

/// What a response must be.
pub(crate) struct Expected<'a> {
    /// Its status.
    pub(crate) status: u16,
    /// Its content, if that matters.
    pub(crate) body: Option<&'a [u8]>,
}

/// A connection, idle or with one request under way.
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    length: usize,
    due: Option<Instant>,
}

/// Longer responses are read in several passes.
const BUFFER_BYTES: usize = 32 * 1024;

impl Connection {
    /// Connects and makes the socket non-blocking.
    pub(crate) fn open(target: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(target)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            received: vec![0; BUFFER_BYTES],
            length: 0,
            due: None,
        })
    }

    /// The socket, to be watched.
    pub(crate) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Whether a request is under way.
    pub(crate) fn is_busy(&self) -> bool {
        self.due.is_some()
    }

    /// Sends `request`, which is far smaller than a socket buffer: a short write is a failure.
    pub(crate) fn send(&mut self, request: &[u8], due: Instant) -> Result<(), Failure> {
        self.due = Some(due);
        match self.stream.write(request) {
            Ok(written) if written == request.len() => Ok(()),
            _ => Err(Failure::Connection),
        }
    }

    /// Reads once and checks the response if it is complete.
    pub(crate) fn receive(&mut self, expected: &Expected<'_>) -> Result<Progress, Failure> {
        if self.length == self.received.len() {
            self.received.resize(self.length * 2, 0);
        }
        match self.stream.read(&mut self.received[self.length..]) {
            Ok(0) => return Err(Failure::Connection),
            Ok(read) => self.length += read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Ok(Progress::Waiting);
            }
            Err(_) => return Err(Failure::Connection),
        }
        let bytes = &self.received[..self.length];
        let Some(end) = memmem::find(bytes, b"\r\n\r\n") else {
            return Ok(Progress::Waiting);
        };
        let (head, rest) = bytes.split_at(end + 4);
        if !head.starts_with(b"HTTP/1.1 ") || self.due.is_none() {
            return Err(Failure::Malformed);
        }
        if parse_number(&head[9..12]) != Some(usize::from(expected.status)) {
            return Err(Failure::Status);
        }
        let (length, closes) = read_fields(head).ok_or(Failure::Malformed)?;
        if rest.len() < length {
            return Ok(Progress::Waiting);
        }
        if rest.len() > length || expected.body.is_some_and(|body| body != rest) {
            return Err(Failure::Body);
        }
        self.length = 0;
        let due = self.due.take().ok_or(Failure::Malformed)?;
        Ok(Progress::Answered { due, closes })
    }
}

/// The content-length, and whether the connection ends.
fn read_fields(head: &[u8]) -> Option<(usize, bool)> {
    let mut length = None;
    let mut closes = false;
    let mut start = memchr::memchr(b'\n', head)? + 1;
    while let Some(end) = memchr::memchr(b'\n', &head[start..]) {
        let line = head[start..start + end].trim_ascii_end();
        start += end + 1;
        // Both names are told by their length first: most lines are skipped after one comparison.
        match memchr::memchr(b':', line) {
            Some(14) if line[..14].eq_ignore_ascii_case(b"content-length") => {
                length = Some(parse_number(line[15..].trim_ascii())?);
            }
            Some(10) if line[..10].eq_ignore_ascii_case(b"connection") => {
                closes = line[11..].trim_ascii().eq_ignore_ascii_case(b"close");
            }
            _ => {}
        }
    }
    Some((length?, closes))
}

fn parse_number(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::read_fields;

    #[test]
    fn finds_the_two_fields_it_needs() {
        let head =
            b"HTTP/1.1 200 OK\r\ndate: now\r\nContent-Length: 84\r\nConnection: close\r\n\r\n";
        assert_eq!(read_fields(head), Some((84, true)));
        assert_eq!(
            read_fields(b"HTTP/1.1 200 OK\r\ncontent-length:3\r\n\r\n"),
            Some((3, false))
        );
        assert_eq!(read_fields(b"HTTP/1.1 200 OK\r\n\r\n"), None);
    }
}
