//! JSON lines of Nexmark bids, counted per auction and tumbling 10 s.
//!
//! Rows: one [`BidCount`] per auction and window that has bids, emitted as the watermark (newest − 4 s) passes the
//! window's end; the end of the input closes all. A line is 244 bytes on the average.

mod hand;
mod ours;

use serde::Deserialize;

use crate::data::bids::{Bid, json_lines};
use crate::harness::{Case, Scale};

/// What comes out.
#[derive(Debug, Hash)]
pub(crate) struct BidCount {
    pub(crate) auction: u64,
    /// Start of the window.
    pub(crate) from: i64,
    pub(crate) bids: u64,
}

/// A bid without what this query does not look at.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct NarrowBid {
    pub(crate) auction: u64,
    pub(crate) date_time: i64,
}

/// What the query reads of a bid.
pub(crate) trait AuctionAndTime<'a>: Deserialize<'a> {
    fn auction_and_time(&self) -> (u64, i64);
}

impl<'a> AuctionAndTime<'a> for Bid<'a> {
    fn auction_and_time(&self) -> (u64, i64) {
        (self.auction, self.date_time)
    }
}

impl AuctionAndTime<'_> for NarrowBid {
    fn auction_and_time(&self) -> (u64, i64) {
        (self.auction, self.date_time)
    }
}

pub(crate) fn case(scale: &Scale) -> Case {
    let (lines, n) = input(scale);
    Case::new(move |pool| hand::run::<Bid<'static>>(pool, lines, n)).ours(move |threads| ours::all(threads, lines, n))
}

pub(crate) fn case_narrow(scale: &Scale) -> Case {
    let (lines, n) = input(scale);
    Case::new(move |pool| hand::run::<NarrowBid>(pool, lines, n)).ours(move |threads| ours::narrow(threads, lines, n))
}

fn input(scale: &Scale) -> (&'static [u8], usize) {
    let n = scale.of(1_000_000);
    (json_lines(n), n)
}
