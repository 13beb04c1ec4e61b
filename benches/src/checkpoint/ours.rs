//! The pipelines.

use std::path::Path;
use std::sync::{Arc, Mutex};

use streaming_runtime::progress::BatchProgress;
use streaming_runtime::stream_pipeline;

use tempfile::TempDir;

use super::{Sum, place};
use crate::data::events::Event;
use crate::harness::{Measured, Watch};
use crate::ours::{Pieces, lent};

stream_pipeline!(
    fn sums(input: &'static [Event<u64>], size: usize, kept: Pieces<Sum>, least: u64) {
        settings(trigger = available_now, max_batch_rows = size as u64);

        let events = source(lent(input, size));
        let sums = events.key_by(|event| event.user).running(unbounded).agg(Sum {
            user: key(),
            count: count(),
            cents: sum(|event| event.cents),
        });
        // What was there before is not looked at.
        sums.filter(|sum| sum.count >= least).to(sink(kept));
    }
);

/// Sums in batches; the clock starts behind the first `before` of them.
pub(super) fn batches(threads: usize, events: &'static [Event<u64>], size: usize, before: usize) -> Measured {
    let directory = place();
    let rows = Pieces::new();
    let least = if before == 0 { 1 } else { 2 };
    let watch = Arc::new(Mutex::new(Watch::start()));
    let started = Arc::clone(&watch);
    let pipeline = sums(events, size, rows.clone(), least)
        .threads(threads)
        .checkpoint(directory.path())
        .listener(move |batch: &BatchProgress| {
            if batch.batch + 1 == before as u64 {
                *started.lock().expect("no panic while locked") = Watch::start();
            }
        });
    if before == 0 {
        *watch.lock().expect("no panic while locked") = Watch::start();
    }
    pipeline.start().join().expect("the pipeline runs");
    let count = (events.len() - before * size) as u64;
    let mut measured = watch.lock().expect("no panic while locked").stop(count);
    rows.take().iter().flatten().for_each(|row| measured.add_output(row));
    measured
}

/// A checkpoint of sums, one for each event.
pub(super) fn write(events: &'static [Event<u64>]) -> TempDir {
    let directory = place();
    let pipeline = sums(events, 1 << 20, Pieces::new(), u64::MAX).checkpoint(directory.path());
    pipeline.run_blocking().expect("the pipeline runs");
    directory
}

/// Goes on from it: until the first batch, of one record, is durable.
pub(super) fn restart(threads: usize, directory: &Path, first: &'static [Event<u64>], users: u64) -> Measured {
    let measured = Arc::new(Mutex::new(None));
    let (watch, result) = (Watch::start(), Arc::clone(&measured));
    let pipeline = sums(first, 1, Pieces::new(), u64::MAX)
        .threads(threads)
        .checkpoint(directory)
        .listener(move |_: &BatchProgress| *result.lock().expect("no panic while locked") = Some(watch.stop(users)));
    let summary = pipeline.run_blocking().expect("the pipeline runs");
    let mut measured = measured.lock().expect("no panic while locked").take().expect("a batch");
    measured.add_output(&(summary.state_rows as usize));
    measured
}
