//! A blocking HTTP/1.1 client that sends exactly the bytes it is given.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use crate::message::{Message, Reader};
use crate::wait::PATIENCE;

/// One connection to the server under test.
#[derive(Debug)]
pub struct Client {
    reader: Reader<TcpStream>,
}

impl Client {
    /// Connects to `address`. Every read and write on the connection gives up after [`PATIENCE`].
    pub fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            reader: Reader::new(stream),
        })
    }

    /// Connects, sends `bytes` and reads one response.
    pub fn once(address: SocketAddr, bytes: impl AsRef<[u8]>) -> io::Result<Message> {
        let mut client = Self::connect(address)?;
        client.send(bytes)?;
        client.response()
    }

    /// This end's address, as the server sees it.
    pub fn address(&mut self) -> io::Result<SocketAddr> {
        self.reader.stream().local_addr()
    }

    /// Sends `bytes`, all of them.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.reader.stream().write_all(bytes.as_ref())
    }

    /// Sends a GET for `target` with a Host and no more.
    pub fn get(&mut self, target: &str) -> io::Result<Message> {
        self.send(format!("GET {target} HTTP/1.1\r\nhost: test\r\n\r\n"))?;
        self.response()
    }

    /// Sends a POST for `target` with `body` behind a content-length.
    pub fn post(&mut self, target: &str, body: &[u8]) -> io::Result<Message> {
        self.send(format!(
            "POST {target} HTTP/1.1\r\nhost: test\r\ncontent-length: {}\r\n\r\n",
            body.len()
        ))?;
        self.send(body)?;
        self.response()
    }

    /// Reads one response with its content; an interim one (100) counts as a response.
    pub fn response(&mut self) -> io::Result<Message> {
        self.read(false)
    }

    /// Reads the response to a HEAD: it has no content, whatever its fields announce.
    pub fn response_to_head(&mut self) -> io::Result<Message> {
        self.read(true)
    }

    /// Reads only a response head; [`Client::bytes`] then reads the content as it comes.
    pub fn response_head(&mut self) -> io::Result<Message> {
        self.reader
            .head()?
            .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    /// Reads once from the connection, past the messages read so far; empty after the peer's close.
    pub fn bytes(&mut self) -> io::Result<Vec<u8>> {
        let mut piece = vec![0; 16 * 1024];
        let read = self.reader.stream().read(&mut piece)?;
        piece.truncate(read);
        Ok(piece)
    }

    /// Reads what is left until the server closes, a reset included.
    pub fn rest(&mut self) -> io::Result<Vec<u8>> {
        match self.reader.rest() {
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(Vec::new()),
            other => other,
        }
    }

    /// Whether the server closes the connection, within [`PATIENCE`], without another byte.
    #[must_use]
    pub fn is_closed(&mut self) -> bool {
        matches!(self.rest(), Ok(bytes) if bytes.is_empty())
    }

    /// Says that nothing more will be sent, and goes on reading.
    pub fn finish(&mut self) -> io::Result<()> {
        self.reader.stream().shutdown(Shutdown::Write)
    }

    /// Leaves with a reset instead of a close.
    pub fn reset(self) -> io::Result<()> {
        let mut reader = self.reader;
        crate::origin::reset(reader.stream())
    }

    fn read(&mut self, to_head: bool) -> io::Result<Message> {
        let mut message = self.response_head()?;
        self.reader.response_body(&mut message, to_head)?;
        Ok(message)
    }
}
