//! By hand: UTF-8 is checked once per piece, texts are borrowed, each thread counts in windows of its own.

use super::{AuctionAndTime, BidCount};
use crate::data::bids::MAX_DELAY;
use crate::hand::cut_lines;
use crate::hand::tumbling::{Accumulator, Windows, combined};
use crate::harness::Measured;
use crate::pool::Pool;

/// Text that a thread takes at a time.
const PIECE: usize = 256 << 10;

/// Pieces between two watermarks.
const TOGETHER: usize = 16;

#[derive(Debug, Clone, Copy, Default)]
struct Count(u64);

impl Accumulator for Count {
    fn merge(&mut self, other: Self) {
        self.0 += other.0;
    }
}

pub(super) fn run<B: AuctionAndTime<'static>>(pool: &Pool, lines: &'static [u8], n: usize) -> Measured {
    let pieces = cut_lines(lines, PIECE);
    let work = |windows: &mut Windows<u64, Count>, piece: usize| count::<B>(windows, pieces[piece]);
    let row = |auction, from, count: Count| BidCount {
        auction,
        from,
        bids: count.0,
    };
    Measured::of(n, || combined(pool, (pieces.len(), TOGETHER), MAX_DELAY, work, row))
}

fn count<B: AuctionAndTime<'static>>(windows: &mut Windows<u64, Count>, piece: &'static [u8]) {
    let mut rest = std::str::from_utf8(piece).expect("JSON is UTF-8");
    while let Some(end) = memchr::memchr(b'\n', rest.as_bytes()) {
        let bid: B = serde_json::from_str(&rest[..end]).expect("a line is a bid");
        rest = &rest[end + 1..];
        let (auction, time) = bid.auction_and_time();
        if let Some(count) = windows.at(auction, time) {
            count.0 += 1;
        }
    }
}
