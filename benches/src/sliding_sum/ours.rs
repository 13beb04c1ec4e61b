//! The pipeline.

use streaming_runtime::stream_pipeline;

use super::Total;
use crate::data::events::Event;
use crate::harness::Measured;
use crate::ours::Pieces;

pub(super) fn run(threads: usize, input: &'static [Event<u64>]) -> Measured {
    let rows = Pieces::new();
    let kept = rows.clone();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);

        let events = memory(input).event_time(|event| event.ts, max_delay = 5s);
        let totals = events
            .key_by(|event| event.user)
            .window(sliding(60s, every = 1s))
            .agg(Total {
                user: key(),
                from: window_start(),
                count: count(),
                cents: sum(|event| event.cents),
            });
        totals.to(sink(kept));
    });
    Measured::of(input.len(), || {
        pipeline.threads(threads).start().join().expect("the pipeline runs");
        rows.take()
    })
}
