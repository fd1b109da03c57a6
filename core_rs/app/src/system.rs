//! What the process asks of the system, and what the system says of its use.

use std::fmt::{self, Write as _};
use std::fs;
use std::num::NonZeroUsize;
use std::thread;

use proxy::telemetry::log;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::memory;

/// Workers when nothing else is asked for: a sidecar should leave the machine to its application.
const DEFAULT_WORKERS: usize = 2;

/// Traffic threads when none are asked for: the CPU quota or affinity, at most 2.
pub(crate) fn default_workers() -> usize {
    // the library knows of affinity masks and of cgroup quotas
    thread::available_parallelism()
        .map_or(1, NonZeroUsize::get)
        .min(DEFAULT_WORKERS)
}

/// Raises the number of files that the process may open as far as it may, and returns it.
pub(crate) fn raise_file_limit() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(error) => {
            log::debug(format_args!(
                "cannot raise the limit of open files: {error}"
            ));
            limit.current
        }
    };
    current
        .and_then(|files| usize::try_from(files).ok())
        .unwrap_or(usize::MAX)
}

/// Nothing that this process starts may gain rights that it does not have.
pub(crate) fn renounce_privileges() {
    if let Err(error) = rustix::thread::set_no_new_privs(true) {
        log::debug(format_args!("cannot set no_new_privs: {error}"));
    }
}

/// Appends the metrics that every Prometheus client has.
pub(crate) fn render(out: &mut String) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let open_files = fs::read_dir("/proc/self/fd").map(Iterator::count).ok();
    if let Some(bytes) = memory::kibibytes(&status, "VmRSS:") {
        sample(
            out,
            "process_resident_memory_bytes",
            "gauge",
            "Memory in RAM.",
            bytes,
        );
    }
    if let Some(millis) = cpu_millis(&stat) {
        let seconds = format_args!("{}.{:03}", millis / 1_000, millis % 1_000);
        sample(
            out,
            "process_cpu_seconds_total",
            "counter",
            "CPU time used.",
            seconds,
        );
    }
    if let Some(count) = open_files {
        sample(out, "process_open_fds", "gauge", "Open files.", count);
    }
    if let Some(limit) = getrlimit(Resource::Nofile).current {
        sample(
            out,
            "process_max_fds",
            "gauge",
            "Files that may be open.",
            limit,
        );
    }
}

/// Appends one metric with its header.
pub(crate) fn sample(
    out: &mut String,
    name: &str,
    kind: &str,
    help: &str,
    value: impl fmt::Display,
) {
    let _ = writeln!(
        out,
        "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}"
    );
}

/// User and system time from `/proc/self/stat`.
fn cpu_millis(stat: &str) -> Option<u64> {
    // the second field is a name in parentheses that may hold spaces
    let (_, behind) = stat.rsplit_once(") ")?;
    let mut fields = behind.split(' ').skip(11).map(str::parse::<u64>);
    let ticks = fields.next()?.ok()? + fields.next()?.ok()?;
    Some(ticks * 1_000 / rustix::param::clock_ticks_per_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_is_understood() {
        assert!((1..=2).contains(&default_workers()));
        assert!(raise_file_limit() > 0);
        let mut out = String::new();
        render(&mut out);
        for name in [
            "process_resident_memory_bytes",
            "process_cpu_seconds_total",
            "process_open_fds",
        ] {
            assert!(
                out.contains(&format!("\n{name} ")),
                "{name} is missing in {out}"
            );
        }
    }

    #[test]
    fn cpu_time_is_found_behind_a_name_with_spaces() {
        let stat = "1 (a) b) S 1 1 1 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 1 0";
        let expected = 200 * 1_000 / rustix::param::clock_ticks_per_second();
        assert_eq!(cpu_millis(stat), Some(expected));
    }
}
