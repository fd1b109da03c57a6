//! Notices that a file has changed and is no longer being written.

use std::fs;
use std::os::unix::fs::MetadataExt;

/// What differs when a file has been written: modification time, size, inode.
type Stamp = (i64, i64, u64, u64);

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
    /// Watches files from how they are now on.
    pub(crate) fn new(paths: &[String]) -> Self {
        let file = |path: &String| File {
            path: path.clone(),
            loaded: stamp(path),
            seen: stamp(path),
        };
        Self(paths.iter().map(file).collect())
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
                file.loaded = now;
                changed.push(file.path.clone());
            }
        }
        changed
    }

    /// Watches other files, those it knows as before.
    pub(crate) fn follow(&mut self, paths: &[String]) {
        self.0.retain(|file| paths.contains(&file.path));
        for path in paths {
            if !self.0.iter().any(|file| &file.path == path) {
                self.0.extend(Self::new(std::slice::from_ref(path)).0);
            }
        }
    }
}

fn stamp(path: &str) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    Some((
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.size(),
        metadata.ino(),
    ))
}
