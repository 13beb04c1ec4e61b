//! The victim under `strace`, which has the system refuse what it asks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::victim::command;

/// Where the calls are told that a victim has made.
const TRACE: &str = "trace";

/// What begins a life in which `inject` (`inject=write:error=EIO:when=2`) becomes of a call; with `files` only of calls to these.
///
/// Calls are counted by thread.
pub(crate) fn refused(directory: &Path, inject: &str, files: &[PathBuf]) -> Command {
    let found = Command::new("strace").arg("-V").stdout(Stdio::null()).status();
    assert!(
        found.is_ok_and(|status| status.success()),
        "install `strace`, on Debian with: apt-get install -y strace"
    );
    let victim = command(directory, 2);
    let mut strace = Command::new("strace");
    let call = inject.split([':', '=']).nth(1).unwrap_or_default();
    strace.args(["-f", "-qq", "-o"]).arg(directory.join(TRACE));
    for file in files {
        strace.arg("-P").arg(file);
    }
    strace.arg("-e").arg(format!("trace={call}")).arg("-e").arg(inject);
    strace.arg(victim.get_program()).args(victim.get_args());
    strace
}

/// How many calls were refused in the last such life.
pub(crate) fn how_many(directory: &Path) -> usize {
    let trace = fs::read_to_string(directory.join(TRACE)).unwrap();
    trace.lines().filter(|line| line.ends_with("(INJECTED)")).count()
}
