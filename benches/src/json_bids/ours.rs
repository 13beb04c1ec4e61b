//! The pipelines.

use streaming_runtime::stream_pipeline;

use super::{BidCount, NarrowBid};
use crate::data::bids::Bid;
use crate::harness::Measured;
use crate::ours::{Pieces, lines};

/// Decodes all fields.
pub(super) fn all(threads: usize, text: &'static [u8], n: usize) -> Measured {
    let rows = Pieces::new();
    let kept = rows.clone();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);

        let bids = source(lines(text))
            .json::<Bid<'_>>()
            .event_time(|bid| bid.date_time, max_delay = 4s);
        let counts = bids.key_by(|bid| bid.auction).window(tumbling(10s)).agg(BidCount {
            auction: key(),
            from: window_start(),
            bids: count(),
        });
        counts.to(sink(kept));
    });
    Measured::of(n, || {
        pipeline.threads(threads).start().join().expect("the pipeline runs");
        rows.take()
    })
}

/// Decodes two fields.
pub(super) fn narrow(threads: usize, text: &'static [u8], n: usize) -> Measured {
    let rows = Pieces::new();
    let kept = rows.clone();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);

        let bids = source(lines(text))
            .json::<NarrowBid>()
            .event_time(|bid| bid.date_time, max_delay = 4s);
        let counts = bids.key_by(|bid| bid.auction).window(tumbling(10s)).agg(BidCount {
            auction: key(),
            from: window_start(),
            bids: count(),
        });
        counts.to(sink(kept));
    });
    Measured::of(n, || {
        pipeline.threads(threads).start().join().expect("the pipeline runs");
        rows.take()
    })
}
