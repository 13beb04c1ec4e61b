//! By hand: each thread keeps the highest bids of the windows it meets.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Top;
use crate::data::bids::Bid;
use crate::hand::CHUNK;
use crate::hand::tumbling::SIZE;
use crate::harness::Measured;
use crate::pool::Pool;

/// The highest bid, and its place in the input, by the start of the window.
type Windows = BTreeMap<i64, (Bid<'static>, usize)>;

pub(super) fn run(pool: &Pool, bids: &[Bid<'static>]) -> Measured {
    Measured::of(bids.len(), || vec![highest(pool, bids)])
}

fn highest(pool: &Pool, bids: &[Bid<'static>]) -> Vec<Top> {
    let chunks: Vec<_> = bids.chunks(CHUNK).collect();
    let windows = pool.pieces(chunks.len(), Windows::new, |windows, chunk| {
        look(windows, chunks[chunk], chunk * CHUNK);
    });
    let mut all = Windows::new();
    for (from, (bid, at)) in windows.iter().flatten() {
        let highest = all.entry(*from).or_insert((*bid, *at));
        let rank = |bid: &Bid<'_>, at: usize| (bid.price, Reverse(bid.date_time), Reverse(at));
        if rank(bid, *at) > rank(&highest.0, highest.1) {
            *highest = (*bid, *at);
        }
    }
    all.into_iter()
        .map(|(from, (bid, _))| Top {
            from,
            auction: bid.auction,
            price: bid.price,
            bidder: bid.bidder,
            date_time: bid.date_time,
        })
        .collect()
}

/// Bids of the same window mostly stand together: its entry is looked up once for all of them.
fn look(windows: &mut Windows, bids: &[Bid<'static>], first: usize) {
    let mut here = 0;
    while here < bids.len() {
        let from = bids[here].date_time - bids[here].date_time.rem_euclid(SIZE);
        let highest = windows.entry(from).or_insert((bids[here], first + here));
        for bid in &bids[here..] {
            if !(from..from + SIZE).contains(&bid.date_time) {
                break;
            }
            let better =
                bid.price > highest.0.price || (bid.price == highest.0.price && bid.date_time < highest.0.date_time);
            if better {
                *highest = (*bid, first + here);
            }
            here += 1;
        }
    }
}
