//! A child process that never outlives its owner.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc;
use std::time::Duration;
use std::{io, thread};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// A process in a group of its own. When it is dropped it is killed, unless it ends in time, and
/// with it whatever it has started; nothing of it stays, not even a zombie.
#[derive(Debug)]
pub(crate) struct OwnChild {
    child: Child,
    /// How long it may take to end by itself once nobody listens to it.
    pub(crate) patience: Duration,
}

impl OwnChild {
    /// Starts `command`.
    ///
    /// # Errors
    /// As [`Command::spawn`].
    pub(crate) fn spawn(command: &mut Command, patience: Duration) -> io::Result<Self> {
        // Ctrl-C is for the owner's group alone.
        let child = command.process_group(0).spawn()?;
        Ok(Self { child, patience })
    }

    /// The process itself, for its pipes.
    pub(crate) fn process(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Waits until it has ended by itself or was killed for its lack of haste; reaps it.
    ///
    /// # Errors
    /// As [`Child::wait`].
    pub(crate) fn end(&mut self) -> io::Result<ExitStatus> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(status);
        }
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(id) = id {
            ends_within(id, self.patience);
            // Until it is reaped its number is nobody else's, so this is for its own group, in
            // which it may have left others. If none is there, there is nothing to do.
            let _none_left = kill_process_group(id, Signal::KILL);
        }
        self.child.wait()
    }
}

impl Drop for OwnChild {
    fn drop(&mut self) {
        let _reaped = self.end();
    }
}

/// Waits for a process to end, for `patience` at most, and leaves it to be reaped.
fn ends_within(id: Pid, patience: Duration) {
    if patience.is_zero() {
        return;
    }
    let (ended, ending) = mpsc::channel();
    let waiting = thread::Builder::new()
        .name("child".to_owned())
        .spawn(move || {
            let _status = waitid(
                WaitId::Pid(id),
                WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
            );
            let _unheard = ended.send(());
        });
    if waiting.is_ok() {
        let _late = ending.recv_timeout(patience);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::process::Stdio;
    use std::time::Instant;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    fn shell(script: &str, patience: Duration) -> OwnChild {
        let mut command = Command::new("sh");
        command
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        OwnChild::spawn(&mut command, patience).expect("a shell")
    }

    #[test]
    fn its_own_exit_code_is_known() {
        let mut child = shell("exit 7", LONG);
        assert_eq!(child.end().expect("ended").code(), Some(7));
        assert_eq!(child.end().expect("ended").code(), Some(7));
    }

    #[test]
    fn it_may_end_by_itself_when_its_input_does() {
        let mut child = shell("cat > /dev/null; exit 3", LONG);
        let mut input = child.process().stdin.take().expect("a pipe");
        input.write_all(b"x").expect("it reads");
        drop(input);
        assert_eq!(child.end().expect("ended").code(), Some(3));
    }

    #[test]
    fn it_is_killed_with_all_that_it_has_started() {
        let started = Instant::now();
        let mut child = shell("trap '' TERM; sleep 600 & echo ready; wait", Duration::ZERO);
        let mut output = child.process().stdout.take().expect("a pipe");
        let mut ready = [0; 6];
        output.read_exact(&mut ready).expect("it writes");
        drop(child);
        // the other process holds the pipe open, too
        assert_eq!(output.read_to_end(&mut Vec::new()).expect("an end"), 0);
        assert!(started.elapsed() < LONG);
    }
}
