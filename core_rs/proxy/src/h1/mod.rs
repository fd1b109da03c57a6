//! HTTP/1.1 connections: one task each, one request after the other.

mod connection;
mod exchange;
mod forward;
mod half;
mod head;
mod relay;
mod reply;
mod steps;
mod tunnel;
mod view;

use std::rc::Rc;

use crate::accept::Accepted;
use crate::inbound;
use crate::worker::Worker;

pub(crate) use connection::{Connection, Persistence};
pub(crate) use exchange::Exchange;
pub(crate) use relay::{Try, finish, send};
pub(crate) use reply::{refuse, reply};

use head::Next;

/// Serves a client connection until it ends.
pub(crate) async fn serve(worker: Rc<Worker>, accepted: Accepted) {
    let mut connection = Connection::new(Rc::clone(&worker), accepted);
    while connection.wait_for_bytes().await {
        let mut exchange = worker.lend_exchange(connection.ends(), worker.wheel.now());
        let persistence = serve_burst(&mut connection, &mut exchange).await;
        let unread = exchange.has_unread();
        worker.give_back(exchange);
        if persistence == Persistence::Close {
            connection.close(unread).await;
            return;
        }
    }
}

/// Serves requests as long as bytes of the next one are already here.
async fn serve_burst(connection: &mut Connection, exchange: &mut Exchange) -> Persistence {
    loop {
        let persistence = match head::next(connection, exchange).await {
            Next::Request => inbound::answer(connection, exchange).await,
            Next::Refused(failure) => reply::refuse(connection, exchange, &failure).await,
            Next::Closed => return Persistence::Close,
            Next::Nothing => return Persistence::KeepAlive,
        };
        exchange.report();
        if persistence == Persistence::Close || !exchange.has_early_bytes() {
            return persistence;
        }
        exchange.reset(connection.ends(), connection.worker.wheel.recent());
    }
}
