//! The pipeline.

use streaming_runtime::stream_pipeline;

use super::{SILENCE, Spent, Visit};
use crate::data::events::Event;
use crate::harness::Measured;
use crate::ours::Pieces;

pub(super) fn run(threads: usize, input: &'static [Event<u64>]) -> Measured {
    let rows = Pieces::new();
    let kept = rows.clone();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);

        let events = memory(input).event_time(|event| event.ts, max_delay = 0s);
        let visits = events
            .map(|event| *event)
            .key_by(|event| event.user)
            .state::<Spent>(ttl = 1h)
            .on_event(|spent, event, cx| {
                spent.add(event.cents);
                cx.set_timer(event.ts + SILENCE);
            })
            .on_timer(|spent, cx| {
                cx.emit(Visit {
                    user: *cx.key(),
                    ended: cx.time(),
                    spent: *spent,
                });
                cx.clear();
            });
        visits.to(sink(kept));
    });
    Measured::of(input.len(), || {
        pipeline.threads(threads).start().join().expect("the pipeline runs");
        rows.take()
    })
}
