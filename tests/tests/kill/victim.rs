//! The process that is killed.

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// How long a process may take to end when it was asked to.
const PATIENCE: Duration = Duration::from_mins(1);

/// One life of it.
#[derive(Debug)]
pub(crate) struct Victim(Child);

/// How it ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) output: String,
    pub(crate) errors: String,
}

/// What begins a life of it.
pub(crate) fn command(directory: &Path, threads: u64) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_victim"));
    command.arg(directory).arg(threads.to_string());
    command
}

/// What begins a life of a pipeline that follows log files: to `follow` until it is killed, or to `finish`.
pub(crate) fn follower(directory: &Path, threads: u64, how: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_follower"));
    command.arg(directory).arg(threads.to_string()).arg(how);
    command.env("RUST_LOG", "streaming_runtime=info");
    command
}

impl Victim {
    pub(crate) fn start(mut command: Command) -> Self {
        let command = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self(command.spawn().expect("the victim can be started"))
    }

    pub(crate) fn kill(&mut self) {
        self.0.kill().expect("the victim is our own");
    }

    /// Whether it has ended by itself.
    pub(crate) fn is_over(&mut self) -> bool {
        self.0.try_wait().expect("the victim is our own").is_some()
    }

    /// Asks it to stop.
    pub(crate) fn terminate(&self) {
        let asked = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        asked.expect("`kill` can be started");
    }

    /// Waits for its end. One that does not end is a failure.
    pub(crate) fn end(mut self) -> Ended {
        let step = Duration::from_millis(1);
        let mut waited = Duration::ZERO;
        let status = loop {
            if let Some(status) = self.0.try_wait().expect("the victim is our own") {
                break status;
            }
            if waited > PATIENCE {
                let _ = self.0.kill();
                panic!("the victim does not end: {}", self.said().1);
            }
            sleep(step);
            waited += step;
        };
        let (output, errors) = self.said();
        Ended { status, output, errors }
    }

    /// What it has written; it has ended.
    fn said(&mut self) -> (String, String) {
        let (mut output, mut errors) = (String::new(), String::new());
        if let (Some(out), Some(err)) = (&mut self.0.stdout, &mut self.0.stderr) {
            let _ = out.read_to_string(&mut output);
            let _ = err.read_to_string(&mut errors);
        }
        (output, errors)
    }
}
