//! Notices that a file has changed and is no longer being written.

use std::fs;
use std::os::unix::fs::MetadataExt;

/// A file as it was read: path, modification time in nanoseconds, size, inode.
pub(crate) type Watched = (String, i64, u64, u64);

/// What differs when a file has been written.
type Stamp = (i64, u64, u64);

struct File {
    path: String,
    /// As it was loaded.
    loaded: Option<Stamp>,
    /// As it was when it was last looked at.
    seen: Option<Stamp>,
}

/// Files that are looked at from time to time.
pub(crate) struct Watch(Vec<File>);

impl Watch {
    /// Watches files that may have changed since they were read.
    pub(crate) fn new(files: &[Watched]) -> Self {
        let file = |(path, time, size, inode): &Watched| File {
            path: path.clone(),
            loaded: Some((*time, *size, *inode)),
            seen: None,
        };
        Self(files.iter().map(file).collect())
    }

    /// Whether there is nothing to look at.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The files that have changed since they were loaded and not since the look before: an editor
    /// that empties a file and then writes it is not caught in between.
    pub(crate) fn changed(&mut self) -> Vec<String> {
        let mut changed = Vec::new();
        for file in &mut self.0 {
            let now = stamp(&file.path);
            let rests = now == file.seen;
            file.seen = now;
            if rests && now.is_some() && now != file.loaded {
                // Whether it can be loaded or not: it is not tried again until it changes again.
                file.loaded = now;
                changed.push(file.path.clone());
            }
        }
        changed
    }
}

fn stamp(path: &str) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    let nanoseconds = metadata.mtime() * 1_000_000_000 + metadata.mtime_nsec();
    Some((nanoseconds, metadata.size(), metadata.ino()))
}
