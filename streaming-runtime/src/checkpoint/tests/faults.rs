//! Calls of the operating system that fail: nothing durable is lost, nothing half written counts.

use std::io::ErrorKind;

use rayon::prelude::*;

use super::crash::{Looked, look};
use super::disk::{Call, Disk, Fault};
use super::fixture::Files;
use super::model::{Process, append, directory, identity};
use super::random::Random;
use super::{Changes, Delta, open};

const STEPS: usize = 16;

/// Lets a process run on a disk on which one call fails.
pub(super) fn with_fault(seed: u64, fault: Fault) -> Result<(), String> {
    let mut process = Process::new(Disk::default(), seed);
    process.disk.fault(Some(fault));
    finish(&mut process, seed ^ fault.at as u64)
        .map_err(|why| format!("call {} fails with {:?}: {why}", fault.at, fault.kind))
}

/// What is called by a process in which nothing fails.
pub(super) fn calls(seed: u64) -> Vec<Call> {
    let mut process = Process::new(Disk::default(), seed);
    process.disk.fault(None);
    finish(&mut process, seed).expect("nothing fails");
    process.disk.calls()
}

fn finish(process: &mut Process, seed: u64) -> Result<(), String> {
    for _ in 0..STEPS {
        process.step()?;
    }
    look(process, &Files::new(), 6, seed, 0, &mut Looked::default())
}

/// Every call that `fails` is true for fails once.
fn each(seeds: std::ops::Range<u64>, kind: ErrorKind, fails: impl Fn(Call) -> bool + Sync) {
    let faults: Vec<_> = seeds
        .flat_map(|seed| {
            let calls = calls(seed).into_iter().enumerate();
            calls
                .filter(|(_, call)| fails(*call))
                .map(move |(at, _)| (seed, Fault { at, kind }))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(faults.len() > 100, "only {} calls fail", faults.len());
    let wrong: Vec<_> = faults
        .par_iter()
        .filter_map(|(seed, fault)| with_fault(*seed, *fault).err())
        .collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn no_space_at_any_write() {
    each(0..6, ErrorKind::StorageFull, |call| {
        matches!(call, Call::Make | Call::Write | Call::Rename)
    });
}

#[test]
fn an_error_at_any_write_or_sync() {
    each(0..3, ErrorKind::Other, |call| call != Call::Read);
}

#[test]
fn an_error_at_any_read() {
    each(0..2, ErrorKind::Other, |call| call == Call::Read);
}

/// A process on a disk that is full now and then.
pub(super) fn on_a_full_disk(seed: u64) -> Result<(), String> {
    let mut process = Process::new(Disk::default(), seed);
    let mut random = Random(seed);
    for _ in 0..12 {
        let used: usize = process.disk.files().values().map(Vec::len).sum();
        process.disk.space(Some(used + random.below(1500)));
        for _ in 0..4 {
            process.step()?;
        }
        process.disk.space(None);
        for _ in 0..3 {
            process.step()?;
        }
    }
    look(&process, &Files::new(), 30, seed, 0, &mut Looked::default())
}

#[test]
fn a_disk_that_is_full_for_a_while() {
    let wrong: Vec<_> = (0..60u64)
        .into_par_iter()
        .filter_map(|seed| on_a_full_disk(seed).err())
        .collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn a_journal_on_a_full_disk_goes_on_when_there_is_space() {
    let mut process = Process::new(Disk::default(), 5);
    process.settled_batch();
    let reached = process.current().batch;
    let used: usize = process.disk.files().values().map(Vec::len).sum();
    process.disk.space(Some(used + 10));
    assert!(process.batch().unwrap_err().is_full());
    assert!(process.batch().unwrap_err().is_full());
    process.disk.space(None);
    process.batch().unwrap();
    assert_eq!(process.current().batch, reached + 1);
}

#[test]
fn a_compaction_without_space_is_tried_again() {
    let disk = Disk::default();
    let opened = open(disk.clone(), directory(), identity()).unwrap();
    let mut journal = opened.compact_at(4000).begin().unwrap();
    let mut append = |batch: u64| {
        let mut changes = Changes::default();
        changes.put(0, append(&batch.to_le_bytes()), append(&[7; 400])).unwrap();
        let delta = Delta {
            operator: 0,
            partition: 0,
            changes: changes.into_bytes(),
        };
        journal.append(batch, &[delta], b"", true).unwrap();
        journal.done(batch).unwrap();
    };
    let is_snapshot = |name: &String| name.starts_with("snapshot-");
    (1..8).for_each(&mut append);
    // There is space for two batches and a new segment, and not for a snapshot of all of them.
    let used: usize = disk.files().values().map(Vec::len).sum();
    disk.space(Some(used + 3500));
    (8..11).for_each(&mut append);
    assert!(disk.files().len() > 2, "the journal is in a new segment");
    assert!(!disk.files().keys().any(is_snapshot));
    disk.space(None);
    (11..20).for_each(&mut append);
    assert!(disk.files().keys().any(is_snapshot));
}
