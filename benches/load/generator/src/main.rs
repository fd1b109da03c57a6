//! Closed- and open-loop HTTP/1.1 load from one thread, as light as a checking client can be.
//!
//! The generator shares a CPU with the origin while the proxy under test has one to itself, so each
//! request costs it one write, one read and its share of one wait. It still looks at every response:
//! the status and each byte of the content must be as expected.
//!
//! In a closed loop each connection sends its next request when it has the answer to the last one.
//! In an open loop (`--rate`) requests are due at fixed instants; one that is late, because no
//! connection was free or the machine was busy, is timed from the instant it was due, so that a
//! stalled server cannot make its own figures better by receiving less.
//!
//! Prints one JSON object. With `--watch PID,…` it contains what those processes spent between the
//! first and the last instant of the measured window, read by the generator itself at both.
#![forbid(unsafe_code)]

mod arguments;
mod connection;
mod load;
mod tally;
mod watch;

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use arguments::Arguments;
use load::Load;
use watch::Usage;

fn main() -> ExitCode {
    match measure() {
        Ok(report) => {
            let written = writeln!(std::io::stdout(), "{report}");
            ExitCode::from(u8::from(written.is_err()))
        }
        Err(error) => {
            // Standard error is the last resort: if it is gone as well there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "load-generator: {error}");
            ExitCode::from(64)
        }
    }
}

fn measure() -> Result<serde_json::Value, Box<dyn Error>> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    // Due instants are hit within a microsecond or so instead of the default 50; where the kernel
    // does not offer the file the figures are a little late, not wrong.
    let _ = std::fs::write("/proc/self/timerslack_ns", "1");
    let mut load = Load::connect(&arguments)?;
    load.run(Instant::now() + arguments.warm_up)?;
    load.restart_tally();

    let own = std::process::id();
    let before = Usage::of_each(&arguments.watch)?;
    let own_before = Usage::of(own)?;
    let start = Instant::now();
    load.run(start + arguments.duration)?;
    let elapsed = start.elapsed();
    let after = Usage::of_each(&arguments.watch)?;
    let own_after = Usage::of(own)?;

    let mut report = load.tally().report(elapsed);
    report["connections"] = arguments.connections.into();
    report["rate"] = arguments.rate.into();
    report["generator"] = own_after.since(&own_before).report();
    report["watched"] = arguments
        .watch
        .iter()
        .zip(after.iter().zip(&before))
        .map(|(pid, (after, before))| (pid.to_string(), after.since(before).report()))
        .collect();
    Ok(report)
}
