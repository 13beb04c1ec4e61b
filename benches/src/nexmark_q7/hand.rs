//! By hand: each thread keeps the highest bids of the windows it meets.

use std::collections::BTreeMap;

use super::{Highest, Top};
use crate::data::bids::Bid;
use crate::hand::CHUNK;
use crate::hand::tumbling::SIZE;
use crate::harness::Measured;
use crate::pool::Pool;

/// By the start of the window.
type Windows = BTreeMap<i64, Highest>;

pub(super) fn run(pool: &Pool, bids: &[Bid<'static>]) -> Measured {
    Measured::of(bids.len(), || vec![highest(pool, bids)])
}

fn highest(pool: &Pool, bids: &[Bid<'static>]) -> Vec<Top> {
    let chunks: Vec<_> = bids.chunks(CHUNK).collect();
    let windows = pool.pieces(chunks.len(), Windows::new, |windows, chunk| {
        look(windows, chunks[chunk]);
    });
    let mut all = Windows::new();
    for (from, highest) in windows.iter().flatten() {
        all.entry(*from).or_default().merge(highest);
    }
    all.iter().flat_map(|(from, highest)| highest.rows(*from)).collect()
}

/// Bids of the same window mostly stand together: its entry is looked up once for all of them.
fn look(windows: &mut Windows, mut bids: &[Bid<'static>]) {
    while let Some(first) = bids.first() {
        let from = first.date_time - first.date_time.rem_euclid(SIZE);
        let highest = windows.entry(from).or_default();
        let mut here = 0;
        for bid in bids {
            if !(from..from + SIZE).contains(&bid.date_time) {
                break;
            }
            highest.add(bid);
            here += 1;
        }
        bids = &bids[here..];
    }
}
