//! After a 101: bytes both ways until both sides have ended, one has failed, or both are silent.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::AsyncWrite;
use tokio::net::TcpStream;

use super::exchange::Exchange;
use super::half::{Half, HalfError, Means};
use crate::respond::Failure;
use crate::timer::Timer;
use crate::worker::Worker;

/// How far one direction has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Open,
    /// The source has ended and all it sent is written; the sink is being told.
    Ending,
    Ended,
}

/// Relays what follows the switch of protocols. The connection never returns to a pool.
pub(super) async fn run(
    worker: &Worker,
    exchange: &mut Exchange,
    client: &mut TcpStream,
    upstream: &mut TcpStream,
    timer: &Timer,
    idle: Duration,
) -> Result<(), Failure> {
    exchange.request.become_tunnel();
    exchange.response.become_tunnel();
    let means = Means {
        pool: &worker.buffers,
        limits: &worker.settings.limits,
    };
    let (mut up, mut down) = (Flow::Open, Flow::Open);
    let mut progress = None;
    poll_fn(|context| {
        let failed = poll_flow(
            &mut exchange.request,
            &mut up,
            client,
            upstream,
            means,
            context,
        )
        .and(poll_flow(
            &mut exchange.response,
            &mut down,
            upstream,
            client,
            means,
            context,
        ));
        if failed.is_err() {
            return Poll::Ready(Err(Failure::ClientLeft));
        }
        if up == Flow::Ended && down == Flow::Ended {
            return Poll::Ready(Ok(()));
        }
        let moved = (exchange.request.sent_bytes, exchange.response.sent_bytes);
        if progress != Some(moved) {
            progress = Some(moved);
            timer.set_from_now(idle);
        }
        timer.poll_expired(context).map(Ok)
    })
    .await
}

fn poll_flow(
    half: &mut Half,
    flow: &mut Flow,
    source: &mut TcpStream,
    sink: &mut TcpStream,
    means: Means<'_>,
    context: &mut Context<'_>,
) -> Result<(), HalfError> {
    if *flow == Flow::Open
        && let Poll::Ready(ended) = half.poll_relay(source, sink, means, context)
    {
        ended?;
        *flow = Flow::Ending;
    }
    if *flow == Flow::Ending
        && let Poll::Ready(told) = Pin::new(sink).poll_shutdown(context)
    {
        told.map_err(|_| HalfError::Sink)?;
        *flow = Flow::Ended;
    }
    Ok(())
}
