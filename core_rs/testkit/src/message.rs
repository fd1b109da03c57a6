//! Reading HTTP/1.1 messages off a blocking stream, leniently and with hindsight.
//!
//! This reader is for the far ends of a test. It accepts more than the grammar does, since what a
//! proxy puts on the wire is to be shown as it is, and it keeps the raw bytes beside the parts.

use std::io::{self, Read};

/// One message: a request as an origin saw it, or a response as a client saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The request line or the status line, without its line end.
    pub start_line: String,
    /// Fields in the order and with the names they came with; values as text, lossily.
    pub fields: Vec<(String, String)>,
    /// The content, without chunk framing.
    pub body: Vec<u8>,
    /// Whether the content came in chunks.
    pub chunked: bool,
    /// Fields after the last chunk.
    pub trailers: Vec<(String, String)>,
    /// The head exactly as received, with the blank line.
    pub raw_head: Vec<u8>,
}

/// How the end of the content is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Length(usize),
    Chunked,
    UntilClose,
}

impl Message {
    /// Every value of the field `name`, whatever the case of its letters.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields
            .iter()
            .filter(move |(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The first value of the field `name`.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The status code of a response, 0 where the start line holds none.
    #[must_use]
    pub fn status(&self) -> u16 {
        let code = self.start_line.split(' ').nth(1);
        code.and_then(|code| code.parse().ok()).unwrap_or(0)
    }

    /// The method of a request.
    #[must_use]
    pub fn method(&self) -> &str {
        self.start_line.split(' ').next().unwrap_or("")
    }

    /// The target of a request.
    #[must_use]
    pub fn target(&self) -> &str {
        self.start_line.split(' ').nth(1).unwrap_or("")
    }

    /// Whether the sender asked to close the connection after this message.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.values("connection")
            .any(|value| value.to_ascii_lowercase().contains("close"))
    }

    fn framing(&self, is_response: bool) -> Framing {
        let chunked = self
            .values("transfer-encoding")
            .any(|value| value.to_ascii_lowercase().contains("chunked"));
        let length = self.value("content-length").and_then(|n| n.parse().ok());
        match (chunked, length) {
            (true, _) => Framing::Chunked,
            (false, Some(length)) => Framing::Length(length),
            (false, None) if is_response => Framing::UntilClose,
            (false, None) => Framing::Length(0),
        }
    }
}

/// Reads messages one after the other and keeps what was read beyond them.
#[derive(Debug)]
pub struct Reader<S> {
    stream: S,
    buffer: Vec<u8>,
}

impl<S: Read> Reader<S> {
    /// Reads from `stream`.
    pub fn new(stream: S) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
        }
    }

    /// The stream, for writing or for its socket options.
    pub fn stream(&mut self) -> &mut S {
        &mut self.stream
    }

    /// Reads the next head. `Ok(None)`: the peer closed before its first byte.
    ///
    /// A close within the head is `UnexpectedEof`.
    pub fn head(&mut self) -> io::Result<Option<Message>> {
        let end = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
            if self.fill()? == 0 {
                if self.buffer.is_empty() {
                    return Ok(None);
                }
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        let raw_head: Vec<u8> = self.buffer.drain(..end).collect();
        let text = String::from_utf8_lossy(&raw_head).into_owned();
        let mut lines = text.trim_end_matches("\r\n").split("\r\n");
        Ok(Some(Message {
            start_line: lines.next().unwrap_or("").to_owned(),
            fields: lines.map(field).collect(),
            raw_head,
            ..Message::default()
        }))
    }

    /// Reads the content of a request whose head was read before.
    pub fn request_body(&mut self, message: &mut Message) -> io::Result<()> {
        let framing = message.framing(false);
        self.body(message, framing)
    }

    /// Reads the content of a response. `to_head`: the request was a HEAD, so there is none.
    pub fn response_body(&mut self, message: &mut Message, to_head: bool) -> io::Result<()> {
        let status = message.status();
        if to_head || status < 200 || status == 204 || status == 304 {
            return Ok(());
        }
        let framing = message.framing(true);
        self.body(message, framing)
    }

    /// Reads everything up to the peer's close.
    pub fn rest(&mut self) -> io::Result<Vec<u8>> {
        while self.fill()? > 0 {}
        Ok(std::mem::take(&mut self.buffer))
    }

    fn body(&mut self, message: &mut Message, framing: Framing) -> io::Result<()> {
        match framing {
            Framing::Length(length) => message.body = self.exactly(length)?,
            Framing::UntilClose => message.body = self.rest()?,
            Framing::Chunked => {
                message.chunked = true;
                loop {
                    let line = self.line()?;
                    let digits = line.split(';').next().unwrap_or("").trim();
                    let size = usize::from_str_radix(digits, 16)
                        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
                    if size == 0 {
                        break;
                    }
                    message.body.extend(self.exactly(size)?);
                    self.line()?;
                }
                loop {
                    let line = self.line()?;
                    if line.is_empty() {
                        break;
                    }
                    message.trailers.push(field(&line));
                }
            }
        }
        Ok(())
    }

    fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(at) = find(&self.buffer, b"\r\n") {
                let line: Vec<u8> = self.buffer.drain(..at + 2).collect();
                return Ok(String::from_utf8_lossy(&line[..at]).into_owned());
            }
            self.fill_or_fail()?;
        }
    }

    fn exactly(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < length {
            self.fill_or_fail()?;
        }
        Ok(self.buffer.drain(..length).collect())
    }

    fn fill_or_fail(&mut self) -> io::Result<()> {
        match self.fill()? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    fn fill(&mut self) -> io::Result<usize> {
        let mut piece = [0; 16 * 1024];
        let read = self.stream.read(&mut piece)?;
        self.buffer.extend_from_slice(&piece[..read]);
        Ok(read)
    }
}

fn field(line: &str) -> (String, String) {
    let (name, value) = line.split_once(':').unwrap_or((line, ""));
    (name.to_owned(), value.trim().to_owned())
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
