//! The loop: waits, reads, sends what is due.

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::Errno;

use crate::arguments::Arguments;
use crate::connection::{Connection, Expected, Failure, Progress};
use crate::tally::Tally;

/// The instants at which requests are due in an open loop.
struct Schedule {
    start: Instant,
    rate: f64,
    sent: u64,
}

impl Schedule {
    /// When the next request is due. Computed from the start each time, so that nothing drifts.
    fn next(&self) -> Instant {
        #[expect(clippy::cast_precision_loss, reason = "2^53 requests are never sent")]
        let seconds = self.sent as f64 / self.rate;
        self.start + Duration::from_secs_f64(seconds)
    }

    /// How many requests are due at `now` and not sent.
    fn overdue(&self, now: Instant) -> u64 {
        #[expect(
            clippy::cast_sign_loss,
            reason = "a duration and a rate are not negative"
        )]
        let passed = (now.duration_since(self.start).as_secs_f64() * self.rate) as u64;
        // The first request is due at the start itself.
        (passed + 1).saturating_sub(self.sent)
    }
}

/// All connections and what they are up to.
pub(crate) struct Load<'a> {
    arguments: &'a Arguments,
    epoll: OwnedFd,
    connections: Vec<Connection>,
    /// Open loop: connections without a request, the one longest idle first.
    idle: VecDeque<usize>,
    schedule: Option<Schedule>,
    tally: Tally,
}

impl<'a> Load<'a> {
    /// Opens all connections.
    pub(crate) fn connect(arguments: &'a Arguments) -> io::Result<Self> {
        let mut load = Self {
            arguments,
            epoll: epoll::create(CreateFlags::CLOEXEC)?,
            connections: Vec::with_capacity(arguments.connections),
            idle: (0..arguments.connections).collect(),
            schedule: None,
            tally: Tally::new(),
        };
        for index in 0..arguments.connections {
            let connection = Connection::open(arguments.target)?;
            load.watch(&connection, index)?;
            load.connections.push(connection);
        }
        Ok(load)
    }

    /// Forgets what was counted so far.
    pub(crate) fn restart_tally(&mut self) {
        self.tally = Tally::new();
    }

    /// What was counted since.
    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Keeps the load up until `end`; what is under way then stays so for the next call.
    pub(crate) fn run(&mut self, end: Instant) -> io::Result<()> {
        if self.arguments.rate > 0.0 {
            self.schedule.get_or_insert_with(|| Schedule {
                start: Instant::now(),
                rate: self.arguments.rate,
                sent: 0,
            });
        } else {
            let now = Instant::now();
            while let Some(index) = self.idle.pop_front() {
                self.send(index, now)?;
            }
        }
        let mut events = Vec::with_capacity(self.arguments.connections.max(1));
        loop {
            self.send_due()?;
            let now = Instant::now();
            if now >= end {
                return Ok(());
            }
            let timeout = self.next_wake(end).saturating_duration_since(now);
            events.clear();
            match self.wait(&mut events, timeout) {
                Ok(()) => {}
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(errno.into()),
            }
            for event in &events {
                let index = event.data.u64();
                self.receive(usize::try_from(index).map_err(io::Error::other)?)?;
            }
        }
    }

    fn wait(&self, events: &mut Vec<Event>, timeout: Duration) -> Result<(), Errno> {
        let timeout = Timespec::try_from(timeout).map_err(|_| Errno::INVAL)?;
        let spare = rustix::buffer::spare_capacity(events);
        epoll::wait(&self.epoll, spare, Some(&timeout)).map(drop)
    }

    fn next_wake(&self, end: Instant) -> Instant {
        match &self.schedule {
            Some(schedule) if !self.idle.is_empty() => schedule.next().min(end),
            _ => end,
        }
    }

    /// Open loop: sends what is due as far as there are free connections.
    fn send_due(&mut self) -> io::Result<()> {
        let Some(schedule) = &mut self.schedule else {
            return Ok(());
        };
        let overdue = schedule.overdue(Instant::now());
        let mut ready = Vec::new();
        for _ in 0..overdue {
            let Some(index) = self.idle.pop_front() else {
                break;
            };
            ready.push((index, schedule.next()));
            schedule.sent += 1;
        }
        self.tally.waiting(overdue - ready.len() as u64);
        ready
            .into_iter()
            .try_for_each(|(index, due)| self.send(index, due))
    }

    fn send(&mut self, index: usize, due: Instant) -> io::Result<()> {
        match self.connections[index].send(&self.arguments.request, due) {
            Ok(()) => Ok(()),
            Err(failure) => self.fail(index, failure),
        }
    }

    fn receive(&mut self, index: usize) -> io::Result<()> {
        let expected = Expected {
            status: self.arguments.status,
            body: self.arguments.body.as_deref(),
        };
        match self.connections[index].receive(&expected) {
            Ok(Progress::Waiting) => Ok(()),
            Ok(Progress::Answered { due, closes }) => {
                let now = Instant::now();
                self.tally.answered(now.saturating_duration_since(due));
                if closes {
                    self.tally.reconnected();
                    self.reopen(index)?;
                }
                self.free(index, now)
            }
            Err(failure) => self.fail(index, failure),
        }
    }

    /// Counts `failure`, unless an idle connection merely ended, and starts over on a new connection.
    fn fail(&mut self, index: usize, failure: Failure) -> io::Result<()> {
        let was_idle = !self.connections[index].is_busy();
        self.reopen(index)?;
        if was_idle {
            self.tally.reconnected();
            return Ok(());
        }
        self.tally.failed(failure);
        self.free(index, Instant::now())
    }

    /// The connection can take its next request: at once in a closed loop, when due in an open one.
    fn free(&mut self, index: usize, now: Instant) -> io::Result<()> {
        if self.schedule.is_some() {
            self.idle.push_back(index);
            return Ok(());
        }
        self.send(index, now)
    }

    fn reopen(&mut self, index: usize) -> io::Result<()> {
        let connection = Connection::open(self.arguments.target)?;
        self.watch(&connection, index)?;
        self.connections[index] = connection;
        Ok(())
    }

    fn watch(&self, connection: &Connection, index: usize) -> io::Result<()> {
        let data = EventData::new_u64(index as u64);
        Ok(epoll::add(
            &self.epoll,
            connection.stream(),
            data,
            EventFlags::IN,
        )?)
    }
}
