//! Keyed events out of order: who, when, how much.

use std::hash::Hash;

use streaming_runtime::key::Key;

use super::BASE_TIME;
use super::random::Random;
use crate::hand::Hashed;

/// How late an event may come; none comes later.
pub(crate) const MAX_DELAY: i64 = 5_000;

/// Somebody spent something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Event<K> {
    pub(crate) user: K,
    /// Epoch milliseconds.
    pub(crate) ts: i64,
    pub(crate) cents: i64,
}

/// Who, as it stands in a record.
pub(crate) trait User: Key + Copy + Eq + Send + Sync + 'static {
    /// The same with its hash, where that takes long to compute.
    type Hashed: Copy + Eq + Hash + Send + Sync;
    /// The users `0..n`.
    fn all(n: u64) -> Vec<Self>;
    fn hashed(self) -> Self::Hashed;
    fn plain(hashed: Self::Hashed) -> Self;
}

impl User for u64 {
    type Hashed = Self;
    fn all(n: u64) -> Vec<Self> {
        (0..n).collect()
    }
    #[inline]
    fn hashed(self) -> Self {
        self
    }
    #[inline]
    fn plain(hashed: Self) -> Self {
        hashed
    }
}

impl User for &'static str {
    type Hashed = Hashed;
    fn all(n: u64) -> Vec<Self> {
        (0..n).map(|n| &*format!("user-{n:07}").leak()).collect()
    }
    #[inline]
    fn hashed(self) -> Hashed {
        Hashed::new(self)
    }
    #[inline]
    fn plain(hashed: Hashed) -> Self {
        hashed.text
    }
}

/// `n` events of `users` users, all equally busy, `per_second` events in each second of event time, each 0 to 5 s late.
pub(crate) fn events<K: User>(n: usize, users: u64, per_second: i64) -> &'static [Event<K>] {
    let names = K::all(users);
    let mut random = Random::new(0xe7e7);
    let event = |i: usize| Event {
        user: names[random.below(users) as usize],
        ts: BASE_TIME + i as i64 * 1_000 / per_second - random.below(MAX_DELAY as u64 + 1) as i64,
        cents: random.below(10_000) as i64,
    };
    (0..n).map(event).collect::<Vec<_>>().leak()
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::*;

    #[test]
    fn the_events_are_always_the_same() {
        let events = events::<u64>(100_000, 1_000, 10_000);
        assert_eq!(
            foldhash::fast::FixedState::with_seed(1).hash_one(events),
            9_503_465_095_305_735_174
        );
    }

    #[test]
    fn none_is_later_than_promised() {
        let mut newest = 0;
        for event in events::<&str>(100_000, 1_000, 10_000) {
            assert!(event.ts >= newest - MAX_DELAY);
            newest = newest.max(event.ts);
        }
    }
}
