//! The pipelines, on the real engine: every batch is fetched, closed, written and committed.

use streaming_runtime::stream_pipeline;

use super::{BatchTotal, EVENTS};
use crate::data::events::Event;
use crate::harness::Measured;
use crate::ours::{Pieces, lent};

/// A batch is one record, which is dropped.
pub(super) fn empty(threads: usize, input: &'static [u64]) -> Measured {
    let rows = Pieces::<u64>::new();
    let kept = rows.clone();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now, max_batch_rows = 1);

        let numbers = source(lent(input, 1));
        numbers.filter(|number| **number == u64::MAX).to(sink(kept));
    });
    Measured::of(input.len(), || {
        let summary = pipeline.threads(threads).start().join().expect("the pipeline runs");
        assert_eq!(summary.batches, input.len() as u64);
        rows.take()
    })
}

/// A batch is a chunk of events.
pub(super) fn thousand(threads: usize, input: &'static [Event<u64>]) -> Measured {
    let rows = Pieces::new();
    let kept = rows.clone();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now, max_batch_rows = EVENTS as u64);

        let events = source(lent(input, EVENTS));
        let totals = events.key_by(|event| event.user).batch().agg(BatchTotal {
            user: key(),
            count: count(),
            cents: sum(|event| event.cents),
        });
        totals.to(sink(kept));
    });
    Measured::of(input.len(), || {
        let summary = pipeline.threads(threads).start().join().expect("the pipeline runs");
        assert_eq!(summary.batches, (input.len() / EVENTS) as u64);
        rows.take()
    })
}
