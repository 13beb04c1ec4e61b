//! Sum and count per user over the last 60 s, every second, out of order by 0 to 5 s.
//!
//! Rows: one [`Total`] per user and window that has events, emitted as the watermark (newest − 5 s) passes the window's end; the end of the
//! input closes all.

mod hand;
mod ours;

use crate::data::events::events;
use crate::harness::{Case, Scale};
use crate::keyed_sum::Total;

/// Length of a window and how often one begins, in milliseconds.
const SIZE: i64 = 60_000;
const EVERY: i64 = 1_000;

pub(crate) fn case_10k(scale: &Scale) -> Case {
    let events = events::<u64>(scale.of(4_000_000), 10_000, 100_000);
    Case::new(move |pool| hand::run(pool, events)).ours(move |threads| ours::run(threads, events))
}
