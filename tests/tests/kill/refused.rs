//! The system refuses the n-th call of the victim, or kills it there: the program is as it is.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{available_parallelism, scope};

use crate::model::write_input;
use crate::strace::refused;
use crate::victim::{Victim, command};
use streaming_tests::random::Random;

/// Calls, and what becomes of one of them. (Threads wake each other with `write`, so that is not refused here; that of single files is in `full`.)
const FAULTS: [(&str, &[&str]); 6] = [
    ("fdatasync", &["error=EIO", "error=ENOSPC", "signal=KILL"]),
    ("fsync", &["error=EIO", "signal=KILL"]),
    ("pwrite64", &["error=EIO", "error=ENOSPC", "signal=KILL"]),
    ("rename", &["error=EIO", "error=ENOSPC", "signal=KILL"]),
    ("ftruncate", &["error=EIO", "signal=KILL"]),
    ("write", &["signal=KILL"]),
];

/// The how many-th calls of a thread.
const TIMES: u64 = 8;

#[test]
fn whatever_the_system_refuses_the_next_run_goes_on() {
    let cases: Vec<(&str, &str, u64)> = FAULTS
        .iter()
        .flat_map(|(call, faults)| faults.iter().map(move |fault| (*call, *fault)))
        .flat_map(|(call, fault)| (1..=TIMES).map(move |time| (call, fault, time)))
        .collect();
    let next = AtomicU64::new(0);
    let struck = AtomicU64::new(0);
    scope(|scope| {
        for _ in 0..available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some((call, fault, time)) =
                    cases.get(usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap())
                {
                    case(call, fault, *time, &struck);
                }
            });
        }
    });
    println!("{} cases, {} victims failed or died", cases.len(), struck.into_inner());
}

fn case(call: &str, fault: &str, time: u64, struck: &AtomicU64) {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir_all(directory.path().join("out/running")).unwrap();
    let mut expected = write_input(directory.path(), 2_000, &mut Random::new(time));
    expected.end_input(directory.path());
    let inject = format!("inject={call}:{fault}:when={time}");
    let ended = Victim::start(refused(directory.path(), &inject, &[])).end();
    if !ended.status.success() {
        struck.fetch_add(1, Ordering::Relaxed);
    }
    // Once more, in what it has left.
    let again = Victim::start(refused(directory.path(), &inject, &[])).end();
    if !again.status.success() {
        struck.fetch_add(1, Ordering::Relaxed);
    }
    let last = Victim::start(command(directory.path(), 2)).end();
    assert!(
        last.status.success(),
        "{inject}: {}\nbefore: {}\nbefore that: {}",
        last.errors,
        again.errors,
        ended.errors
    );
    expected.check(directory.path(), &last.output);
}
