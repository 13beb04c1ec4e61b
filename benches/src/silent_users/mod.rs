//! Users who are silent for 20 s: what they spent until then. State and a timer for each user, written by hand on both sides.
//!
//! Rows: one [`Visit`] per user and time of activity, emitted as the watermark passes 20 s after the last event; the end of the
//! input ends all. Events come in order, so that the rows do not depend on how batches are cut.

mod hand;
mod ours;

use serde::{Deserialize, Serialize};

use crate::data::events::{Event, events};
use crate::harness::{Case, Scale};

/// How long a user is silent.
const SILENCE: i64 = 20_000;

/// What comes out.
#[derive(Debug, Hash)]
struct Visit {
    user: u64,
    /// 20 s after the last event.
    ended: i64,
    spent: Spent,
}

/// What is kept for a user.
#[derive(Debug, Default, Clone, Copy, Hash, Serialize, Deserialize)]
struct Spent {
    count: u64,
    cents: i64,
}

impl Spent {
    #[inline]
    fn add(&mut self, cents: i64) {
        self.count += 1;
        self.cents += cents;
    }
}

pub(crate) fn case(scale: &Scale) -> Case {
    let mut events: Vec<Event<u64>> = events::<u64>(scale.of(4_000_000), 1_000_000, 100_000).to_vec();
    events.sort_by_key(|event| event.ts);
    let events: &'static [Event<u64>] = events.leak();
    Case::new(move |pool| hand::run(pool, events)).ours(move |threads| ours::run(threads, events))
}
