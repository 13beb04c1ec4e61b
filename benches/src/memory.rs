//! How much memory one side takes: measured in a process of its own, which runs it once.

use std::fs;
use std::process::Command;

use crate::args::Args;
use crate::harness::{Case, Who};
use crate::pool::Pool;

/// One allocator for both sides, told to keep what is freed. Otherwise memory is given back to the system between runs, and each
/// side pays for page faults according to how long the run before is ago.
const KEEP: (&str, &str) = ("MIMALLOC_PURGE_DELAY", "-1");

/// Starts this program anew with an allocator that keeps what is freed, unless it does so already: it reads that setting only
/// at the start. Where programs cannot be replaced nothing happens.
pub(crate) fn keep_what_is_freed() {
    #[cfg(unix)]
    if std::env::var_os(KEEP.0).is_none()
        && let Ok(program) = std::env::current_exe()
    {
        use std::os::unix::process::CommandExt;
        let error = Command::new(program)
            .args(std::env::args_os().skip(1))
            .env(KEEP.0, KEEP.1)
            .exec();
        eprintln!("cannot start again with {}: {error}", KEEP.0);
    }
}

/// The most bytes that one run of a side held beyond its input: asks a process of its own.
pub(crate) fn ask_peak(name: &str, threads: usize, who: Who, args: &Args) -> Option<u64> {
    let mut command = Command::new(std::env::current_exe().ok()?);
    command.args([name, "--threads", &threads.to_string(), "--peak", who.name()]);
    command.args(["--size", &(args.scale.text_bytes >> 20).to_string()]);
    if args.scale.quick {
        command.arg("--quick");
    }
    #[cfg(feature = "kafka")]
    if let Some(bootstrap) = crate::kafka::broker::started() {
        command.args(["--kafka", bootstrap]);
    }
    // An allocator as everybody has it, which gives back what is freed.
    let output = command.env(KEEP.0, "10").output().ok()?;
    if !output.status.success() {
        eprintln!("no peak of {name}: {}", String::from_utf8_lossy(&output.stderr));
    }
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// Answers [`ask_peak`]: runs one side once and prints the most bytes it held.
pub(crate) fn print_peak(case: &Case, threads: usize, who: Who) -> Result<(), String> {
    let side = case.side(who).ok_or("there is no such side")?;
    let pool = Pool::new(threads);
    // Where this is not allowed, the peak is the one of the whole process.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let before = status("VmRSS:").ok_or("no /proc here")?;
    side(&pool);
    let peak = status("VmHWM:").ok_or("no /proc here")?;
    println!("{}", peak.saturating_sub(before));
    Ok(())
}

fn status(field: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes << 10)
}
