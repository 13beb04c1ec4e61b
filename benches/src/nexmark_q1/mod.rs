//! Nexmark query 1: every bid with its price converted.
//!
//! Rows: one [`Converted`] per bid.

mod hand;
mod ours;

use crate::data::bids::{Bid, bids};
use crate::harness::{Case, Scale};

/// What comes out.
#[derive(Debug, Clone, Copy, Hash)]
pub(crate) struct Converted<'a> {
    pub(crate) auction: u64,
    pub(crate) bidder: u64,
    /// 0.908 of the price, in thousandths of a cent: exact.
    pub(crate) price: u64,
    pub(crate) date_time: i64,
    pub(crate) extra: &'a str,
}

/// What both sides do with a bid.
#[inline]
pub(crate) fn convert<'a>(bid: &Bid<'a>) -> Converted<'a> {
    Converted {
        auction: bid.auction,
        bidder: bid.bidder,
        price: bid.price * 908,
        date_time: bid.date_time,
        extra: bid.extra,
    }
}

pub(crate) fn case(scale: &Scale) -> Case {
    let bids = bids(scale.of(6_000_000));
    Case::new(move |pool| hand::run(pool, bids)).ours(move |threads| ours::run(threads, bids))
}
