//! Receive buffers, lent from a per-worker pool while bytes are pending: an idle connection holds none.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;

/// Room for a body behind the largest head, which is kept while its request is under way.
const BODY_ROOM: usize = 16 * 1024;
/// Free buffers a worker keeps; a burst beyond that gives its memory back.
const KEPT: usize = 64;

/// The free buffers of one worker.
pub(crate) struct BufferPool {
    free: RefCell<Vec<Box<[u8]>>>,
    capacity: usize,
}

impl BufferPool {
    /// Buffers in which heads of `head_bytes` fit, with room behind them.
    pub(crate) fn new(head_bytes: usize) -> Self {
        Self {
            free: RefCell::default(),
            capacity: head_bytes + BODY_ROOM,
        }
    }

    fn lend(&self) -> Box<[u8]> {
        let free = self.free.borrow_mut().pop();
        free.unwrap_or_else(|| vec![0; self.capacity].into_boxed_slice())
    }

    fn give_back(&self, bytes: Box<[u8]>) {
        let mut free = self.free.borrow_mut();
        if free.len() < KEPT {
            free.push(bytes);
        }
    }
}

/// Received bytes that wait to be used. The first `pinned` bytes (a head that is still looked at)
/// stay where they are until [`Buffer::unpin`].
#[derive(Default)]
pub(crate) struct Buffer {
    bytes: Box<[u8]>,
    pinned: usize,
    start: usize,
    end: usize,
}

impl Buffer {
    /// The bytes that wait.
    #[must_use]
    pub(crate) fn data(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Whether none wait.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// The pinned bytes.
    #[must_use]
    pub(crate) fn pinned(&self) -> &[u8] {
        &self.bytes[..self.pinned]
    }

    /// Drops `count` bytes from the front.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start += count;
        debug_assert!(self.start <= self.end, "consumed more than was received");
        if self.start == self.end {
            self.start = self.pinned;
            self.end = self.pinned;
        }
    }

    /// Keeps the first `count` waiting bytes where they are and takes them from the front.
    pub(crate) fn pin(&mut self, count: usize) {
        debug_assert!(self.pinned == 0, "one head at a time");
        if self.start != 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
        }
        self.pinned = count;
        self.start = count;
    }

    /// Lets go of the pinned bytes.
    pub(crate) fn unpin(&mut self) {
        self.pinned = 0;
        if self.is_empty() {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.pinned = 0;
        self.start = 0;
        self.end = 0;
    }

    /// Whether no more bytes fit.
    #[must_use]
    pub(crate) fn is_full(&self) -> bool {
        !self.bytes.is_empty() && self.start == self.pinned && self.end == self.bytes.len()
    }

    /// Forgets everything and gives the memory back.
    pub(crate) fn release(&mut self, pool: &BufferPool) {
        let bytes = std::mem::take(&mut self.bytes);
        *self = Self::default();
        if !bytes.is_empty() {
            pool.give_back(bytes);
        }
    }

    /// Reads once from `stream`; 0 is the end of input. Borrows memory only once bytes are there.
    ///
    /// `poll_read` (not `try_read`) on purpose: after a short read it knows that the socket is
    /// empty, so no second system call finds it out.
    pub(crate) fn poll_fill(
        &mut self,
        stream: &mut TcpStream,
        pool: &BufferPool,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if self.bytes.is_empty() {
            ready!(stream.poll_read_ready(context))?;
            self.bytes = pool.lend();
        }
        if self.end == self.bytes.len() && self.start > self.pinned {
            self.bytes.copy_within(self.start..self.end, self.pinned);
            self.end -= self.start - self.pinned;
            self.start = self.pinned;
        }
        debug_assert!(self.end < self.bytes.len(), "asked for more than fits");
        let mut room = ReadBuf::new(&mut self.bytes[self.end..]);
        ready!(Pin::new(stream).poll_read(context, &mut room))?;
        let count = room.filled().len();
        self.end += count;
        Poll::Ready(Ok(count))
    }
}

#[cfg(test)]
impl Buffer {
    /// A full buffer, as if `bytes` had been received.
    pub(crate) fn holding(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.into(),
            pinned: 0,
            start: 0,
            end: bytes.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_head_outlives_the_body_behind_it() {
        let mut buffer = Buffer::holding(b"HEADbodyNEXT");
        buffer.pin(4);
        assert_eq!(
            (buffer.pinned(), buffer.data()),
            (&b"HEAD"[..], &b"bodyNEXT"[..])
        );
        buffer.consume(4);
        assert_eq!(buffer.pinned(), b"HEAD");
        buffer.unpin();
        buffer.pin(2);
        assert_eq!((buffer.pinned(), buffer.data()), (&b"NE"[..], &b"XT"[..]));
        buffer.consume(2);
        buffer.unpin();
        assert!(buffer.is_empty() && !buffer.is_full());
    }

    #[test]
    fn released_memory_is_lent_again() {
        let pool = BufferPool::new(1_024);
        let mut buffer = Buffer {
            bytes: pool.lend(),
            pinned: 0,
            start: 0,
            end: 3,
        };
        let memory = buffer.bytes.as_ptr();
        buffer.release(&pool);
        assert!(buffer.is_empty());
        let again = pool.lend();
        assert_eq!(again.as_ptr(), memory);
    }
}
