//! Reporting a request allocates nothing once its kind was met.

mod support;

use std::sync::Arc;

use proxy::telemetry::access_log::{self, Format, Target};
use proxy::telemetry::{AccessLogWriter, Flags, MetricsRegistry, Telemetry, Workload};
use support::{Fields, cluster, record, request};

/// Allocations of this thread while it reports 10,000 requests.
fn allocations(log: Option<AccessLogWriter>) -> u64 {
    let registry = Arc::new(MetricsRegistry::new(&Workload::default()));
    let telemetry = Telemetry::new(&registry, 0, log);
    let fields = Fields(vec![("user-agent", b"test \"quoted\" \xff".to_vec())]);
    let request = request(&fields);
    let well = record(&cluster());
    let mut ill = well.clone();
    ill.status = 503;
    ill.flags.insert(Flags::NO_HEALTHY_UPSTREAM);
    ill.reason = "no_endpoint".into();
    let report = |times: usize| {
        for _ in 0..times {
            telemetry.connection_opened();
            telemetry.report(&request, &well);
            telemetry.report(&request, &ill);
            telemetry.connection_closed();
        }
    };
    report(5_000);
    telemetry.flush();
    let counted = allocation_counter::measure(|| {
        report(5_000);
        telemetry.flush();
    });
    counted.count_total
}

#[test]
fn metrics_allocate_nothing() {
    assert_eq!(allocations(None), 0);
}

#[test]
fn the_access_log_allocates_no_more_than_its_blocks() {
    for format in [Format::Text, Format::Json] {
        let (writer, thread) =
            access_log::start(Target::File("/dev/null".into()), format).expect("a writer");
        // a worker may hold eight blocks; when the writer is slow, some are made late
        let allocations = allocations(Some(writer));
        assert!(allocations <= 8, "{allocations}");
        thread.stop(testkit::wait::PATIENCE);
    }
}
