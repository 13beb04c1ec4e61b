//! What each user spent, in pairs: an event with even cents and each one with odd cents of the same user, up to 10 s later. Events come out
//! of order by 0 to 5 s.
//!
//! Rows: one [`Pair`] for each pair.

mod hand;
mod ours;

use crate::data::events::events;
use crate::harness::{Case, Scale};

/// How much later the second event of a pair is at most, in milliseconds.
const WITHIN: i64 = 10_000;

/// User, time and cents of the first event, and of the second.
type Pair = ((u64, i64, i64), (u64, i64, i64));

pub(crate) fn case_1m(scale: &Scale) -> Case {
    let events = events::<u64>(scale.of(4_000_000), 1_000_000, 100_000);
    Case::new(move |pool| hand::run(pool, events)).ours(move |threads| ours::run(threads, events))
}
