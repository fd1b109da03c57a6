//! Cost of picking an endpoint, by policy, number of endpoints and kind of weights.

use std::hint::black_box;
use std::net::{Ipv4Addr, SocketAddr};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use model::{BalancePolicy, BalancerState, Endpoint, EndpointId, Endpoints, pick};

fn endpoints(count: u32, weight: impl Fn(u32) -> u32) -> Endpoints {
    let endpoint = |index: u32| {
        let address = Ipv4Addr::from(0x0A00_0000 + index);
        Endpoint::new(SocketAddr::from((address, 8080)), weight(index))
    };
    Endpoints::new((0..count).map(endpoint).collect())
}

fn picking(criterion: &mut Criterion) {
    for (name, policy) in [
        ("round_robin", BalancePolicy::RoundRobin),
        ("random", BalancePolicy::Random),
        ("least_request", BalancePolicy::LeastRequest),
    ] {
        let mut group = criterion.benchmark_group(format!("model/balance/{name}"));
        for count in [3, 100, 1_000] {
            let equal = endpoints(count, |_| 1);
            let weighted = endpoints(count, |index| index % 97 + 1);
            for (weights, endpoints) in [("equal", equal), ("weighted", weighted)] {
                let (mut state, mut random) = (BalancerState::default(), 0_u64);
                let active = |id: EndpointId| (id.0 % 7) as u32;
                group.bench_function(BenchmarkId::new(weights, count), |bencher| {
                    bencher.iter(|| {
                        random = random.wrapping_add(0x9E37_79B9_7F4A_7C15);
                        pick(policy, black_box(&endpoints), &mut state, &active, random)
                            .map(|endpoint| endpoint.id)
                    });
                });
            }
        }
        group.finish();
    }
}

/// What an endpoint change costs in here, at its worst: weights that share no factor.
fn preparing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("model/balance/prepare");
    for count in [10, 1_000] {
        let list = endpoints(count, |index| index % 97 + 1).list().to_vec();
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| Endpoints::new(black_box(list.clone())));
        });
    }
    group.finish();
}

criterion_group!(benches, picking, preparing);
criterion_main!(benches);
