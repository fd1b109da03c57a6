//! Answers of the proxy's own: refusals, failures, plugins' replies.

use std::borrow::Cow;
use std::future::poll_fn;
use std::task::Poll;

use super::connection::{Connection, Persistence};
use super::exchange::Exchange;
use crate::hooks::Reply;
use crate::respond::Failure;
use crate::telemetry::{Family, Flags};

/// Tells the client of `failure`, if an answer has not begun, and ends the connection unless the
/// request was whole and the failure was not its own.
pub(crate) async fn refuse(
    connection: &mut Connection,
    exchange: &mut Exchange,
    failure: &Failure,
) -> Persistence {
    let answer = failure.answer();
    exchange.open_if_closed(&connection.worker);
    exchange.record.flags.insert(answer.flags);
    exchange.record.reason = Cow::Borrowed(answer.reason);
    if matches!(
        failure,
        Failure::Head(_) | Failure::Path(_) | Failure::Body(_)
    ) {
        connection
            .worker
            .telemetry
            .count(Family::Rejects, answer.reason);
    }
    if answer.status == 0 || !exchange.response.is_untouched() {
        return Persistence::Close;
    }
    exchange.record.status = answer.status;
    let keep = failure.is_upstreams() && may_persist(connection, exchange);
    exchange.response.take_back();
    http1::write_reply(
        answer.status,
        &[("x-pymesh-error", answer.reason.as_bytes())],
        b"",
        exchange.head().is_head(),
        !keep,
        &mut exchange.response.output,
    );
    send(connection, exchange, keep).await
}

/// Gives the client the answer of a plugin or a rule.
pub(crate) async fn reply(
    connection: &mut Connection,
    exchange: &mut Exchange,
    reply: Reply,
) -> Persistence {
    let flag = if reply.denied {
        Flags::UNAUTHORIZED
    } else {
        Flags::DIRECT_RESPONSE
    };
    exchange.record.flags.insert(flag);
    exchange.record.status = reply.status;
    let keep = may_persist(connection, exchange);
    let named = reply.status >= 400 && !reply.reason.is_empty();
    let fields: Vec<(&str, &[u8])> = reply
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_slice()))
        .chain(named.then_some(("x-pymesh-error", reply.reason.as_bytes())))
        .collect();
    exchange.response.take_back();
    http1::write_reply(
        reply.status,
        &fields,
        &reply.body,
        exchange.request_head.is_head(),
        !keep,
        &mut exchange.response.output,
    );
    exchange.record.reason = reply.reason;
    if !reply.plugin.is_empty() {
        exchange.record.plugin = Some(reply.plugin);
    }
    send(connection, exchange, keep).await
}

/// The client may send another request: this one is whole, and neither side wants to end.
fn may_persist(connection: &Connection, exchange: &Exchange) -> bool {
    exchange.request_head.keep_alive() && exchange.request.is_received() && connection.may_persist()
}

async fn send(connection: &mut Connection, exchange: &mut Exchange, keep: bool) -> Persistence {
    let patience = connection.worker.settings.timeouts.body_idle;
    let (stream, timer) = connection.stream_and_timer();
    timer.set(patience);
    let sent = poll_fn(|context| {
        if let Poll::Ready(sent) = exchange.response.poll_write_out(stream, context) {
            return Poll::Ready(sent.is_ok());
        }
        timer.poll_expired(context).map(|()| false)
    })
    .await;
    if !sent {
        exchange
            .record
            .flags
            .insert(Flags::DOWNSTREAM_CONNECTION_TERMINATION);
    }
    if sent && keep {
        Persistence::KeepAlive
    } else {
        Persistence::Close
    }
}
