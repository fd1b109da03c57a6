//! What a scrape shows.

mod support;

use std::sync::Arc;
use std::time::Duration;

use proxy::telemetry::{Family, Flags, MetricsRegistry, Reporter, Telemetry, Workload};
use support::{Fields, cluster, record, request};

fn registry() -> Arc<MetricsRegistry> {
    Arc::new(MetricsRegistry::new(&Workload {
        name: "front \"1\"\n".into(),
        namespace: "shop".into(),
        ..Workload::default()
    }))
}

fn scrape(registry: &Arc<MetricsRegistry>) -> String {
    registry.scrape().collect()
}

/// The lines that begin with `name` and hold all of `parts`.
fn samples<'t>(text: &'t str, name: &str, parts: &[&str]) -> Vec<&'t str> {
    text.lines()
        .filter(|line| line.split(['{', ' ']).next() == Some(name))
        .filter(|line| parts.iter().all(|part| line.contains(part)))
        .collect()
}

#[test]
fn requests_of_all_workers_add_up_under_istio_names_and_labels() {
    let registry = registry();
    let fields = Fields(Vec::new());
    for worker in 0..3 {
        let telemetry = Telemetry::new(&registry, worker, None);
        for _ in 0..10 {
            telemetry.report(&request(&fields), &record(&cluster()));
        }
    }
    let text = scrape(&registry);
    let total = samples(&text, "istio_requests_total", &[]);
    assert_eq!(total.len(), 1, "{text}");
    let labels = [
        r#"reporter="source""#,
        r#"source_workload="front \"1\"\n""#,
        r#"source_workload_namespace="shop""#,
        r#"source_principal="unknown""#,
        r#"source_app="unknown""#,
        r#"source_version="unknown""#,
        r#"source_cluster="unknown""#,
        r#"source_canonical_service="unknown""#,
        r#"source_canonical_revision="unknown""#,
        r#"destination_workload="unknown""#,
        r#"destination_workload_namespace="unknown""#,
        r#"destination_principal="unknown""#,
        r#"destination_app="unknown""#,
        r#"destination_version="unknown""#,
        r#"destination_cluster="unknown""#,
        r#"destination_canonical_service="unknown""#,
        r#"destination_canonical_revision="unknown""#,
        r#"destination_service="web.example""#,
        r#"destination_service_name="web""#,
        r#"destination_service_namespace="shop""#,
        r#"request_protocol="http""#,
        r#"response_code="200""#,
        r#"grpc_response_status="""#,
        r#"response_flags="-""#,
        r#"connection_security_policy="unknown""#,
    ];
    for label in labels {
        assert!(
            total[0].contains(label),
            "{label} is missing in {}",
            total[0]
        );
    }
    assert_eq!(total[0].matches('=').count(), labels.len());
    assert!(total[0].ends_with("} 30"));

    let duration = "istio_request_duration_milliseconds";
    assert_eq!(samples(&text, &format!("{duration}_bucket"), &[]).len(), 20);
    for (bound, expected) in [
        ("0.5", 0),
        ("1", 0),
        ("5", 30),
        ("3600000", 30),
        ("+Inf", 30),
    ] {
        let bucket = samples(
            &text,
            &format!("{duration}_bucket"),
            &[&format!("le=\"{bound}\"")],
        );
        assert!(bucket[0].ends_with(&format!("}} {expected}")), "{bucket:?}");
    }
    let value = |name: &str| {
        samples(&text, name, &[])[0]
            .rsplit(' ')
            .next()
            .map(str::to_owned)
    };
    assert_eq!(value(&format!("{duration}_sum")).as_deref(), Some("45"));
    assert_eq!(value(&format!("{duration}_count")).as_deref(), Some("30"));
    assert_eq!(value("istio_request_bytes_sum").as_deref(), Some("3000"));
    assert_eq!(value("istio_response_bytes_count").as_deref(), Some("30"));
}

#[test]
fn a_fraction_of_a_millisecond_is_not_lost() {
    let registry = registry();
    let telemetry = Telemetry::new(&registry, 0, None);
    let mut record = record(&cluster());
    record.duration = Duration::from_micros(2_007);
    telemetry.report(&request(&Fields(Vec::new())), &record);
    let text = scrape(&registry);
    let sum = samples(&text, "istio_request_duration_milliseconds_sum", &[]);
    assert!(sum[0].ends_with("} 2.007"), "{sum:?}");
}

#[test]
fn a_called_workload_names_itself_as_the_destination() {
    let registry = Arc::new(MetricsRegistry::new(&Workload {
        reporter: Reporter::Destination,
        name: "web".into(),
        ..Workload::default()
    }));
    let telemetry = Telemetry::new(&registry, 0, None);
    telemetry.report(&request(&Fields(Vec::new())), &record(&cluster()));
    let text = scrape(&registry);
    let parts = [
        r#"reporter="destination""#,
        r#"destination_workload="web""#,
        r#"source_workload="unknown""#,
        r#"connection_security_policy="none""#,
    ];
    assert_eq!(samples(&text, "istio_requests_total", &parts).len(), 1);
}

