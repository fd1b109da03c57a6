//! The road of a request through the proxy, stage by stage. No logic: read it as the table of
//! stages in ARCHITECTURE.md.

use crate::filter;
use crate::h1::{self, Connection, Exchange, Persistence, Try};
use crate::respond::Failure;
use crate::route::{self, Routed};
use crate::upstream;

/// Answers the request whose head is in `exchange`.
pub(crate) async fn answer(connection: &mut Connection, exchange: &mut Exchange) -> Persistence {
    match stages(connection, exchange).await {
        Ok(persistence) => persistence,
        Err(failure) => h1::refuse(connection, exchange, &failure).await,
    }
}

async fn stages(
    connection: &mut Connection,
    exchange: &mut Exchange,
) -> Result<Persistence, Failure> {
    let snapshot = connection.worker.snapshot.load_full();
    let random = connection.worker.random.next();
    let mut routed = exchange.with_request(|view, _| route::route(snapshot, view, random))?;
    exchange.note_route(&routed);

    exchange.add_standard_edits(connection, &routed)?;
    let verdict = filter::request(connection, exchange, &routed).await?;
    if let Some(reply) = verdict.reply {
        return Ok(h1::reply(connection, exchange, *reply).await);
    }
    if let Some(destination) = verdict.destination {
        routed.redirect(&destination, connection.worker.random.next())?;
        exchange.note_plugin(&destination.plugin);
    }
    exchange.write_request(&routed);
    forward(connection, exchange, &routed).await
}

async fn forward(
    connection: &mut Connection,
    exchange: &mut Exchange,
    routed: &Routed,
) -> Result<Persistence, Failure> {
    let worker = std::rc::Rc::clone(&connection.worker);
    let deadline = exchange.deadline(routed, &worker.settings.timeouts);
    let mut fresh = false;
    let mut connected = loop {
        let mut connected = upstream::connect(&worker, routed, &connection.timer, fresh).await?;
        exchange.note_attempt(&connected, routed, worker.wheel.recent());
        match h1::send(connection, exchange, &mut connected, deadline).await {
            Ok(Try::Answered) => break connected,
            Ok(Try::Replay) => {
                worker.telemetry.counters().replays.increment();
                fresh = true;
            }
            Err(failure) => return Err(connected.failed(failure)),
        }
    };
    exchange.note_answer(worker.wheel.now());
    let verdict = filter::response(connection, exchange).await?;
    exchange.add_route_response_edits(routed)?;
    let status = exchange.decide_status(verdict.status);
    let forwarded = h1::finish(connection, exchange, &mut connected, status)
        .await
        .map_err(|failure| connected.failed(failure))?;
    if forwarded.reuse {
        connected.keep(worker.wheel.recent(), &worker.settings.pool);
    }
    Ok(forwarded.persistence)
}
