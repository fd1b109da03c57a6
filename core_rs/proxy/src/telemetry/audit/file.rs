//! The file of the audit log: appended to, put aside when it is full, taken up after a restart.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::AuditSettings;
use super::chain::Chain;

/// Only its owner reads who asked for what.
const FILE_MODE: u32 = 0o600;
/// Bytes at the end of a file in which its last whole line is looked for: more than two of the
/// longest lines there can be.
const TAIL_BYTES: u64 = 64 << 10;

/// What the log ended with when it was opened.
pub(super) struct Opened {
    pub(super) log: LogFile,
    pub(super) chain: Chain,
}

/// The file in use.
pub(super) struct LogFile {
    settings: AuditSettings,
    file: File,
    bytes: u64,
    /// The file ends in the middle of a line, because of a crash or a full disk.
    torn: bool,
}

impl LogFile {
    pub(super) fn open(settings: AuditSettings) -> io::Result<Opened> {
        let mut file = open(&settings.path)?;
        let bytes = file.metadata()?.len();
        // What was put aside last ends the chain if the file itself is new.
        let (tail, torn) = match bytes {
            0 => match File::open(aside(&settings.path, 1)) {
                Ok(mut previous) => read_tail(&mut previous)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => (None, false),
                Err(error) => return Err(error),
            },
            _ => read_tail(&mut file)?,
        };
        let chain = match tail {
            None => Chain::default(),
            Some(line) => Chain::behind(&line).ok_or_else(|| {
                let reason = "its last line is no entry of an audit log; move the file away";
                io::Error::new(io::ErrorKind::InvalidData, reason)
            })?,
        };
        let log = Self {
            settings,
            file,
            bytes,
            torn,
        };
        Ok(Opened { log, chain })
    }

    /// Whether the next line must begin behind a piece of one.
    pub(super) fn is_torn(&self) -> bool {
        self.torn
    }

    /// Appends `lines`, whole or not at all if the disk lets us.
    pub(super) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.bytes > 0 && self.bytes + lines.len() as u64 > self.settings.file_bytes {
            self.put_aside()?;
        }
        if let Err(error) = self.file.write_all(lines) {
            self.torn = self.file.set_len(self.bytes).is_err();
            return Err(error);
        }
        self.torn = false;
        self.bytes += lines.len() as u64;
        Ok(())
    }

    /// Makes sure that what was appended outlives a crash of the machine.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn put_aside(&mut self) -> io::Result<()> {
        self.sync()?;
        let path = &self.settings.path;
        // It is not there if it was put aside before and the next one could not be opened. To move
        // the others once more would cost the oldest of them each time that this is tried again.
        if path.try_exists()? {
            shift(path, self.settings.files)?;
        }
        self.file = open(path)?;
        self.bytes = 0;
        self.torn = false;
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(FILE_MODE)
        .open(path)
}

/// Makes `FILE` the first of `kept` files put aside.
fn shift(path: &Path, kept: usize) -> io::Result<()> {
    if kept == 0 {
        return fs::remove_file(path);
    }
    for number in (1..=kept).rev() {
        let from = match number {
            1 => path.to_owned(),
            _ => aside(path, number - 1),
        };
        match fs::rename(from, aside(path, number)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// `FILE.number`.
fn aside(path: &Path, number: usize) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}

/// The last whole line, and whether a piece of a line is behind it.
fn read_tail(file: &mut File) -> io::Result<(Option<Vec<u8>>, bool)> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut tail = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut tail)?;
    let torn = tail.last().is_some_and(|last| *last != b'\n');
    let whole = match tail.iter().rposition(|byte| *byte == b'\n') {
        Some(end) => &tail[..end],
        // Nothing but the beginning of a first line.
        None if length <= TAIL_BYTES => return Ok((None, torn)),
        None => &tail[..],
    };
    let start = whole
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    Ok((Some(whole[start..].to_vec()), torn))
}
