//! The road of a request through the proxy, stage by stage. No logic: read it as the table of
//! stages in ARCHITECTURE.md.

use crate::act;
use crate::authorize::{self, Authorized};
use crate::filter;
use crate::h1::{self, Connection, Exchange, Persistence, Try};
use crate::respond::Failure;
use crate::route::{self, Directed};
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
    let snapshot = exchange.take_snapshot(connection);
    exchange.add_standard_edits(connection)?;
    let permit = match authorize::authorize(connection, exchange, &snapshot).await? {
        Authorized::Permit(permit) => permit,
        Authorized::Refused(reply) => return Ok(h1::reply(connection, exchange, *reply).await),
    };

    let (entrance, random) = (exchange.entrance(), connection.worker.random.next());
    let routed =
        exchange.with_request(|view, _| route::route(permit, snapshot, entrance, view, random))?;
    exchange.note_route(&routed);
    if let Some(reply) = act::cors(exchange, &routed) {
        return Ok(h1::reply(connection, exchange, reply).await);
    }

    let verdict = filter::request(connection, exchange, &routed).await?;
    if let Some(reply) = verdict.reply {
        return Ok(h1::reply(connection, exchange, *reply).await);
    }
    if let Some(reply) = act::answer(exchange, &routed) {
        return Ok(h1::reply(connection, exchange, reply).await);
    }

    let random = connection.worker.random.next();
    let directed = routed.direct(verdict.destination.as_deref(), random)?;
    exchange.note_destination(&directed, verdict.destination.as_deref());
    exchange.write_request(&directed)?;
    forward(connection, exchange, &directed).await
}

async fn forward(
    connection: &mut Connection,
    exchange: &mut Exchange,
    directed: &Directed,
) -> Result<Persistence, Failure> {
    let worker = std::rc::Rc::clone(&connection.worker);
    let deadline = exchange.deadline(directed, &worker.settings.timeouts);
    let mut fresh = false;
    let mut connected = loop {
        let mut connected = upstream::connect(&worker, directed, &connection.timer, fresh).await?;
        exchange.note_attempt(&connected, directed, worker.wheel.recent());
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
    exchange.add_route_response_edits(directed)?;
    let status = exchange.decide_status(verdict.status);
    let forwarded = h1::finish(connection, exchange, &mut connected, status)
        .await
        .map_err(|failure| connected.failed(failure))?;
    if forwarded.reuse {
        connected.keep(worker.wheel.recent(), &worker.settings.pool);
    }
    Ok(forwarded.persistence)
}
