//! By hand: one exact allocation per chunk.

use super::convert;
use crate::data::bids::Bid;
use crate::hand::CHUNK;
use crate::harness::Measured;
use crate::pool::Pool;

pub(super) fn run(pool: &Pool, bids: &[Bid<'static>]) -> Measured {
    let chunks: Vec<_> = bids.chunks(CHUNK).collect();
    Measured::of(bids.len(), || {
        pool.map(chunks.len(), |chunk| {
            chunks[chunk].iter().map(convert).collect::<Vec<_>>()
        })
    })
}
