//! What a checkpoint costs: running sums by user, every batch made durable with one sync before it counts.
//!
//! By hand: a table, and a file to which the users that a batch changed are appended, with one sync for each batch; to restart is to
//! read such a file into a table.

mod hand;
mod ours;

use std::sync::OnceLock;

use tempfile::TempDir;

use crate::data::events::Event;
use crate::data::random::Random;
use crate::harness::{Case, Scale};

/// Records of a batch.
const SMALL: usize = 1_000;
/// Of 100 MB of state, a hundredth.
const LARGE: usize = 25_000;
/// Users whose sums take about 100 MB in memory.
const USERS: u64 = 2_500_000;

/// What comes out: the sum of a user whom the batch changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Sum {
    pub(crate) user: u64,
    pub(crate) count: u64,
    pub(crate) cents: i64,
}

/// Batches of 1,000 records and about as many users.
pub(crate) fn case_1k(scale: &Scale) -> Case {
    let events = random(scale.of(300) * SMALL, 1_000_000);
    Case::new(move |_| hand::batches(events, SMALL, 0)).ours(move |threads| ours::batches(threads, events, SMALL, 0))
}

/// Batches that change a hundredth of 100 MB of state.
pub(crate) fn case_100mb(scale: &Scale) -> Case {
    let users = scale.of(USERS as usize) as u64;
    let mut events: Vec<Event<u64>> = (0..users).map(|user| event(user, user)).collect();
    events.extend(random(40 * LARGE, users));
    let events: &[Event<u64>] = events.leak();
    let before = users as usize / LARGE;
    Case::new(move |_| hand::batches(events, LARGE, before))
        .ours(move |threads| ours::batches(threads, events, LARGE, before))
}

/// From the start to where the first batch is durable, with 100 MB of state.
pub(crate) fn case_restart(scale: &Scale) -> Case {
    restart(scale.of(USERS as usize) as u64)
}

/// The same with 1 GB.
pub(crate) fn case_restart_1gb(scale: &Scale) -> Case {
    restart(scale.of(10 * USERS as usize) as u64)
}

/// A directory that goes with the value.
pub(crate) fn place() -> TempDir {
    tempfile::Builder::new()
        .prefix("streaming-bench-")
        .tempdir()
        .expect("a directory")
}

fn restart(users: u64) -> Case {
    let (by_us, by_hand) = (OnceLock::<TempDir>::new(), OnceLock::<TempDir>::new());
    let events: &[Event<u64>] = (0..users).map(|user| event(user, user)).collect::<Vec<_>>().leak();
    Case::new(move |_| {
        let file = by_hand.get_or_init(|| hand::write(events));
        hand::restart(file.path(), users)
    })
    .ours(move |threads| {
        let directory = by_us.get_or_init(|| ours::write(events));
        ours::restart(threads, directory.path(), &events[..1], users)
    })
}

fn random(count: usize, users: u64) -> &'static [Event<u64>] {
    let mut random = Random::new(7);
    let events = (0..count).map(|n| event(random.below(users), n as u64));
    events.collect::<Vec<_>>().leak()
}

fn event(user: u64, n: u64) -> Event<u64> {
    Event {
        user,
        ts: n as i64,
        cents: (n % 10_000) as i64,
    }
}
