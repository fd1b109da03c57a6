//! What processes spend, as the kernel counts it.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

/// Sums over all threads of a process since it started.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// Time on a CPU, from `schedstat`: exact, unlike the ticks below.
    cpu_nanoseconds: u64,
    /// Ticks in user mode; their ratio to `system_ticks` splits the exact time.
    user_ticks: u64,
    /// Ticks in kernel mode.
    system_ticks: u64,
    /// Times a thread gave up the CPU to wait.
    voluntary_switches: u64,
    /// Times a thread was taken off the CPU.
    involuntary_switches: u64,
}

impl Usage {
    /// Reads each of `pids`.
    pub(crate) fn of_each(pids: &[u32]) -> io::Result<Vec<Self>> {
        pids.iter().map(|pid| Self::of(*pid)).collect()
    }

    /// Reads the threads of `pid`.
    pub(crate) fn of(pid: u32) -> io::Result<Self> {
        let mut sum = Self::default();
        for task in fs::read_dir(format!("/proc/{pid}/task"))? {
            // A thread that ended meanwhile has nothing more to add.
            if let Some(one) = Self::of_task(&task?.path()) {
                sum.cpu_nanoseconds += one.cpu_nanoseconds;
                sum.user_ticks += one.user_ticks;
                sum.system_ticks += one.system_ticks;
                sum.voluntary_switches += one.voluntary_switches;
                sum.involuntary_switches += one.involuntary_switches;
            }
        }
        Ok(sum)
    }

    /// What was spent between `earlier` and this.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        Self {
            cpu_nanoseconds: self.cpu_nanoseconds.saturating_sub(earlier.cpu_nanoseconds),
            user_ticks: self.user_ticks.saturating_sub(earlier.user_ticks),
            system_ticks: self.system_ticks.saturating_sub(earlier.system_ticks),
            voluntary_switches: self
                .voluntary_switches
                .saturating_sub(earlier.voluntary_switches),
            involuntary_switches: self
                .involuntary_switches
                .saturating_sub(earlier.involuntary_switches),
        }
    }

    /// As JSON.
    pub(crate) fn report(&self) -> Value {
        json!({
            "cpu_ns": self.cpu_nanoseconds,
            "user_ticks": self.user_ticks,
            "system_ticks": self.system_ticks,
            "voluntary_switches": self.voluntary_switches,
            "involuntary_switches": self.involuntary_switches,
        })
    }

    fn of_task(task: &Path) -> Option<Self> {
        let schedstat = fs::read_to_string(task.join("schedstat")).ok()?;
        let stat = fs::read_to_string(task.join("stat")).ok()?;
        let status = fs::read_to_string(task.join("status")).ok()?;
        // The name in parentheses may contain blanks; the fields are counted from behind it, where
        // `state` is the first and `utime` and `stime` the twelfth and thirteenth.
        let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
        Some(Self {
            cpu_nanoseconds: schedstat.split(' ').next()?.parse().ok()?,
            user_ticks: fields.next()?.parse().ok()?,
            system_ticks: fields.next()?.parse().ok()?,
            voluntary_switches: line(&status, "voluntary_ctxt_switches:")?,
            involuntary_switches: line(&status, "nonvoluntary_ctxt_switches:")?,
        })
    }
}

fn line(status: &str, name: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix(name))?;
    value.trim().parse().ok()
}
