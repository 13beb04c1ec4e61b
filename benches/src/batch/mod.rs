//! What a micro-batch costs by itself.
//!
//! `batch_empty`: batches of nothing. A record is a batch; no rows.
//! `batch_1k`: batches of 1,000 events, each summed by key. Rows: one [`BatchTotal`] per user and batch.

mod hand;
mod ours;

use crate::data::events::events;
use crate::harness::{Case, Scale};

/// Events in a batch.
pub(crate) const EVENTS: usize = 1_000;

/// What comes out.
#[derive(Debug, Hash)]
pub(crate) struct BatchTotal {
    pub(crate) user: u64,
    pub(crate) count: u64,
    pub(crate) cents: i64,
}

pub(crate) fn case_empty(scale: &Scale) -> Case {
    let batches = scale.of(20_000);
    let numbers: &[u64] = (0..batches as u64).collect::<Vec<_>>().leak();
    Case::new(move |pool| hand::empty(pool, batches)).ours(move |threads| ours::empty(threads, numbers))
}

pub(crate) fn case_1k(scale: &Scale) -> Case {
    let batches = scale.of(2_000);
    let events = events(batches * EVENTS, 1_000, 100_000);
    Case::new(move |_| hand::thousand(events)).ours(move |threads| ours::thousand(threads, events))
}