#[test]
fn series_beyond_the_cap_are_counted_as_other() {
    let registry = Arc::new(MetricsRegistry::with_series_cap(&Workload::default(), 2));
    let telemetry = Telemetry::new(&registry, 0, None);
    let mut record = record(&cluster());
    for status in 200..210 {
        record.status = status;
        for _ in 0..2 {
            telemetry.report(&request(&Fields(Vec::new())), &record);
        }
    }
    let text = scrape(&registry);
    assert_eq!(samples(&text, "istio_requests_total", &[]).len(), 3);
    let other = samples(&text, "istio_requests_total", &[r#"response_code="other""#]);
    assert!(other[0].ends_with("} 16"), "{other:?}");
    assert!(text.contains("\npymesh_metrics_series_refused_total 8\n"));
}

#[test]
fn failures_are_told_apart_by_flags_and_reasons() {
    let registry = registry();
    let telemetry = Telemetry::new(&registry, 0, None);
    let mut record = record(&cluster());
    record.cluster = None;
    record.status = 404;
    record.flags.insert(Flags::NO_ROUTE);
    record.flags.insert(Flags::UNAUTHORIZED);
    record.reason = "no_route".into();
    telemetry.report(&request(&Fields(Vec::new())), &record);
    record.reason = format!("made up by a plugin {}", 7).into();
    telemetry.report(&request(&Fields(Vec::new())), &record);
    telemetry.count(Family::Rejects, "bare_lf");
    telemetry.count(Family::Limits, "connections");
    let text = scrape(&registry);
    let parts = [
        r#"response_flags="NR,UAEX""#,
        r#"destination_service="unknown""#,
    ];
    assert!(samples(&text, "istio_requests_total", &parts)[0].ends_with("} 2"));
    for line in [
        "pymesh_errors_total{reason=\"no_route\"} 1",
        "pymesh_parse_rejects_total{reason=\"bare_lf\"} 1",
        "pymesh_limits_hit_total{limit=\"connections\"} 1",
    ] {
        assert!(
            text.lines().any(|it| it == line),
            "{line} is missing in {text}"
        );
    }
    assert!(!text.contains("made up"));
}

#[test]
fn every_metric_has_one_header_before_its_samples() {
    let registry = registry();
    let telemetry = Telemetry::new(&registry, 0, None);
    telemetry.report(&request(&Fields(Vec::new())), &record(&cluster()));
    let text = scrape(&registry);
    let mut known = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a name and a type");
            assert!(["counter", "gauge", "histogram"].contains(&kind));
            assert!(!known.contains(&name), "{name} twice");
            known.push(name);
        } else if !line.starts_with("# HELP ") {
            let name = line.split(['{', ' ']).next().expect("a name");
            let last = known.last().expect("a header first");
            assert!(name.starts_with(last), "{name} below {last}");
            assert!(
                line.rsplit(' ')
                    .next()
                    .is_some_and(|it| it.parse::<f64>().is_ok()),
                "{line}"
            );
        }
    }
    assert!(text.ends_with('\n') && known.len() > 15);
}

#[test]
fn a_large_scrape_comes_in_pieces_that_make_one_text() {
    let registry = registry();
    let telemetry = Telemetry::new(&registry, 0, None);
    let mut record = record(&cluster());
    for status in 200..400 {
        record.status = status;
        telemetry.report(&request(&Fields(Vec::new())), &record);
    }
    let pieces: Vec<String> = registry.scrape().collect();
    assert!(pieces.len() > 10 && pieces.iter().all(|it| it.len() < 100_000));
    let text = pieces.concat();
    assert_eq!(samples(&text, "istio_requests_total", &[]).len(), 200);
    assert_eq!(samples(&text, "istio_response_bytes_count", &[]).len(), 200);
    assert_eq!(text.matches("# TYPE istio_response_bytes ").count(), 1);
}

#[test]
fn endpoints_are_known_as_long_as_a_worker_uses_them() {
    let registry = registry();
    let telemetry = Telemetry::new(&registry, 0, None);
    let cluster = cluster();
    let address = "127.0.0.1:9".parse().expect("an address");
    let (one, other) = (
        telemetry.endpoint(&cluster.name, address),
        telemetry.endpoint(&cluster.name, address),
    );
    one.requests.add(2);
    one.open.increment();
    other.requests.add(3);
    let reports = registry.endpoints();
    assert_eq!(reports.len(), 1);
    assert_eq!((reports[0].requests, reports[0].open), (5, 1));
    assert!(scrape(&registry).contains("\npymesh_pool_open 1\n"));
    drop((one, other));
    assert_eq!(registry.endpoints(), []);
}
