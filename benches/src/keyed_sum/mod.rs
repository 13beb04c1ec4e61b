//! Sum and count per user and tumbling 10 s, out of order by 0 to 5 s.
//!
//! Rows: one [`Total`] per user and window that has events, emitted as the watermark (newest − 5 s) passes the window's
//! end; the end of the input closes all.

mod hand;
mod ours;

use crate::data::events::{User, events};
use crate::harness::{Case, Scale};

/// What comes out.
#[derive(Debug, Hash)]
pub(crate) struct Total<U> {
    pub(crate) user: U,
    /// Start of the window.
    pub(crate) from: i64,
    pub(crate) count: u64,
    pub(crate) cents: i64,
}

pub(crate) fn case_1k(scale: &Scale) -> Case {
    case::<u64>(scale.of(4_000_000), 1_000, 100_000)
}

pub(crate) fn case_1m(scale: &Scale) -> Case {
    case::<u64>(scale.of(8_000_000), 1_000_000, scale.of(200_000))
}

pub(crate) fn case_10m(scale: &Scale) -> Case {
    case::<u64>(scale.of(20_000_000), 10_000_000, scale.of(1_000_000))
}

pub(crate) fn case_1k_str(scale: &Scale) -> Case {
    case::<&'static str>(scale.of(4_000_000), 1_000, 100_000)
}

pub(crate) fn case_1m_str(scale: &Scale) -> Case {
    case::<&'static str>(scale.of(8_000_000), 1_000_000, scale.of(200_000))
}

fn case<U: User>(n: usize, users: u64, per_second: usize) -> Case {
    let events = events::<U>(n, users, per_second as i64);
    let per_user_and_window = per_second as u64 * 10 / users;
    Case::new(move |pool| hand::run(pool, events, per_user_and_window)).ours(move |threads| ours::run(threads, events))
}
