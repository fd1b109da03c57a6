//! The policies and the state they keep between picks.

use super::endpoints::{Endpoint, EndpointId, Endpoints, mix};
use super::shares::scale;

/// How an endpoint is picked; every policy honours weights.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum BalancePolicy {
    /// One after the other, each as often as its weight says.
    #[default]
    RoundRobin,
    /// At random, in proportion to the weights.
    Random,
    /// The less loaded of two that are drawn in proportion to the weights.
    LeastRequest,
}

/// What one worker remembers about one service between picks.
///
/// It names no endpoint, so that it survives every change of them; a worker keeps one per service.
#[derive(Clone, Copy, Debug, Default)]
pub struct BalancerState {
    /// Where the round robin continues; unset until the first pick, which starts at random so
    /// that workers and proxies do not all begin with the first endpoint.
    position: Option<u64>,
}

/// Picks an endpoint; `None` if there is none with a weight above 0.
///
/// `active` tells how many requests an endpoint is serving now; only
/// [`BalancePolicy::LeastRequest`] asks. `random` is any fresh random number. Never allocates;
/// constant time with equal weights, else logarithmic in the number of endpoints.
pub fn pick<'e>(
    policy: BalancePolicy,
    endpoints: &'e Endpoints,
    state: &mut BalancerState,
    active: &dyn Fn(EndpointId) -> u32,
    random: u64,
) -> Option<&'e Endpoint> {
    let shares = endpoints.shares();
    let list = endpoints.list();
    match policy {
        BalancePolicy::RoundRobin => {
            let position = state
                .position
                .unwrap_or_else(|| scale(random, shares.total()));
            let (endpoint, next) = endpoints.visit(position)?;
            state.position = Some(next);
            Some(endpoint)
        }
        BalancePolicy::Random => list.get(shares.sample(random)?),
        BalancePolicy::LeastRequest => {
            let item = shares.sample(random)?;
            let first = list.get(item)?;
            let second = shares
                .sample_other(item, mix(random))
                .and_then(|other| list.get(other));
            Some(second.map_or(first, |second| less_loaded(first, second, active)))
        }
    }
}

/// The endpoint with more weight per request, `weight / (active + 1)` as Envoy has it.
///
/// Two idle endpoints count as equal, and `first` wins a tie: it was drawn in proportion to the
/// weights, so a quiet service is shared as the weights say instead of all going to the heaviest.
fn less_loaded<'e>(
    first: &'e Endpoint,
    second: &'e Endpoint,
    active: &dyn Fn(EndpointId) -> u32,
) -> &'e Endpoint {
    let (first_active, second_active) = (active(first.id), active(second.id));
    if first_active == 0 && second_active == 0 {
        return first;
    }
    let first_score = u64::from(first.weight) * (u64::from(second_active) + 1);
    let second_score = u64::from(second.weight) * (u64::from(first_active) + 1);
    if second_score > first_score {
        second
    } else {
        first
    }
}

#[cfg(test)]
mod tests;
