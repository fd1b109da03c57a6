//! The exchange with the upstream: request out, response back, both at once.

use std::future::poll_fn;
use std::ops::ControlFlow;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http1::{Edits, Framing, Version, framing};
use tokio::net::TcpStream;

use super::connection::{Connection, Persistence};
use super::exchange::Exchange;
use super::half::{HalfError, Means};
use super::tunnel;
use crate::pool::Upstream;
use crate::respond::Failure;
use crate::settings::Timeouts;
use crate::timer::Timer;
use crate::upstream::Connected;
use crate::worker::Worker;

/// Interim (1xx) responses an upstream may send before its final one.
const INTERIM_RESPONSES: u32 = 16;

/// How one try of a request ended.
pub(crate) enum Try {
    /// The upstream's response head is here.
    Answered,
    /// Nothing came back on a reused connection and nothing is lost: try on a fresh one.
    Replay,
}

/// How the whole exchange ended.
pub(crate) struct Forwarded {
    /// What becomes of the client's connection.
    pub(crate) persistence: Persistence,
    /// Whether the upstream connection may carry another request.
    pub(crate) reuse: bool,
}

/// Sends the request and waits for the response head.
pub(crate) async fn send(
    connection: &mut Connection,
    exchange: &mut Exchange,
    connected: &mut Connected,
    deadline: Option<Instant>,
) -> Result<Try, Failure> {
    let worker = std::rc::Rc::clone(&connection.worker);
    if exchange.request_head.expects_continue()
        && !exchange.request.is_received()
        && exchange.request.input.is_empty()
    {
        // The request is permitted and its upstream is there: the client may send the body.
        exchange.response.output.extend_from_slice(http1::CONTINUE);
    }
    let (stream, timer) = connection.stream_and_timer();
    let mut relay = Relay::new(
        &worker,
        exchange,
        stream,
        &mut connected.upstream,
        timer,
        deadline,
    );
    let result = poll_fn(|context| relay.poll_head(context)).await;
    match result {
        Err(Failure::UpstreamClosed)
            if connected.reused
                && exchange.response.input.is_empty()
                && exchange.request_head.is_idempotent()
                && exchange.request.can_resend() =>
        {
            exchange.request.resend();
            Ok(Try::Replay)
        }
        Err(failure) => Err(failure),
        Ok(()) => Ok(Try::Answered),
    }
}

/// Writes the response head, with its edits, and relays the rest.
pub(crate) async fn finish(
    connection: &mut Connection,
    exchange: &mut Exchange,
    connected: &mut Connected,
    status: u16,
) -> Result<Forwarded, Failure> {
    let worker = std::rc::Rc::clone(&connection.worker);
    let switched = exchange.response_head.switches_to_websocket();
    let keep = connection.may_persist() && exchange.request.is_received();
    let framing = framing(&exchange.request_head, &exchange.response_head, keep);
    exchange.write_response_head(status, framing);
    exchange.request.let_go();
    let (stream, timer) = connection.stream_and_timer();
    if switched {
        let idle = worker.settings.timeouts.response_idle;
        tunnel::run(
            &worker,
            exchange,
            stream,
            &mut connected.upstream.stream,
            timer,
            idle,
        )
        .await?;
        return Ok(Forwarded {
            persistence: Persistence::Close,
            reuse: false,
        });
    }
    let mut relay = Relay::new(
        &worker,
        exchange,
        stream,
        &mut connected.upstream,
        timer,
        None,
    );
    poll_fn(|context| relay.poll_rest(context)).await?;
    let sent = !relay.upstream_deaf && exchange.request.is_done();
    let clean = exchange.response.input.is_empty() && exchange.response_head.keep_alive();
    let received = exchange.request.is_received();
    Ok(Forwarded {
        persistence: if framing.keep_alive() && received {
            Persistence::KeepAlive
        } else {
            Persistence::Close
        },
        reuse: sent && clean,
    })
}

