use std::sync::Arc;

use proxy::telemetry::{MetricsRegistry, Workload};

use super::*;

/// Refused by the resolver itself: a label has at most 63 bytes (RFC 1035 section 2.3.4).
const NO_NAME: &str =
    "no-such-name-because-no-label-of-a-name-may-be-longer-than-sixty-three-bytes.invalid";

fn named(host: &str, service: &str) -> NamesDocument {
    let json = format!(
        r#"{{"service": "{service}", "names": [{{"host": "{host}", "port": 80, "weight": 3}}]}}"#
    );
    serde_json::from_str(&json).expect("a names document")
}

fn documents(names: Vec<NamesDocument>) -> Documents {
    let json = br#"{"services": [{"namespace": "default", "name": "a", "host": "a"},
        {"namespace": "default", "name": "b", "host": "b"}]}"#;
    Documents {
        names,
        ..Documents::parse(json).expect("valid")
    }
}

fn addresses(documents: &Documents) -> Vec<(String, String)> {
    let endpoints = documents.endpoints.iter();
    endpoints
        .map(|it| (it.service.clone(), it.endpoints[0].address.to_string()))
        .collect()
}

fn configuration(documents: Documents) -> Configuration {
    let metrics = Arc::new(MetricsRegistry::new(&Workload::default()));
    Configuration::new(
        documents,
        model::workload::Workload::default(),
        metrics,
        None,
    )
    .expect("valid")
}

async fn look_up_all(resolver: &mut Resolver, configuration: &Configuration) {
    while let Some((slice, found)) = resolver.looked_up().await {
        resolver.apply(&slice, found, configuration);
    }
}

fn run(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future);
}

#[test]
fn names_become_addresses() {
    run(async {
        let mut found = documents(vec![
            named("localhost", "default/a"),
            named("127.0.0.9", "default/b"),
        ]);
        Resolver::start(&mut found, false).await.expect("found");
        let expected = [("default/a", "127.0.0.1:80"), ("default/b", "127.0.0.9:80")];
        assert_eq!(
            addresses(&found),
            expected.map(|(service, it)| (service.to_owned(), it.to_owned()))
        );
        assert_eq!(found.endpoints[0].endpoints[0].weight, 3);
    });
}

#[test]
fn a_name_that_is_not_found_ends_the_start_unless_a_source_may_mend_it() {
    run(async {
        let mut gone = documents(vec![named(NO_NAME, "default/a")]);
        let error = Resolver::start(&mut gone, false)
            .await
            .err()
            .expect("refused");
        assert_eq!(error.code(), "unavailable");
        Resolver::start(&mut gone, true).await.expect("goes on");
        assert_eq!(addresses(&gone), []);
    });
}

#[test]
fn a_change_of_addresses_swaps_the_endpoints_of_its_service_alone() {
    run(async {
        let mut first = documents(vec![
            named("127.0.0.9", "default/a"),
            named("127.0.0.9", "default/b"),
        ]);
        let mut resolver = Resolver::start(&mut first, false).await.expect("found");
        let configuration = configuration(first);
        let addresses = || -> Vec<_> {
            let snapshot = configuration.snapshot.load();
            let clusters = snapshot.clusters().map(|it| it.endpoints.list()[0].address);
            clusters.map(|it| it.to_string()).collect()
        };
        resolver.follow(vec![
            named("localhost", "default/a"),
            named(NO_NAME, "default/b"),
        ]);
        look_up_all(&mut resolver, &configuration).await;
        assert_eq!(addresses(), ["127.0.0.1:80", "127.0.0.9:80"]);
        let generation = configuration.snapshot.load().generation();
        resolver.waiting.clone_from(&resolver.names);
        look_up_all(&mut resolver, &configuration).await;
        assert_eq!(configuration.snapshot.load().generation(), generation);
    });
}

#[test]
fn new_documents_keep_known_addresses_and_have_unknown_names_looked_up() {
    run(async {
        let mut first = documents(vec![named("localhost", "default/a")]);
        let mut resolver = Resolver::start(&mut first, false).await.expect("found");
        let unknown = named(NO_NAME, "default/b");
        let mut next = documents(vec![named("localhost", "default/a"), unknown.clone()]);
        resolver.complete(&mut next);
        assert_eq!(
            addresses(&next),
            [("default/a".to_owned(), "127.0.0.1:80".to_owned())]
        );
        assert_eq!(resolver.names, first.names, "they are not in force yet");
        resolver.follow(next.names);
        assert_eq!(resolver.waiting, [unknown]);
    });
}

#[test]
fn a_slice_whose_names_have_changed_is_looked_up_at_once() {
    run(async {
        let mut first = documents(vec![named("127.0.0.9", "default/a")]);
        let mut resolver = Resolver::start(&mut first, false).await.expect("found");
        let moved = named("127.0.0.8", "default/a");
        resolver.follow(vec![moved.clone()]);
        assert_eq!(resolver.waiting, [moved]);
    });
}

#[test]
fn what_was_looked_up_for_documents_before_is_not_put_in() {
    run(async {
        let mut first = documents(vec![named("127.0.0.9", "default/a")]);
        let mut resolver = Resolver::start(&mut first, false).await.expect("found");
        let configuration = configuration(first);
        let generation = configuration.snapshot.load().generation();
        let before = named("127.0.0.8", "default/a");
        let found = look_up(&before).await;
        resolver.apply(&before, found, &configuration);
        assert_eq!(configuration.snapshot.load().generation(), generation);
    });
}

#[test]
fn more_names_than_are_looked_up_at_once_are_all_found() {
    run(async {
        let names = (1..=3 * AT_ONCE).map(|number| NamesDocument {
            slice: number.to_string(),
            ..named(&format!("127.0.0.{number}"), "default/a")
        });
        let mut found = documents(names.collect());
        Resolver::start(&mut found, false).await.expect("found");
        assert_eq!(addresses(&found).len(), 3 * AT_ONCE);
    });
}

#[test]
fn one_family_is_chosen_and_ordered() {
    let parse = |texts: &[&str]| -> Vec<SocketAddr> {
        texts
            .iter()
            .map(|it| it.parse().expect("an address"))
            .collect()
    };
    let chosen = choose(parse(&["[::1]:1", "10.0.0.2:1", "10.0.0.1:1", "10.0.0.2:1"]).into_iter());
    assert_eq!(chosen, parse(&["10.0.0.1:1", "10.0.0.2:1"]));
    assert_eq!(choose(parse(&["[::1]:1"]).into_iter()), parse(&["[::1]:1"]));
}
