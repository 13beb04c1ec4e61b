//! Killed and stopped at random times, and at every named place.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{available_parallelism, scope, sleep};
use std::time::Duration;

use crate::model::write_input;
use crate::victim::{Ended, Victim, command};
use streaming_tests::random::Random;

/// Places at which a victim kills itself.
pub(crate) const PLACES: [&str; 9] = [
    "computed",
    "prepared",
    "deciding",
    "journaled",
    "decided",
    "committed",
    "done",
    "resumed",
    "redone",
];

/// A number from the environment.
pub(crate) fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect(name))
}

/// What was done to victims.
#[derive(Debug, Default)]
struct Counts {
    killed: AtomicU64,
    at_places: AtomicU64,
    terminated: AtomicU64,
    rounds: AtomicU64,
}

#[test]
fn nothing_is_lost_and_nothing_is_there_twice() {
    let (cycles, seed) = (setting("KILL_CYCLES", 1_000), setting("KILL_SEED", 1));
    let counts = Counts::default();
    let next = AtomicU64::new(seed);
    scope(|scope| {
        for _ in 0..available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while counts.killed.load(Ordering::Relaxed) < cycles {
                    round(next.fetch_add(1, Ordering::Relaxed), None, cycles, &counts);
                }
            });
        }
    });
    println!("{counts:?}");
}

/// What a victim does wrong when it is told to.
const BUGS: [&str; 8] = [
    "CommitBeforeDecision",
    "DoneBeforeCommit",
    "FiredWindowsKept",
    "PositionsOfTheBatchBefore",
    "TotalsForgotten",
    "OutputNotLogged",
    "NotFinished",
    "StateForgotten",
];

/// Rounds in which a bug has to be found.
const ROUNDS: u64 = 30;

#[test]
fn planted_bugs_are_found() {
    for bug in BUGS {
        let counts = Counts::default();
        let found = (0..ROUNDS).any(|seed| {
            let round = || round(seed, Some(bug), u64::MAX, &counts);
            catch_unwind(AssertUnwindSafe(round)).is_err()
        });
        assert!(found, "{bug} was not found: {counts:?}");
    }
}

/// One input, worked on in many lives.
fn round(seed: u64, bug: Option<&str>, cycles: u64, counts: &Counts) {
    let mut random = Random::new(seed);
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir_all(directory.path().join("out/running")).unwrap();
    let lines = 3_000 + random.below(9_000);
    let mut expected = write_input(directory.path(), lines, &mut random);
    println!("KILL_SEED={seed}: {lines} lines");
    let mut to_the_end = || {
        loop {
            let spared = counts.killed.load(Ordering::Relaxed) >= cycles;
            if let Some(ended) = life(directory.path(), bug, &mut random, spared, counts) {
                assert!(ended.status.success(), "seed {seed}: {}", ended.errors);
                return ended.output;
            }
        }
    };
    to_the_end();
    expected.end_input(directory.path());
    let counted = to_the_end();
    expected.check(directory.path(), &counted);
    counts.rounds.fetch_add(1, Ordering::Relaxed);
}

/// One life; how it ended, if it did so by itself.
fn life(directory: &Path, bug: Option<&str>, random: &mut Random, spared: bool, counts: &Counts) -> Option<Ended> {
    let mut command = command(directory, 1 + random.below(4));
    command.envs(bug.map(|bug| ("VICTIM_BUG", bug)));
    if spared {
        return Some(Victim::start(command).end());
    }
    match random.below(20) {
        0..6 => {
            let place = PLACES[usize::try_from(random.below(PLACES.len() as u64)).unwrap()];
            let pass = 1 + random.below(6);
            command.env("STREAMING_CRASH_AT", format!("{place}:{pass}"));
            let ended = Victim::start(command).end();
            if ended.status.signal() != Some(9) {
                return Some(ended);
            }
            counts.at_places.fetch_add(1, Ordering::Relaxed);
            counts.killed.fetch_add(1, Ordering::Relaxed);
            None
        }
        6..9 => {
            let victim = Victim::start(command);
            sleep(Duration::from_millis(random.below(60)));
            victim.terminate();
            if random.one_in(2) {
                sleep(Duration::from_micros(random.below(3_000)));
                victim.terminate();
            }
            let ended = victim.end();
            let stopped = ended.status.signal() == Some(15) || ended.errors.contains("interrupted");
            assert!(ended.status.success() || stopped, "{}", ended.errors);
            counts.terminated.fetch_add(1, Ordering::Relaxed);
            None
        }
        _ => {
            let mut victim = Victim::start(command);
            sleep(Duration::from_micros(random.below(50_000)));
            victim.kill();
            let ended = victim.end();
            if ended.status.signal() != Some(9) {
                // It was faster.
                return Some(ended);
            }
            counts.killed.fetch_add(1, Ordering::Relaxed);
            None
        }
    }
}
