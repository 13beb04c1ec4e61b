//! By hand.

use std::hash::Hash;
use std::sync::{Mutex, RwLock};

use super::Total;
use crate::data::events::{Event, MAX_DELAY, User};
use crate::hand::CHUNK;
use crate::hand::tumbling::{Accumulator, Windows, combined, shard_of};
use crate::harness::Measured;
use crate::pool::Pool;

/// Chunks between two watermarks.
const TOGETHER: usize = 16;

/// Parts of the keys: so many that the tables of one part fit into a core's cache.
const PARTS: usize = 32;

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    count: u64,
    cents: i64,
}

impl Accumulator for Sum {
    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.cents += other.cents;
    }
}

/// Many events of a key in a window: combine them first. Few: bring each event to the part that its key belongs to.
pub(super) fn run<U: User>(pool: &Pool, events: &'static [Event<U>], per_user_and_window: u64) -> Measured {
    let chunks: Vec<_> = events.chunks(CHUNK).collect();
    if per_user_and_window >= 100 {
        let work = |windows: &mut Windows<U, Sum>, chunk: usize| {
            chunks[chunk]
                .iter()
                .for_each(|event| add(windows, event.user, event.ts, event.cents));
        };
        Measured::of(events.len(), || {
            combined(pool, (chunks.len(), TOGETHER), MAX_DELAY, work, total::<U>)
        })
    } else {
        Measured::of(events.len(), || scattered(pool, &chunks))
    }
}

#[inline]
fn add<K: Copy + Eq + Hash>(windows: &mut Windows<K, Sum>, key: K, ts: i64, cents: i64) {
    if let Some(sum) = windows.at(key, ts) {
        sum.count += 1;
        sum.cents += cents;
    }
}

#[inline]
fn total<U: User>(user: U, from: i64, sum: Sum) -> Total<U::Owned> {
    Total {
        user: user.to_key(),
        from,
        count: sum.count,
        cents: sum.cents,
    }
}

/// A part of the keys.
struct Part<U: User> {
    windows: Windows<U::Hashed, Sum>,
    rows: Vec<Vec<Total<U::Owned>>>,
}

/// Splits the events by key, then sums each part on its own.
fn scattered<U: User>(pool: &Pool, chunks: &[&[Event<U>]]) -> Vec<Vec<Total<U::Owned>>> {
    let parts: Vec<_> = (0..PARTS)
        .map(|_| {
            Mutex::new(Part::<U> {
                windows: Windows::new(),
                rows: Vec::new(),
            })
        })
        .collect();
    let buffers: Vec<_> = (0..TOGETHER).map(|_| RwLock::new(vec![Vec::new(); PARTS])).collect();
    let mut newest = i64::MIN;
    let rounds = chunks.chunks(TOGETHER);
    let last = rounds.len() - 1;
    for (round, chunks) in rounds.enumerate() {
        let seen = pool.map(chunks.len(), |chunk| {
            scatter(chunks[chunk], &mut buffers[chunk].write().unwrap())
        });
        newest = seen.into_iter().fold(newest, i64::max);
        let watermark = if round == last { i64::MAX } else { newest - MAX_DELAY };
        pool.map(PARTS, |part| {
            let Part { windows, rows } = &mut *parts[part].lock().unwrap();
            for buffer in &buffers[..chunks.len()] {
                buffer.read().unwrap()[part]
                    .iter()
                    .for_each(|(key, ts, cents)| add(windows, *key, *ts, *cents));
            }
            windows.close(watermark, rows, |key, from, sum| total(U::plain(key), from, sum));
        });
    }
    parts
        .into_iter()
        .flat_map(|part| part.into_inner().unwrap().rows)
        .collect()
}

/// Splits a chunk; returns its newest time.
fn scatter<U: User>(chunk: &[Event<U>], parts: &mut [Vec<(U::Hashed, i64, i64)>]) -> i64 {
    parts.iter_mut().for_each(Vec::clear);
    let mut newest = i64::MIN;
    for event in chunk {
        newest = newest.max(event.ts);
        let key = event.user.hashed();
        parts[shard_of(&key, PARTS)].push((key, event.ts, event.cents));
    }
    newest
}
