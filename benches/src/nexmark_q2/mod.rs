//! Nexmark query 2: the bids for every 123rd auction.
//!
//! Rows: one [`Selected`] per bid with `auction % 123 == 0`.

mod hand;
mod ours;

use crate::data::bids::{Bid, bids};
use crate::harness::{Case, Scale};

/// What comes out.
#[derive(Debug, Clone, Copy, Hash)]
pub(crate) struct Selected {
    pub(crate) auction: u64,
    pub(crate) price: u64,
}

/// The condition of both sides.
#[inline]
pub(crate) fn wanted(bid: &Bid<'_>) -> bool {
    bid.auction.is_multiple_of(123)
}

pub(crate) fn case(scale: &Scale) -> Case {
    let bids = bids(scale.of(6_000_000));
    Case::new(move |pool| hand::run(pool, bids)).ours(move |threads| ours::run(threads, bids))
}
