//! The pipeline.

use std::cmp::Ordering;

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
        let highest = bids
            .map(|bid| Highest::of(bid))
            .key_by(|_| ())
            .window(tumbling(10s))
            .reduce(Highest::and);
        let rows = highest.flat_map(|((), window, highest)| highest.into_rows(window.start));
        rows.to(sink(kept));
    });
    Measured::of(input.len(), || {
        pipeline.threads(threads).start().join().expect("the pipeline runs");
        rows.take()
    })
}

/// A bid as far as it is looked at.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Candidate {
    auction: u64,
    price: u64,
    bidder: u64,
    date_time: i64,
}

/// The highest of some bids, with those that are as high.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Highest {
    one: Candidate,
    others: Vec<Candidate>,
}

impl Highest {
    #[inline]
    fn of(bid: &Bid<'_>) -> Self {
        let one = Candidate {
            auction: bid.auction,
            price: bid.price,
            bidder: bid.bidder,
            date_time: bid.date_time,
        };
        Self {
            one,
            others: Vec::new(),
        }
    }

    /// Associative and commutative but for the order of the bids.
    #[inline]
    fn and(mut self, mut other: Self) -> Self {
        match self.one.price.cmp(&other.one.price) {
            Ordering::Less => other,
            Ordering::Greater => self,
            Ordering::Equal => {
                self.others.push(other.one);
                self.others.append(&mut other.others);
                self
            }
        }
    }

    fn into_rows(self, from: i64) -> impl Iterator<Item = Top> {
        let row = move |bid: Candidate| Top {
            from,
            auction: bid.auction,
            price: bid.price,
            bidder: bid.bidder,
            date_time: bid.date_time,
        };
        std::iter::once(self.one).chain(self.others).map(row)
    }
}
