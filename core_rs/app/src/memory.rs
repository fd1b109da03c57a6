//! Memory that the process uses and may use, and what happens when it runs short.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use proxy::pressure::{Level, Pressure};
use proxy::telemetry::log;

/// How often the memory is looked at.
const PERIOD: Duration = Duration::from_secs(1);
/// Where control groups (version 2) are.
const ROOT: &str = "/sys/fs/cgroup";

/// The control group of this process and those around it.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// Of those that exist, the innermost first.
    folders: Vec<PathBuf>,
}

/// Bytes of a control group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    /// In use, without the file cache that the kernel would drop first.
    pub(crate) used: u64,
    /// What may be used.
    pub(crate) limit: u64,
}

impl Group {
    /// The group of this process; without limits where there are no control groups.
    pub(crate) fn own() -> Self {
        let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let path = own.lines().find_map(|line| line.strip_prefix("0::/"));
        path.map_or(
            Self {
                folders: Vec::new(),
            },
            |path| Self::at(Path::new(ROOT), path),
        )
    }

    /// The group at `path` below `root`, and those around it.
    fn at(root: &Path, path: &str) -> Self {
        let folder = root.join(path);
        let around = folder.ancestors().take_while(|it| it.starts_with(root));
        Self {
            folders: around
                .map(Path::to_owned)
                .filter(|it| it.is_dir())
                .collect(),
        }
    }

    /// The usage of the group that is closest to its limit; none if no group has one.
    pub(crate) fn usage(&self) -> Option<Usage> {
        let usages = self.folders.iter().filter_map(|folder| usage(folder));
        usages.max_by_key(|usage| u128::from(usage.used) * 1_000 / u128::from(usage.limit.max(1)))
    }
}

fn usage(folder: &Path) -> Option<Usage> {
    let read = |name| fs::read_to_string(folder.join(name)).ok();
    // "max" is no number: no limit
    let limit = read("memory.max")?.trim().parse().ok()?;
    let current: u64 = read("memory.current")?.trim().parse().ok()?;
    let cache: Option<u64> = read("memory.stat").and_then(|stat| {
        let cache = stat
            .lines()
            .find_map(|line| line.strip_prefix("inactive_file "));
        cache?.trim().parse().ok()
    });
    Some(Usage {
        used: current.saturating_sub(cache.unwrap_or(0)),
        limit,
    })
}

/// Tells the workers for ever how short memory is. Ends at once where there is no limit.
pub(crate) async fn watch(group: Group, pressure: Arc<Pressure>) {
    while let Some(Usage { used, limit }) = group.usage() {
        let level = Level::at(used, limit);
        let before = pressure.set(level);
        if level > before {
            log::limited(
                log::Level::Warn,
                Duration::from_mins(1),
                level.name(),
                format_args!(
                    "{used} of {limit} bytes of memory are used; degrading to {}",
                    level.name()
                ),
            );
        }
        tokio::time::sleep(PERIOD).await;
    }
    pressure.set(Level::None);
}

/// What the system says of the process's memory, in bytes; what it does not say is missing.
#[derive(Debug, Default, serde::Serialize)]
#[expect(clippy::struct_field_names, reason = "each field says its unit")]
pub(crate) struct Memory {
    /// In RAM, pages shared with other processes included.
    pub(crate) resident_bytes: Option<u64>,
    /// The most there ever was.
    pub(crate) peak_resident_bytes: Option<u64>,
    /// In RAM, shared pages divided by the number of processes that share them.
    pub(crate) proportional_bytes: Option<u64>,
    /// What the control group that is closest to its limit uses.
    pub(crate) group_bytes: Option<u64>,
    /// What it may use.
    pub(crate) group_limit_bytes: Option<u64>,
}

/// Asks the system for [`Memory`]. Takes up to a few milliseconds for a large process.
pub(crate) fn memory() -> Memory {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let rollup = fs::read_to_string("/proc/self/smaps_rollup").unwrap_or_default();
    let group = Group::own().usage();
    Memory {
        resident_bytes: kibibytes(&status, "VmRSS:"),
        peak_resident_bytes: kibibytes(&status, "VmHWM:"),
        proportional_bytes: kibibytes(&rollup, "Pss:"),
        group_bytes: group.map(|usage| usage.used),
        group_limit_bytes: group.map(|usage| usage.limit),
    }
}

/// The value called `name` in one of the files that give kibibytes.
pub(crate) fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let number: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(number * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of control groups, removed in the end.
    struct Tree(PathBuf);

    impl Tree {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("pymesh-{}-{name}", std::process::id()));
            fs::create_dir_all(path.join("a/b")).expect("a folder for the test");
            Self(path)
        }

        fn write(&self, file: &str, text: &str) {
            fs::write(self.0.join(file), text).expect("written");
        }
    }

    impl Drop for Tree {
        fn drop(&mut self) {
            let _gone_already = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_group_closest_to_its_limit_counts_without_its_file_cache() {
        let tree = Tree::new("groups");
        let group = Group::at(&tree.0, "a/b");
        assert_eq!(group.folders.len(), 3);
        assert_eq!(group.usage(), None);
        tree.write("a/b/memory.max", "max\n");
        tree.write("a/b/memory.current", "999\n");
        assert_eq!(group.usage(), None);
        tree.write("a/memory.max", "1000\n");
        tree.write("a/memory.current", "900\n");
        tree.write(
            "a/memory.stat",
            "anon 1\ninactive_file 500\nactive_file 7\n",
        );
        assert_eq!(
            group.usage(),
            Some(Usage {
                used: 400,
                limit: 1_000
            })
        );
        tree.write("a/b/memory.max", "1000\n");
        assert_eq!(
            group.usage(),
            Some(Usage {
                used: 999,
                limit: 1_000
            })
        );
    }

    #[test]
    fn workers_are_told_while_there_is_a_limit() {
        let tree = Tree::new("watch");
        tree.write("a/memory.max", "1000\n");
        tree.write("a/memory.current", "930\n");
        let pressure = Arc::new(Pressure::default());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let watching = watch(Group::at(&tree.0, "a"), Arc::clone(&pressure));
        runtime.block_on(async {
            let watching = tokio::spawn(watching);
            tokio::task::yield_now().await;
            assert_eq!(pressure.level(), Level::NoKeepAlive);
            tree.write("a/memory.current", "100\n");
            tokio::time::sleep(PERIOD * 2).await;
            assert_eq!(pressure.level(), Level::None);
            tree.write("a/memory.max", "max\n");
            watching.await.expect("ends without a limit");
        });
    }

    #[test]
    fn this_process_has_memory() {
        assert!(memory().resident_bytes.is_some_and(|bytes| bytes > 100_000));
        let _there_or_not = Group::own().usage();
    }
}
