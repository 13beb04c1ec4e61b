//! By hand: each event goes to the part that its user belongs to. A part has one table of users, with the events of both sides in the order in
//! which they came; what no event can pair with any more is removed when the user is seen, and from all users every ten seconds.

use std::sync::{Mutex, RwLock};

use super::{Pair, WITHIN};
use crate::data::events::{Event, MAX_DELAY};
use crate::hand::tumbling::shard_of;
use crate::hand::{CHUNK, Table};
use crate::harness::Measured;
use crate::pool::Pool;

/// Chunks between two watermarks.
const TOGETHER: usize = 16;
/// Parts of the keys.
const PARTS: usize = 32;

/// User, time and cents.
type Spent = (u64, i64, i64);

/// What a user may still pair.
#[derive(Default)]
struct Open {
    even: Vec<Spent>,
    odd: Vec<Spent>,
}

impl Open {
    /// Removes what nothing at this time or later can pair with.
    fn prune(&mut self, watermark: i64) {
        self.even.retain(|(_, ts, _)| ts + WITHIN >= watermark);
        self.odd.retain(|(_, ts, _)| *ts >= watermark);
    }
}

/// A part of the keys.
#[derive(Default)]
struct Part {
    users: Table<u64, Open>,
    swept: i64,
    rows: Vec<Pair>,
}

impl Part {
    #[inline]
    fn add(&mut self, event: Spent, watermark: i64) {
        let open = self.users.entry(event.0).or_default();
        open.prune(watermark);
        let together = |even: &Spent, odd: &Spent| (0..=WITHIN).contains(&(odd.1 - even.1));
        if event.2 % 2 == 0 {
            let pairs = open.odd.iter().filter(|odd| together(&event, odd));
            self.rows.extend(pairs.map(|odd| (event, *odd)));
            open.even.push(event);
        } else {
            let pairs = open.even.iter().filter(|even| together(even, &event));
            self.rows.extend(pairs.map(|even| (*even, event)));
            open.odd.push(event);
        }
    }

    fn sweep(&mut self, watermark: i64) {
        if watermark < self.swept + WITHIN {
            return;
        }
        self.swept = watermark;
        self.users.retain(|_, open| {
            open.prune(watermark);
            !open.even.is_empty() || !open.odd.is_empty()
        });
    }
}

pub(super) fn run(pool: &Pool, events: &'static [Event<u64>]) -> Measured {
    let chunks: Vec<_> = events.chunks(CHUNK).collect();
    Measured::of(events.len(), || {
        let parts: Vec<_> = (0..PARTS).map(|_| Mutex::new(Part::default())).collect();
        let buffers: Vec<_> = (0..TOGETHER).map(|_| RwLock::new(vec![Vec::new(); PARTS])).collect();
        let (mut newest, mut watermark) = (i64::MIN, i64::MIN / 2);
        for chunks in chunks.chunks(TOGETHER) {
            let seen = pool.map(chunks.len(), |chunk| {
                scatter(chunks[chunk], &mut buffers[chunk].write().unwrap())
            });
            pool.map(PARTS, |index| {
                let part = &mut *parts[index].lock().unwrap();
                for buffer in &buffers[..chunks.len()] {
                    let events = buffer.read().unwrap();
                    events[index].iter().for_each(|event| part.add(*event, watermark));
                }
                part.sweep(watermark);
            });
            newest = seen.into_iter().fold(newest, i64::max);
            watermark = newest - MAX_DELAY;
        }
        let parts = parts.into_iter().map(|part| part.into_inner().unwrap());
        parts.map(|part| part.rows).collect()
    })
}

/// Splits a chunk; returns its newest time.
fn scatter(chunk: &[Event<u64>], parts: &mut [Vec<Spent>]) -> i64 {
    parts.iter_mut().for_each(Vec::clear);
    let mut newest = i64::MIN;
    for event in chunk {
        newest = newest.max(event.ts);
        parts[shard_of(&event.user, PARTS)].push((event.user, event.ts, event.cents));
    }
    newest
}
