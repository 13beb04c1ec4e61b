//! By hand.

use super::{BatchTotal, EVENTS};
use crate::data::events::Event;
use crate::hand::Table;
use crate::harness::Measured;
use crate::pool::Pool;

/// Wakes every thread of the pool for nothing.
pub(super) fn empty(pool: &Pool, batches: usize) -> Measured {
    Measured::of(batches, || {
        (0..batches).for_each(|_| drop(pool.rayon.broadcast(|_| ())));
        Vec::<Vec<u64>>::new()
    })
}

/// On one thread, however many there are: waking another takes longer than the work.
pub(super) fn thousand(events: &[Event<u64>]) -> Measured {
    let mut sums = Table::<u64, (u64, i64)>::default();
    Measured::of(events.len(), || {
        let batch = |events: &[Event<u64>]| {
            for event in events {
                let sum = sums.entry(event.user).or_default();
                sum.0 += 1;
                sum.1 += event.cents;
            }
            let row = |(user, (count, cents))| BatchTotal { user, count, cents };
            sums.drain().map(row).collect::<Vec<_>>()
        };
        events.chunks(EVENTS).map(batch).collect()
    })
}
