use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};

use proptest::prelude::*;

use super::*;

const POLICIES: [BalancePolicy; 3] = [
    BalancePolicy::RoundRobin,
    BalancePolicy::Random,
    BalancePolicy::LeastRequest,
];

fn endpoints(weights: &[u32]) -> Endpoints {
    let endpoint = |(port, &weight): (u16, &u32)| {
        Endpoint::new(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), weight)
    };
    Endpoints::new((1..).zip(weights).map(endpoint).collect())
}

/// Random numbers that are the same in every run.
fn randoms(seed: u64) -> impl Iterator<Item = u64> {
    (0..).map(move |n: u64| mix(seed ^ n.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
}

/// How often each endpoint is picked in `count` picks under a fixed load.
fn counts(
    policy: BalancePolicy,
    endpoints: &Endpoints,
    active: &dyn Fn(EndpointId) -> u32,
    seed: u64,
    count: usize,
) -> Vec<u32> {
    let mut state = BalancerState::default();
    let mut counts: HashMap<EndpointId, u32> = HashMap::new();
    for random in randoms(seed).take(count) {
        let picked = pick(policy, endpoints, &mut state, active, random).expect("one has weight");
        *counts.entry(picked.id).or_default() += 1;
    }
    let count = |endpoint: &Endpoint| counts.get(&endpoint.id).copied().unwrap_or_default();
    endpoints.list().iter().map(count).collect()
}

fn idle(_: EndpointId) -> u32 {
    0
}

#[test]
fn nothing_to_pick_from() {
    for policy in POLICIES {
        for weights in [&[][..], &[0, 0]] {
            let mut state = BalancerState::default();
            assert!(pick(policy, &endpoints(weights), &mut state, &idle, 7).is_none());
        }
    }
}

#[test]
fn a_round_robin_survives_a_change_of_endpoints() {
    let (many, few) = (endpoints(&[1; 50]), endpoints(&[1, 2]));
    let mut state = BalancerState::default();
    for (step, random) in (0..200).zip(randoms(1)) {
        let endpoints = if step % 3 == 0 { &few } else { &many };
        assert!(
            pick(
                BalancePolicy::RoundRobin,
                endpoints,
                &mut state,
                &idle,
                random
            )
            .is_some()
        );
    }
}

#[test]
fn round_robins_of_two_workers_start_apart() {
    let endpoints = endpoints(&[1; 100]);
    let first = |random| {
        let mut state = BalancerState::default();
        pick(
            BalancePolicy::RoundRobin,
            &endpoints,
            &mut state,
            &idle,
            random,
        )
        .map(|e| e.id)
    };
    assert_ne!(first(0), first(u64::MAX / 2));
}

#[test]
fn least_request_spares_the_busy() {
    let endpoints = endpoints(&[1, 1, 1, 1]);
    let busy = endpoints.list()[0].id;
    let active = |id| if id == busy { 10 } else { 1 };
    let counts = counts(BalancePolicy::LeastRequest, &endpoints, &active, 3, 10_000);
    assert_eq!(
        counts[0], 0,
        "two different ones are compared, so the busiest never wins"
    );
}

#[test]
fn least_request_gives_the_heavy_more_at_equal_load() {
    let endpoints = endpoints(&[3, 1]);
    let policy = BalancePolicy::LeastRequest;
    assert_eq!(counts(policy, &endpoints, &|_| 5, 3, 100), [100, 0]);
    // 3 / (8 + 1) < 1 / (1 + 1)
    let heavy = endpoints.list()[0].id;
    let active = |id| if id == heavy { 8 } else { 1 };
    assert_eq!(counts(policy, &endpoints, &active, 3, 100), [0, 100]);
}

/// Requests of equal length, `concurrency` at a time: in-flight counts settle near the weights.
#[test]
fn least_request_loads_by_weight() {
    let endpoints = endpoints(&[4, 2, 2]);
    let mut state = BalancerState::default();
    let mut active: HashMap<EndpointId, u32> = HashMap::new();
    let mut served: HashMap<EndpointId, f64> = HashMap::new();
    let mut running = std::collections::VecDeque::new();
    for random in randoms(5).take(20_000) {
        if running.len() == 64
            && let Some(done) = running.pop_front()
        {
            *active.entry(done).or_default() -= 1;
        }
        let load = |id| active.get(&id).copied().unwrap_or_default();
        let policy = BalancePolicy::LeastRequest;
        let picked = pick(policy, &endpoints, &mut state, &load, random).expect("one has weight");
        *active.entry(picked.id).or_default() += 1;
        *served.entry(picked.id).or_default() += 1.0;
        running.push_back(picked.id);
    }
    for endpoint in endpoints.list() {
        let share = served[&endpoint.id] / 20_000.0;
        let expected = f64::from(endpoint.weight) / 8.0;
        assert!(
            (share - expected).abs() < 0.02,
            "{share} instead of {expected}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn idle_endpoints_share_by_weight(
        weights in prop::collection::vec(0_u32..20, 1..10),
        seed in any::<u64>(),
        policy in prop::sample::select(&POLICIES[..]),
    ) {
        let total: u32 = weights.iter().sum();
        prop_assume!(total > 0);
        let counts = counts(policy, &endpoints(&weights), &idle, seed, 5_000);
        for (count, weight) in counts.iter().zip(&weights) {
            let share = f64::from(*count) / 5_000.0;
            let expected = f64::from(*weight) / f64::from(total);
            // Five standard deviations of a fair draw.
            let tolerance = 5.0 * (expected * (1.0 - expected) / 5_000.0).sqrt() + 0.002;
            prop_assert!((share - expected).abs() < tolerance, "{} not {}", share, expected);
            prop_assert!(*weight > 0 || *count == 0);
        }
    }

    #[test]
    fn weight_zero_is_never_picked_under_any_load(
        weights in prop::collection::vec(0_u32..3, 1..10),
        seed in any::<u64>(),
        policy in prop::sample::select(&POLICIES[..]),
    ) {
        prop_assume!(weights.iter().any(|&weight| weight > 0));
        let load = |id: EndpointId| (mix(seed ^ id.0) % 100) as u32;
        let counts = counts(policy, &endpoints(&weights), &load, seed, 200);
        for (count, weight) in counts.iter().zip(&weights) {
            prop_assert!(*weight > 0 || *count == 0);
        }
    }
}
