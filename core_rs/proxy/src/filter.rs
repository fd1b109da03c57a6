//! What plugins say of a request and its response, between the route and the wire.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use crate::h1::{Connection, Exchange};
use crate::hooks::{Hooks, RequestVerdict, ResponseVerdict, ResponseView, RouteView, Step, Ticket};
use crate::respond::Failure;
use crate::route::Routed;

/// Runs `authorize`, `route` and `on_request`; their header edits are in the exchange.
pub(crate) async fn request(
    connection: &mut Connection,
    exchange: &mut Exchange,
    routed: &Routed,
) -> Result<RequestVerdict, Failure> {
    let Some(hooks) = in_force(connection, |phases| phases.request) else {
        return Ok(RequestVerdict::default());
    };
    let rule = routed.rule();
    let route = RouteView {
        name: &rule.name,
        services: &rule.services,
        service: routed.service(),
    };
    let step = exchange.with_request(|view, edits| hooks.request(view, route, edits));
    settle(connection, exchange, &*hooks, step).await
}

/// Asks a provider of `AuthorizationPolicy`'s action `CUSTOM`; `None` if there is no such provider.
pub(crate) async fn custom(
    connection: &mut Connection,
    exchange: &mut Exchange,
    provider: &str,
) -> Result<Option<RequestVerdict>, Failure> {
    let Some(hooks) = connection.worker.hooks.as_ref().map(Rc::clone) else {
        return Ok(None);
    };
    let step = exchange.with_request(|view, edits| hooks.custom(provider, view, edits));
    match step {
        None => Ok(None),
        Some(step) => settle(connection, exchange, &*hooks, step).await.map(Some),
    }
}

/// Waits until a call has ended.
async fn settle(
    connection: &mut Connection,
    exchange: &mut Exchange,
    hooks: &dyn Hooks,
    mut step: Step<RequestVerdict>,
) -> Result<RequestVerdict, Failure> {
    loop {
        match step {
            Step::Done(verdict) => return Ok(verdict),
            Step::Wait { ticket, deadline } => {
                let call = Call::new(hooks, ticket);
                connection.timer.set(deadline);
                step = call
                    .wait(connection, exchange, |exchange, context| {
                        let edits = exchange.request_edits();
                        match context {
                            Some(context) => hooks.poll_request(ticket, edits, context),
                            None => Poll::Ready(hooks.expire_request(ticket, edits)),
                        }
                    })
                    .await?;
            }
        }
    }
}

/// Runs `on_response`; header edits are in the exchange.
pub(crate) async fn response(
    connection: &mut Connection,
    exchange: &mut Exchange,
) -> Result<ResponseVerdict, Failure> {
    let Some(hooks) = in_force(connection, |phases| phases.response) else {
        return Ok(ResponseVerdict::default());
    };
    let mut step = exchange.with_response(|request, status, headers, edits| {
        hooks.response(request, &ResponseView { status, headers }, edits)
    });
    loop {
        match step {
            Step::Done(verdict) => return Ok(verdict),
            Step::Wait { ticket, deadline } => {
                let call = Call::new(&*hooks, ticket);
                connection.timer.set(deadline);
                step = call
                    .wait(connection, exchange, |exchange, context| {
                        let edits = exchange.response_edits();
                        match context {
                            Some(context) => hooks.poll_response(ticket, edits, context),
                            None => Poll::Ready(hooks.expire_response(ticket, edits)),
                        }
                    })
                    .await?;
            }
        }
    }
}

fn in_force(
    connection: &Connection,
    wanted: impl Fn(crate::hooks::Phases) -> bool,
) -> Option<Rc<dyn Hooks>> {
    connection
        .worker
        .hooks
        .as_ref()
        .filter(|hooks| wanted(hooks.phases()))
        .map(Rc::clone)
}

/// A call that waits for another thread; forgotten there if the request ends first.
struct Call<'a> {
    hooks: &'a dyn Hooks,
    ticket: Ticket,
    answered: bool,
}

impl<'a> Call<'a> {
    fn new(hooks: &'a dyn Hooks, ticket: Ticket) -> Self {
        Self {
            hooks,
            ticket,
            answered: false,
        }
    }

    /// Waits for the answer, the deadline, or the client's end, whichever is first. `ask` polls
    /// with a context and applies the failure policy without one.
    async fn wait<T>(
        mut self,
        connection: &mut Connection,
        exchange: &mut Exchange,
        mut ask: impl FnMut(&mut Exchange, Option<&mut std::task::Context<'_>>) -> Poll<Step<T>>,
    ) -> Result<Step<T>, Failure> {
        let result = poll_fn(|context| {
            if let Poll::Ready(step) = ask(exchange, Some(context)) {
                return Poll::Ready(Ok(step));
            }
            if connection.timer.poll_expired(context).is_ready() {
                return ask(exchange, None).map(Ok);
            }
            if exchange.poll_client_left(connection, context) {
                return Poll::Ready(Err(Failure::ClientLeft));
            }
            Poll::Pending
        })
        .await;
        self.answered = result.is_ok();
        connection.worker.wheel.now();
        result
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.hooks.cancel(self.ticket);
        }
    }
}
