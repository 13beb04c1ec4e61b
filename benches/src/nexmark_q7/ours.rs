//! The pipeline.

use serde::{Deserialize, Serialize};
use streaming_runtime::stream_pipeline;

use super::Top;
use crate::data::bids::Bid;
use crate::harness::Measured;
use crate::ours::Pieces;

pub(super) fn run(threads: usize, input: &'static [Bid<'static>]) -> Measured {
    let rows = Pieces::new();
    let kept = rows.clone();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);

        let bids = memory(input).event_time(|bid| bid.date_time, max_delay = 0s);
        let candidates = bids.map(|bid| Candidate::of(bid));
        let highest = candidates.key_by(|_| ()).window(tumbling(10s)).agg(Highest {
            from: window_start(),
            bids: top(1, |bid| bid.price),
        });
        let rows = highest.flat_map(Highest::into_rows);
        rows.to(sink(kept));
    });
    Measured::of(input.len(), || {
        pipeline.threads(threads).start().join().expect("the pipeline runs");
        rows.take()
    })
}

/// A bid as far as it comes out.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Candidate {
    auction: u64,
    price: u64,
    bidder: u64,
    date_time: i64,
}

impl Candidate {
    fn of(bid: &Bid<'_>) -> Self {
        Self {
            auction: bid.auction,
            price: bid.price,
            bidder: bid.bidder,
            date_time: bid.date_time,
        }
    }
}

/// The highest bid of a window.
#[derive(Debug)]
struct Highest {
    from: i64,
    bids: Vec<Candidate>,
}

impl Highest {
    fn into_rows(self) -> impl Iterator<Item = Top> {
        let from = self.from;
        self.bids.into_iter().map(move |bid| Top {
            from,
            auction: bid.auction,
            price: bid.price,
            bidder: bid.bidder,
            date_time: bid.date_time,
        })
    }
}
