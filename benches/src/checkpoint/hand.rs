//! By hand, on one thread.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use foldhash::fast::FixedState;
use tempfile::TempDir;

use super::{Sum, place};
use crate::data::events::Event;
use crate::hand::Table;
use crate::harness::{Measured, Watch};

/// The file in a directory.
const FILE: &str = "sums";

/// Sums in batches; the clock starts behind the first `before` of them.
pub(super) fn batches(events: &[Event<u64>], size: usize, before: usize) -> Measured {
    let directory = place();
    let mut file = File::create(directory.path().join(FILE)).expect("a file for the sums");
    let mut sums = Table::<u64, (u64, i64)>::default();
    let mut changed = Table::<u64, ()>::default();
    let (mut rows, mut buffer) = (Vec::new(), Vec::new());
    let mut watch = Watch::start();
    for (number, batch) in events.chunks(size).enumerate() {
        if number == before {
            watch = Watch::start();
        }
        for event in batch {
            let sum = sums.entry(event.user).or_default();
            sum.0 += 1;
            sum.1 += event.cents;
            changed.insert(event.user, ());
        }
        buffer.clear();
        for (user, ()) in changed.drain() {
            let (count, cents) = sums[&user];
            put(&mut buffer, user, count, cents);
            if number >= before {
                rows.push(Sum { user, count, cents });
            }
        }
        file.write_all(&buffer).expect("sums are written");
        file.sync_data().expect("sums are durable");
    }
    let mut measured = watch.stop((events.len() - before * size) as u64);
    for row in &rows {
        measured.add_output(row);
    }
    measured
}

/// A file of sums, one for each event.
pub(super) fn write(events: &[Event<u64>]) -> TempDir {
    let mut buffer = Vec::with_capacity(events.len() * 24);
    for event in events {
        put(&mut buffer, event.user, 1, event.cents);
    }
    let directory = place();
    fs::write(directory.path().join(FILE), buffer).expect("sums are written");
    directory
}

/// Reads it into a table of the right size.
pub(super) fn restart(directory: &Path, users: u64) -> Measured {
    let watch = Watch::start();
    let bytes = fs::read(directory.join(FILE)).expect("the file is there");
    let mut sums = Table::<u64, (u64, i64)>::with_capacity_and_hasher(users as usize, FixedState::default());
    for sum in bytes.as_chunks::<24>().0 {
        let number = |at: usize| u64::from_le_bytes(sum[at..at + 8].try_into().expect("eight bytes"));
        sums.insert(number(0), (number(8), number(16) as i64));
    }
    let mut measured = watch.stop(users);
    measured.add_output(&sums.len());
    measured
}

fn put(buffer: &mut Vec<u8>, user: u64, count: u64, cents: i64) {
    buffer.extend_from_slice(&user.to_le_bytes());
    buffer.extend_from_slice(&count.to_le_bytes());
    buffer.extend_from_slice(&cents.to_le_bytes());
}
