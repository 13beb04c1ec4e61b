//! The pipeline.

use streaming_runtime::stream_pipeline;

use crate::data::events::Event;
use crate::harness::Measured;
use crate::ours::Pieces;

pub(super) fn run(threads: usize, input: &'static [Event<u64>]) -> Measured {
    let rows = Pieces::new();
    let kept = rows.clone();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);

        let events = memory(input).event_time(|event| event.ts, max_delay = 5s);
        let spent = events.map(|event| (event.user, event.ts, event.cents));
        let (even, odd) = spent.split(|(_, _, cents)| cents % 2 == 0);
        let pairs = even
            .join(odd)
            .on(|(user, _, _)| *user, |(user, _, _)| *user)
            .within(0s..=10s);
        pairs.to(sink(kept));
    });
    Measured::of(input.len(), || {
        pipeline.threads(threads).start().join().expect("the pipeline runs");
        rows.take()
    })
}
