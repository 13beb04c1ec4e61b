//! Instances of pipelines that are processes of their own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::reader::PATIENCE;

/// What an instance runs.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// `copy` or `count`.
    pub(super) mode: &'static str,
    pub(super) brokers: String,
    pub(super) input: String,
    pub(super) output: String,
}

/// An instance with a checkpoint directory of its own, running or not.
pub(super) struct Member {
    plan: Plan,
    directory: PathBuf,
    child: Option<Child>,
    /// How often it has ended by itself, and what it said.
    pub(super) ended: Vec<String>,
}

impl Plan {
    pub(super) fn new(mode: &'static str, brokers: &str, input: &str, output: &str) -> Self {
        Self {
            mode,
            brokers: brokers.to_owned(),
            input: input.to_owned(),
            output: output.to_owned(),
        }
    }

    pub(super) fn member(&self, directory: &Path) -> Member {
        Member {
            plan: self.clone(),
            directory: directory.to_owned(),
            child: None,
            ended: Vec::new(),
        }
    }
}

impl Member {
    /// Starts it if it does not run; notes what it said when it has ended by itself.
    pub(super) fn start(&mut self) {
        self.start_until(None);
    }

    /// The same; it kills itself at a step of the protocol (`journaled:2`: when that is passed for the second time).
    pub(super) fn start_until(&mut self, step: Option<&str>) {
        if let Some(child) = &mut self.child
            && child.try_wait().expect("a child").is_some()
        {
            self.child = None;
            self.ended.push(self.said());
        }
        let Plan {
            mode,
            brokers,
            input,
            output,
        } = &self.plan;
        if self.child.is_none() {
            let mut command = Command::new(env!("CARGO_BIN_EXE_kafka-instance"));
            command
                .args([mode, brokers.as_str(), input, output])
                .arg(&self.directory);
            if let Some(step) = step {
                command.env("STREAMING_CRASH_AT", step);
            }
            // A file, which takes whatever an instance has to say: a pipe would have to be emptied.
            let log = File::create(self.log()).expect("a log");
            let child = command.env("RUST_LOG", "info").stdin(Stdio::null()).stderr(log).spawn();
            self.child = Some(child.expect("an instance"));
        }
    }

    /// Whether it has killed itself.
    #[cfg(feature = "crash-points")]
    pub(super) fn is_dead(&mut self) -> bool {
        use std::os::unix::process::ExitStatusExt;
        let child = self.child.as_mut().expect("it was started");
        let Some(status) = child.try_wait().expect("a child") else {
            return false;
        };
        self.child = None;
        assert_eq!(
            status.signal(),
            Some(9),
            "it ended otherwise: {status}, {}",
            self.said()
        );
        true
    }

    /// A real SIGKILL.
    pub(super) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("killed");
            child.wait().expect("waited for");
        }
    }

    /// Stops it for a while: it does not know of that when it goes on.
    pub(super) fn freeze(&mut self, how_long: Duration) {
        let Some(child) = &self.child else { return };
        let id = child.id().to_string();
        let signal = |name: &str| Command::new("kill").args([name, id.as_str()]).status().expect("kill");
        signal("-STOP");
        std::thread::sleep(how_long);
        signal("-CONT");
    }

    /// Ends it in good order.
    pub(super) fn stop(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        let id = child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().expect("kill");
        assert!(told.success(), "cannot stop an instance");
        let begun = Instant::now();
        while child.try_wait().expect("a child").is_none() {
            if begun.elapsed() > PATIENCE {
                let _ = child.kill();
                panic!("an instance did not stop");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        if !child.wait().expect("a child").success() {
            self.ended.push(self.said());
        }
    }

    /// What it says goes there.
    fn log(&self) -> PathBuf {
        self.directory.with_extension("log")
    }

    /// The last that it said.
    pub(super) fn said(&self) -> String {
        let said = fs::read(self.log()).unwrap_or_default();
        let said = String::from_utf8_lossy(&said).into_owned();
        let lines: Vec<_> = said.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.kill();
    }
}
