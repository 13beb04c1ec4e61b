//! Crashes: whatever of the writes that were not waited for is on the disk, the state is that of a batch that may be there.
//!
//! `CHECKPOINT_IMAGES` says how many disks are looked at; more than the usual number takes longer and finds more.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::disk::Disk;
use super::image::Follower;
use super::model::{Expected, Process, Version, directory, identity, verify};
use super::open;
use super::random::Random;

/// How many disks are looked at in a run of a process.
const IMAGES: usize = 120;
const STEPS: usize = 40;

/// How many disks are looked at, and how many of those were used further and crashed again.
#[derive(Debug, Default)]
pub(super) struct Looked {
    pub images: usize,
    pub resumed: usize,
}

#[test]
fn every_crash_leaves_the_last_durable_batch_or_one_later() {
    let wanted = std::env::var("CHECKPOINT_IMAGES").map_or(20_000, |number| number.parse::<usize>().expect("a number"));
    let images = AtomicUsize::new(0);
    let failed = (0..wanted.div_ceil(IMAGES) as u64)
        .into_par_iter()
        .find_map_any(|seed| match explore(seed) {
            Ok(looked) => {
                images.fetch_add(looked.images, Ordering::Relaxed);
                None
            }
            Err(why) => Some(format!("seed {seed}: {why}")),
        });
    assert_eq!(failed, None);
    let images = images.into_inner();
    assert!(images >= wanted, "{images} of {wanted} disks were looked at");
}

/// Lets a process run, and looks at disks as they may be after a crash at any time.
pub(super) fn explore(seed: u64) -> Result<Looked, String> {
    let mut disk = Disk::default();
    // Turns can be repeated; the real thing cannot, but gets the orders that turns do not have.
    disk.background = seed % 8 == 7;
    let mut process = Process::new(disk.clone(), seed);
    process.changes_program = seed % 4 == 3;
    for _ in 0..STEPS {
        process.step()?;
    }
    let _ = process.close();
    let mut looked = Looked::default();
    look(&process, &BTreeMap::new(), IMAGES, seed, 1, &mut looked)?;
    Ok(looked)
}

/// Looks at `images` disks as the disk of a process may be after a crash; `again` times more what is found is used and crashes.
pub(super) fn look(
    process: &Process,
    start: &BTreeMap<String, Vec<u8>>,
    images: usize,
    seed: u64,
    again: usize,
    looked: &mut Looked,
) -> Result<(), String> {
    let mut random = Random(seed ^ 0x5eed);
    let mut follower = Follower::from(start);
    let log = process.disk.log();
    let mut made = 0;
    for (place, op) in log.iter().enumerate() {
        follower.follow(op, &mut random);
        // As many as are due when they are spread evenly.
        while made * log.len() < (place + 1) * images {
            made += 1;
            looked.images += 1;
            let files = follower.image(&mut random);
            let found = recover(&files, &follower.expected, &process.versions);
            let version = found.map_err(|why| format!("after operation {place} of {}: {why}", log.len()))?;
            if again > 0 && random.chance(10) {
                looked.resumed += 1;
                resume(process, &files, version, random.next(), again - 1, looked)
                    .map_err(|why| format!("after operation {place} of {}, then: {why}", log.len()))?;
            }
        }
    }
    Ok(())
}

/// What is found on a disk.
fn recover(files: &BTreeMap<String, Vec<u8>>, expected: &Expected, versions: &[Version]) -> Result<usize, String> {
    let mut opened = open(Disk::with(files.clone()), directory(), identity()).map_err(|error| error.to_string())?;
    let mut expected = expected.clone();
    if opened.notes().is_empty() {
        return verify(&opened, &expected, versions)?.map_err(|error| error.to_string());
    }
    // The checkpoint is of the program with an operator more.
    if opened.last().is_some_and(|last| !last.done) {
        expected.done.extend(expected.possible.iter().copied());
    }
    opened.convert().map_err(|error| error.to_string())?;
    verify(&opened, &expected, versions)?.map_err(|error| error.to_string())
}

/// Uses a disk that was found, and crashes again.
fn resume(
    before: &Process,
    files: &BTreeMap<String, Vec<u8>>,
    version: usize,
    seed: u64,
    again: usize,
    looked: &mut Looked,
) -> Result<(), String> {
    let expected = Expected {
        possible: [version].into(),
        ..before.expected.clone()
    };
    let disk = Disk::with(files.clone());
    let mut process = Process::resume(disk, seed, before.versions.clone(), expected);
    process.changes_program = before.changes_program;
    for _ in 0..6 {
        process.step()?;
    }
    look(&process, files, 10, seed, again, looked)
}
