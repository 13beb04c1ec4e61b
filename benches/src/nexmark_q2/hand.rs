//! By hand.

use super::{Selected, wanted};
use crate::data::bids::Bid;
use crate::hand::CHUNK;
use crate::harness::Measured;
use crate::pool::Pool;

pub(super) fn run(pool: &Pool, bids: &[Bid<'static>]) -> Measured {
    let chunks: Vec<_> = bids.chunks(CHUNK).collect();
    Measured::of(bids.len(), || {
        pool.pieces(chunks.len(), Vec::new, |rows, chunk| {
            let wanted = chunks[chunk].iter().filter(|bid| wanted(bid));
            rows.extend(wanted.map(|bid| Selected {
                auction: bid.auction,
                price: bid.price,
            }));
        })
    })
}
