//! A listening server on a loopback port of its own, whose behaviour is a closure.

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::message::{Message, Reader};
use crate::wait::PATIENCE;

/// What becomes of the connection after an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Wait for the next request on it.
    KeepAlive,
    /// Close it in order.
    Close,
    /// Close the sending side only and wait for the peer to close the other.
    HalfClose,
    /// Send a reset, which also throws away what the peer has not read.
    Reset,
}

/// One request on one connection, its content not yet read.
#[derive(Debug)]
pub struct Exchange<'a> {
    /// The request's head; [`Exchange::read_body`] adds the content.
    pub request: Message,
    /// The connection's number, counted from 0 in the order of accepting.
    pub connection: usize,
    /// The number of this request on its connection, counted from 0.
    pub turn: usize,
    reader: &'a mut Reader<TcpStream>,
    shared: &'a Shared,
    record: usize,
}

impl Exchange<'_> {
    /// Reads the content into [`Exchange::request`].
    pub fn read_body(&mut self) -> io::Result<()> {
        self.reader.request_body(&mut self.request)?;
        locked(&self.shared.requests)[self.record].clone_from(&self.request);
        Ok(())
    }

    /// Sends `bytes`, all of them.
    pub fn write(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.reader.stream().write_all(bytes.as_ref())
    }

    /// Sends a head with `status`, `fields` (whole lines with their ends) and `body`'s length, then `body`.
    pub fn reply(&mut self, status: u16, fields: &str, body: &[u8]) -> io::Result<()> {
        let mut bytes = format!(
            "HTTP/1.1 {status} Test\r\n{fields}content-length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        bytes.extend_from_slice(body);
        self.write(bytes)
    }

    /// Waits until the peer closes or resets the connection; what it still sends is dropped.
    ///
    /// Returns false when it did neither within [`PATIENCE`].
    pub fn peer_leaves(&mut self) -> bool {
        match self.reader.rest() {
            Ok(_) => true,
            Err(error) => !matches!(
                error.kind(),
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
            ),
        }
    }

    /// The raw stream, for tunnels and socket options.
    pub fn stream(&mut self) -> &mut TcpStream {
        self.reader.stream()
    }
}

/// What an origin does with each request.
pub type Behaviour = dyn Fn(&mut Exchange<'_>) -> io::Result<After> + Send + Sync;

#[derive(Debug, Default)]
struct Shared {
    stopping: AtomicBool,
    accepted: AtomicUsize,
    open: AtomicUsize,
    requests: Mutex<Vec<Message>>,
    /// Second handles of the open connections, for `Drop`. A socket is closed on the wire when its
    /// last handle is, so each is taken out as soon as its connection ends.
    streams: Mutex<HashMap<usize, TcpStream>>,
}

/// A running origin. Dropping it closes the port and every connection.
pub struct Origin {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

impl Origin {
    /// Listens on a free loopback port and answers each request with `behaviour`.
    ///
    /// Each connection has a thread; reads on it give up after [`PATIENCE`].
    pub fn start<B>(behaviour: B) -> io::Result<Self>
    where
        B: Fn(&mut Exchange<'_>) -> io::Result<After> + Send + Sync + 'static,
    {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), behaviour)
    }

    /// As [`Origin::start`], at a given address: for an origin that comes back.
    pub fn start_at<B>(address: SocketAddr, behaviour: B) -> io::Result<Self>
    where
        B: Fn(&mut Exchange<'_>) -> io::Result<After> + Send + Sync + 'static,
    {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let behaviour: Arc<Behaviour> = Arc::new(behaviour);
        let acceptor = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared, &behaviour)
        });
        Ok(Self {
            address,
            shared,
            acceptor: Some(acceptor),
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections it has accepted.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.accepted.load(Ordering::Acquire)
    }

    /// How many of them have not ended.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.shared.open.load(Ordering::Acquire)
    }

    /// Every request whose head has arrived, with its content as soon as all of that was read.
    ///
    /// A request is in the list before its answer is on the wire.
    #[must_use]
    pub fn requests(&self) -> Vec<Message> {
        locked(&self.shared.requests).clone()
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::Release);
        // Wakes the acceptor; if it is gone already there is nobody to wake.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
        for stream in locked(&self.shared.streams).values() {
            // Fails only for a connection that has ended by itself.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// An address on loopback where nobody listens: connecting to it is refused.
pub fn refused_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// Closes `stream` with a reset: lingering for no time drops what is unsent and skips the FIN.
pub(crate) fn reset(stream: &TcpStream) -> io::Result<()> {
    let socket = socket2::SockRef::from(stream);
    socket.set_linger(Some(Duration::ZERO))
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>, behaviour: &Arc<Behaviour>) {
    for stream in listener.incoming() {
        if shared.stopping.load(Ordering::Acquire) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let connection = shared.accepted.fetch_add(1, Ordering::AcqRel);
        shared.open.fetch_add(1, Ordering::AcqRel);
        if let Ok(clone) = stream.try_clone() {
            locked(&shared.streams).insert(connection, clone);
        }
        let (shared, behaviour) = (Arc::clone(shared), Arc::clone(behaviour));
        std::thread::spawn(move || {
            // A connection that fails is what many tests are about: the peer's view is asserted.
            let _ = serve(stream, connection, &shared, &*behaviour);
            locked(&shared.streams).remove(&connection);
            shared.open.fetch_sub(1, Ordering::AcqRel);
        });
    }
}

fn serve(
    stream: TcpStream,
    connection: usize,
    shared: &Shared,
    behaviour: &Behaviour,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut reader = Reader::new(stream);
    for turn in 0.. {
        let Some(request) = reader.head()? else { break };
        let record = {
            let mut requests = locked(&shared.requests);
            requests.push(request.clone());
            requests.len() - 1
        };
        let mut exchange = Exchange {
            request,
            connection,
            turn,
            reader: &mut reader,
            shared,
            record,
        };
        match behaviour(&mut exchange)? {
            After::KeepAlive => {}
            After::Close => break,
            After::HalfClose => {
                reader.stream().shutdown(Shutdown::Write)?;
                reader.rest()?;
                break;
            }
            After::Reset => {
                reset(reader.stream())?;
                break;
            }
        }
    }
    Ok(())
}

/// A thread that panicked while it held the lock left a list, which is still a list.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
