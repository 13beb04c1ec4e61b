//! Nexmark query 7: the highest bids of each tumbling 10 s.
//!
//! Rows: one [`Top`] per bid whose price is the highest of its window: every one of them, if several bid the same. The
//! end of the input closes all windows.

mod hand;
mod ours;

use crate::data::bids::{Bid, bids};
use crate::harness::{Case, Scale};

/// What comes out.
#[derive(Debug, Clone, Copy, Hash)]
pub(crate) struct Top {
    /// Start of the window.
    pub(crate) from: i64,
    pub(crate) auction: u64,
    pub(crate) price: u64,
    pub(crate) bidder: u64,
    pub(crate) date_time: i64,
}

/// The highest bids seen so far: associative and commutative, as a reduction may want it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Highest {
    pub(crate) price: u64,
    pub(crate) bids: Vec<Bid<'static>>,
}

impl Highest {
    /// Looks at one more bid.
    #[inline]
    pub(crate) fn add(&mut self, bid: &Bid<'static>) {
        if bid.price > self.price {
            self.price = bid.price;
            self.bids.clear();
        }
        if bid.price == self.price {
            self.bids.push(*bid);
        }
    }

    /// Looks at what another has seen.
    pub(crate) fn merge(&mut self, other: &Self) {
        other.bids.iter().for_each(|bid| self.add(bid));
    }

    /// What comes out of a window.
    pub(crate) fn rows(&self, from: i64) -> impl Iterator<Item = Top> {
        let Self { bids, .. } = self;
        let row = move |bid: &Bid<'static>| Top {
            from,
            auction: bid.auction,
            price: bid.price,
            bidder: bid.bidder,
            date_time: bid.date_time,
        };
        bids.iter().map(row)
    }
}

pub(crate) fn case(scale: &Scale) -> Case {
    let bids = bids(scale.of(2_000_000));
    Case::new(move |pool| hand::run(pool, bids)).ours(move |threads| ours::run(threads, bids))
}