/// Everything the polls of one exchange touch.
struct Relay<'a> {
    worker: &'a Worker,
    exchange: &'a mut Exchange,
    client: &'a mut TcpStream,
    upstream: &'a mut Upstream,
    timer: &'a Timer,
    deadline: Option<Instant>,
    /// Writing to the upstream failed; its answer may still come.
    upstream_deaf: bool,
    interim: u32,
    /// Bytes moved when the timer was last set.
    progress: Option<u64>,
}

impl<'a> Relay<'a> {
    fn new(
        worker: &'a Worker,
        exchange: &'a mut Exchange,
        client: &'a mut TcpStream,
        upstream: &'a mut Upstream,
        timer: &'a Timer,
        deadline: Option<Instant>,
    ) -> Self {
        Self {
            worker,
            exchange,
            client,
            upstream,
            timer,
            deadline,
            upstream_deaf: false,
            interim: 0,
            progress: None,
        }
    }

    fn means(&self) -> Means<'a> {
        Means {
            pool: &self.worker.buffers,
            limits: &self.worker.settings.limits,
        }
    }

    /// Sends the request; ready with the final response head at the front of the response input.
    fn poll_head(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.poll_request(context)?;
        if self.exchange.response.has_output()
            && let Poll::Ready(Err(_)) = self.exchange.response.poll_write_out(self.client, context)
        {
            return Poll::Ready(Err(Failure::ClientLeft));
        }
        let pool = self.means().pool;
        loop {
            let input = &mut self.exchange.response.input;
            let Poll::Ready(read) = input.poll_fill(&mut self.upstream.stream, pool, context)
            else {
                return self.keep_time(context, false);
            };
            match read {
                Ok(0) | Err(_) if input.is_empty() => {
                    return Poll::Ready(Err(Failure::UpstreamClosed));
                }
                Ok(0) | Err(_) => {
                    return Poll::Ready(Err(Failure::UpstreamBody("response_head_incomplete")));
                }
                Ok(_) => {}
            }
            if self.parse_heads()?.is_break() {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Relays what is left of both messages; ready when the response is written to its end.
    fn poll_rest(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.poll_request(context)?;
        let means = self.means();
        let response = &mut self.exchange.response;
        match response.poll_relay(&mut self.upstream.stream, self.client, means, context) {
            Poll::Ready(Ok(())) => Poll::Ready(Ok(())),
            Poll::Ready(Err(HalfError::Sink)) => Poll::Ready(Err(Failure::ClientLeft)),
            Poll::Ready(Err(HalfError::Source)) => {
                Poll::Ready(Err(Failure::UpstreamBody("response_body_reset")))
            }
            Poll::Ready(Err(HalfError::Ended | HalfError::TooLarge)) => {
                Poll::Ready(Err(Failure::UpstreamBody("response_body_incomplete")))
            }
            Poll::Ready(Err(HalfError::Framing(error))) => {
                Poll::Ready(Err(Failure::UpstreamBody(error.reason())))
            }
            Poll::Pending => self.keep_time(context, true),
        }
    }

    /// Moves the request on, and notices a client that leaves.
    fn poll_request(&mut self, context: &mut Context<'_>) -> Result<(), Failure> {
        let means = self.means();
        let request = &mut self.exchange.request;
        if !self.upstream_deaf {
            match request.poll_relay(self.client, &mut self.upstream.stream, means, context) {
                Poll::Ready(Err(HalfError::Sink)) => self.upstream_deaf = true,
                Poll::Ready(Err(HalfError::Source | HalfError::Ended)) => {
                    return Err(Failure::ClientLeft);
                }
                Poll::Ready(Err(HalfError::Framing(error))) => return Err(Failure::Body(error)),
                Poll::Ready(Err(HalfError::TooLarge)) => return Err(Failure::BodyTooLarge),
                Poll::Ready(Ok(())) | Poll::Pending => {}
            }
        }
        // A whole request leaves the client's socket unwatched; bytes it sends early are kept for
        // the next request, as far as they fit.
        while request.is_received() && !request.input.is_full() {
            match request.input.poll_fill(self.client, means.pool, context) {
                Poll::Ready(Ok(0) | Err(_)) => return Err(Failure::ClientLeft),
                Poll::Ready(Ok(_)) => {}
                Poll::Pending => break,
            }
        }
        Ok(())
    }

    /// Looks for the final head in what was received; passes interim ones on.
    fn parse_heads(&mut self) -> Result<ControlFlow<()>, Failure> {
        let limits = self.means().limits;
        let exchange = &mut *self.exchange;
        while !exchange.response.input.is_empty() {
            let bytes = exchange.response.input.data();
            let parsed =
                exchange
                    .response_head
                    .parse(bytes, limits, exchange.request_head.is_head());
            let Some(length) = parsed.map_err(Failure::UpstreamHead)? else {
                if exchange.response.input.is_full() {
                    return Err(Failure::UpstreamBody("response_head_too_large"));
                }
                return Ok(ControlFlow::Continue(()));
            };
            let head = &exchange.response_head;
            if !head.is_interim() {
                let switches = head.status() == 101;
                if switches
                    && !(head.switches_to_websocket()
                        && exchange.request_head.upgrades_to_websocket())
                {
                    return Err(Failure::UpstreamBody("unexpected_switch"));
                }
                exchange.response.input.pin(length);
                return Ok(ControlFlow::Break(()));
            }
            self.interim += 1;
            if self.interim > INTERIM_RESPONSES {
                return Err(Failure::UpstreamBody("too_many_interim_responses"));
            }
            // The proxy answers expectations itself, so an upstream's 100 is for nobody.
            if head.status() != 100 && exchange.request_head.version() == Version::Http11 {
                let framing = framing(&exchange.request_head, head, true);
                let (bytes, output) = exchange.response.input_and_output();
                head.write(bytes.data(), head.status(), &Edits::new(), framing, output);
            }
            exchange.response.input.consume(length);
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Sets the timer anew whenever bytes have moved; says which patience ran out.
    fn keep_time(
        &mut self,
        context: &mut Context<'_>,
        responding: bool,
    ) -> Poll<Result<(), Failure>> {
        let exchange = &*self.exchange;
        let moved = exchange.request.payload_bytes
            + exchange.request.sent_bytes
            + exchange.response.payload_bytes
            + exchange.response.sent_bytes;
        let timeouts = &self.worker.settings.timeouts;
        if self.progress != Some(moved) {
            // The first time follows a reading of the clock in the same poll.
            let wheel = &self.worker.wheel;
            let now = if self.progress.is_some() {
                wheel.now()
            } else {
                wheel.recent()
            };
            self.progress = Some(moved);
            let (patience, _) = self.patience(timeouts, responding);
            let left = self
                .deadline
                .map(|deadline| deadline.saturating_duration_since(now));
            self.timer
                .set(left.map_or(patience, |left| left.min(patience)));
        }
        if self.timer.poll_expired(context).is_pending() {
            return Poll::Pending;
        }
        let late = self
            .deadline
            .is_some_and(|deadline| Instant::now() >= deadline);
        let (_, failure) = self.patience(timeouts, responding);
        Poll::Ready(Err(if late {
            Failure::RequestTimeout
        } else {
            failure
        }))
    }

    /// Who is waited for: how long, and what it is called when that was in vain.
    fn patience(&self, timeouts: &Timeouts, responding: bool) -> (Duration, Failure) {
        let exchange = &*self.exchange;
        if responding && exchange.response.has_output() {
            return (timeouts.body_idle, Failure::ClientLeft);
        }
        if !exchange.request.is_received() && !exchange.request.has_output() && !responding {
            return (timeouts.body_idle, Failure::BodyTimeout);
        }
        (timeouts.response_idle, Failure::ResponseTimeout)
    }
}

impl Exchange {
    fn write_response_head(&mut self, status: u16, framing: Framing) {
        self.response.begin_message();
        let (input, output) = self.response.input_and_output();
        self.response_head.write(
            input.pinned(),
            status,
            &self.response_edits,
            framing,
            output,
        );
        input.unpin();
        self.response
            .expect_body(self.response_head.body(), u64::MAX);
        self.response.send_body_as(framing.body);
    }
}
