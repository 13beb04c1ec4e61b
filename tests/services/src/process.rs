//! A child process that never outlives this one.
//!
//! The child is started by a small shell, its watcher, that reads from a pipe whose other end only
//! this process holds. A line in the pipe is a signal for the child. When the pipe ends (handle
//! dropped, process gone, `kill -9` included) the watcher kills the child and removes its
//! directory. Only the watcher sends signals and it has not yet reaped the child when it does, so
//! a signal cannot reach a stranger that got the same id.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::{Error, Result};

/// `sh -c WATCHER watcher DIRECTORY PROGRAM ARGS…`, the log file as standard error.
const WATCHER: &str = r#"
directory=$1; shift
"$@" </dev/null >&2 &
child=$!
echo "$child"
exec 3<&0 </dev/null >&2
(
    while read -r signal <&3; do kill -s "$signal" "$child"; done
    trap '' TERM
    kill -s KILL "$child"
) 2>/dev/null &
reader=$!
wait "$child"
status=$?
kill -s TERM "$reader" 2>/dev/null
if wait "$reader"; then
    rm -rf "$directory"
    rmdir "${directory%/*}" 2>/dev/null
fi
exit "$status"
"#;

#[derive(Debug)]
pub(crate) struct Process {
    watcher: Child,
    /// `None` once dropped: the watcher then kills the child.
    signals: Option<ChildStdin>,
    pid: u32,
}

impl Process {
    /// Starts `command` with both outputs appended to `log`, in the folder of the log.
    /// `directory` is the child's own: the watcher removes it, and its parent when that is then
    /// empty, if this process goes away without having stopped the child.
    pub(crate) fn spawn(command: &Command, directory: &Path, log: &Path) -> Result<Self> {
        let output = File::options()
            .create(true)
            .append(true)
            .open(log)
            .map_err(|e| Error::io("open", log, &e))?;
        let mut shell = Command::new("sh");
        shell.args(["-c", WATCHER, "watcher"]).arg(directory);
        shell.arg(command.get_program()).args(command.get_args());
        if let Some(folder) = log.parent() {
            shell.current_dir(folder);
        }
        // A group of its own: Ctrl-C is for this process, and the watcher then sees the pipe end.
        shell.process_group(0);
        shell.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut watcher = shell
            .stderr(output)
            .spawn()
            .map_err(|e| Error::new(format!("cannot start sh: {e}")))?;
        let signals = watcher.stdin.take();
        let mut line = String::new();
        if let Some(stdout) = watcher.stdout.take() {
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        let pid = line.trim().parse();
        let mut process = Self {
            watcher,
            signals,
            pid: 0,
        };
        process.pid = pid.map_err(|_| {
            let program = command.get_program().display();
            Error::new(format!("sh did not start {program}")).with_logs([log.to_owned()])
        })?;
        Ok(process)
    }

    /// The child's id (not the watcher's).
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Sends `signal` ("TERM", "KILL"); without effect when the child has ended.
    pub(crate) fn signal(&mut self, signal: &str) {
        if let Some(pipe) = &mut self.signals {
            // A broken pipe: the child has ended, and the watcher with it.
            let _ = writeln!(pipe, "{signal}");
        }
    }

    /// How the child ended, if it has (a signal as 128 plus its number).
    pub(crate) fn exited(&mut self) -> Option<ExitStatus> {
        self.watcher.try_wait().ok().flatten()
    }

    /// Waits until the child has ended; false when it is still there after `timeout`.
    pub(crate) fn wait(&mut self, timeout: Duration) -> bool {
        let start = Instant::now();
        while self.exited().is_none() {
            if start.elapsed() > timeout {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        true
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signals = None;
        self.wait(Duration::from_secs(10));
    }
}
