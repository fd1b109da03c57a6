//! Which endpoint of a service gets the request.

use model::balance::{EndpointId, pick};

use crate::pool::InFlight;
use crate::respond::Failure;
use crate::route::Directed;
use crate::worker::Worker;

/// An endpoint for one try of a request, counted there as long as this lives.
pub(crate) struct Picked {
    pub(crate) in_flight: InFlight,
    pub(crate) id: EndpointId,
}

/// Asks the service's balancer, with what this worker has under way as the load.
pub(crate) fn balance(worker: &Worker, directed: &Directed) -> Result<Picked, Failure> {
    let cluster = directed.cluster();
    let mut balancers = worker.balancers.borrow_mut();
    if !balancers.contains_key(&cluster.name) {
        balancers.insert(
            cluster.name.clone(),
            model::balance::BalancerState::default(),
        );
    }
    let state = balancers
        .get_mut(&cluster.name)
        .ok_or(Failure::NoEndpoint)?;
    let active = |id| worker.endpoints.active(id);
    let endpoint = pick(
        cluster.policy,
        &cluster.endpoints,
        state,
        &active,
        worker.random.next(),
    )
    .ok_or(Failure::NoEndpoint)?;
    let in_flight = worker
        .endpoints
        .enter(endpoint, &cluster.name, &worker.telemetry);
    Ok(Picked {
        in_flight,
        id: endpoint.id,
    })
}
