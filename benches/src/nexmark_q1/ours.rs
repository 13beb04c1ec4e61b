//! The pipeline.

use streaming_runtime::stream_pipeline;

use super::convert;
use crate::data::bids::Bid;
use crate::harness::Measured;
use crate::ours::Pieces;

pub(super) fn run(threads: usize, input: &'static [Bid<'static>]) -> Measured {
    let rows = Pieces::new();
    let kept = rows.clone();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);

        let bids = memory(input);
        bids.map(|bid| convert(bid)).to(sink(kept));
    });
    Measured::of(input.len(), || {
        pipeline.threads(threads).start().join().expect("the pipeline runs");
        rows.take()
    })
}
