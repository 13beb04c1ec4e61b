//! Tumbling windows of 10 s by hand: a table per open window, closed as the watermark passes.

use std::hash::{BuildHasher, Hash};
use std::mem;

use foldhash::fast::FixedState;

use super::Table;
use crate::pool::Pool;

/// Length of a window in milliseconds: a constant, so that dividing by it is a multiplication.
pub(crate) const SIZE: i64 = 10_000;

/// Windows that may be open at a time. Two, with what comes late; a power of two, for the ring.
const OPEN: usize = 8;

/// What is kept for a key and window.
pub(crate) trait Accumulator: Default + Copy + Send + Sync {
    fn merge(&mut self, other: Self);
}

/// The open windows: a ring, so that finding the one of a record needs no search.
#[derive(Debug)]
pub(crate) struct Windows<K, A> {
    ring: [Window<K, A>; OPEN],
    /// Emptied tables, to be filled again without growing.
    spare: Vec<Table<K, A>>,
    /// The first window that is not closed yet.
    first: i64,
    /// The newest event time seen.
    pub(crate) newest: i64,
    /// Records whose window was closed already.
    late: u64,
}

#[derive(Debug)]
struct Window<K, A> {
    number: i64,
    table: Table<K, A>,
}

impl<K: Copy + Eq + Hash, A: Accumulator> Windows<K, A> {
    pub(crate) fn new() -> Self {
        let closed = || Window {
            number: i64::MIN,
            table: Table::default(),
        };
        Self {
            ring: std::array::from_fn(|_| closed()),
            spare: Vec::new(),
            first: i64::MIN,
            newest: i64::MIN,
            late: 0,
        }
    }

    /// The accumulator of a key in the window of `ts`; none if that window is closed.
    #[inline]
    pub(crate) fn at(&mut self, key: K, ts: i64) -> Option<&mut A> {
        let number = ts.div_euclid(SIZE);
        self.newest = self.newest.max(ts);
        if number < self.first {
            self.late += 1;
            return None;
        }
        let window = &mut self.ring[number as usize % OPEN];
        if window.number != number {
            assert_eq!(window.number, i64::MIN, "more than {OPEN} windows are open at a time");
            window.number = number;
            window.table = self.spare.pop().unwrap_or_default();
        }
        Some(window.table.entry(key).or_default())
    }

    /// Takes out the windows that end before the watermark or at it, with their starts.
    fn take(&mut self, watermark: i64) -> Vec<(i64, Table<K, A>)> {
        self.first = self.first.max(watermark.div_euclid(SIZE));
        let closed = self
            .ring
            .iter_mut()
            .filter(|window| window.number != i64::MIN && window.number < self.first);
        closed
            .map(|window| {
                (
                    mem::replace(&mut window.number, i64::MIN) * SIZE,
                    mem::take(&mut window.table),
                )
            })
            .collect()
    }

    /// Turns the windows that end before the watermark or at it into rows.
    pub(crate) fn close<R>(&mut self, watermark: i64, rows: &mut Vec<Vec<R>>, row: impl Fn(K, i64, A) -> R) {
        for (start, mut table) in self.take(watermark) {
            rows.push(
                table
                    .drain()
                    .map(|(key, accumulator)| row(key, start, accumulator))
                    .collect(),
            );
            self.spare.push(table);
        }
    }
}

/// Counts pieces of input into windows: each thread into windows of its own, which are merged when they close. The best
/// way where a window holds many records of a key. A watermark passes after every `together` pieces.
pub(crate) fn combined<K, A, R>(
    pool: &Pool,
    (pieces, together): (usize, usize),
    delay: i64,
    work: impl Fn(&mut Windows<K, A>, usize) + Sync,
    row: impl Fn(K, i64, A) -> R + Sync,
) -> Vec<Vec<R>>
where
    K: Copy + Eq + Hash + Send + Sync,
    A: Accumulator,
    R: Send,
{
    let mut workers: Vec<_> = (0..pool.threads).map(|_| Windows::new()).collect();
    let mut out = Vec::new();
    let mut begin = 0;
    while begin < pieces {
        let end = (begin + together).min(pieces);
        pool.go_on(&mut workers, end - begin, |windows, piece| work(windows, begin + piece));
        begin = end;
        let newest = workers.iter().map(|windows| windows.newest).max().unwrap_or(i64::MIN);
        let watermark = if end == pieces {
            i64::MAX
        } else {
            newest.saturating_sub(delay)
        };
        if let [windows] = &mut workers[..] {
            windows.close(watermark, &mut out, &row);
            continue;
        }
        let mut closed: Vec<_> = workers.iter_mut().flat_map(|windows| windows.take(watermark)).collect();
        closed.sort_by_key(|(start, _)| *start);
        for window in closed.chunk_by(|a, b| a.0 == b.0) {
            out.extend(pool.map(pool.threads, |shard| merge(window, shard, pool.threads, &row)));
        }
        for ((_, mut table), windows) in closed.into_iter().zip((0..pool.threads).cycle()) {
            table.clear();
            workers[windows].spare.push(table);
        }
    }
    assert_eq!(
        workers.iter().map(|windows| windows.late).sum::<u64>(),
        0,
        "nothing comes too late"
    );
    out
}

/// Merges the keys of one shard out of several tables.
fn merge<K: Copy + Eq + Hash, A: Accumulator, R>(
    tables: &[(i64, Table<K, A>)],
    shard: usize,
    shards: usize,
    row: impl Fn(K, i64, A) -> R,
) -> Vec<R> {
    let largest = tables.iter().map(|(_, table)| table.len()).max().unwrap_or(0);
    let mut merged: Table<K, A> = Table::with_capacity_and_hasher(largest / shards * 5 / 4, FixedState::default());
    for (key, accumulator) in tables.iter().flat_map(|(_, table)| table) {
        if shard_of(key, shards) == shard {
            merged.entry(*key).or_default().merge(*accumulator);
        }
    }
    let start = tables[0].0;
    merged
        .into_iter()
        .map(|(key, accumulator)| row(key, start, accumulator))
        .collect()
}

/// The shard of a key: out of other bits of the hash than those that the table uses.
#[inline]
pub(crate) fn shard_of<K: Hash>(key: &K, shards: usize) -> usize {
    let hash = FixedState::default().hash_one(key);
    (((hash >> 16) & 0xffff_ffff) as usize * shards) >> 32
}
