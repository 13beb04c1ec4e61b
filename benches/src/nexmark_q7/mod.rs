//! Nexmark query 7: the highest bid of each tumbling 10 s.
//!
//! Rows: one [`Top`] per window, the bid with the highest price; of several as high, the earliest. The end of the input closes
//! all windows.

mod hand;
mod ours;

use crate::data::bids::bids;
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

pub(crate) fn case(scale: &Scale) -> Case {
    let bids = bids(scale.of(6_000_000));
    Case::new(move |pool| hand::run(pool, bids)).ours(move |threads| ours::run(threads, bids))
}
