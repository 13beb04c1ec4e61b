//! By hand: each event goes to the part that its user belongs to. A part has a table for each second that is not over, and one of the last
//! minute, to which a second is added when it is over and from which it is taken when it is a minute old.

use std::collections::VecDeque;
use std::sync::{Mutex, RwLock};

use super::{EVERY, SIZE, Total};
use crate::data::events::{Event, MAX_DELAY};
use crate::hand::tumbling::shard_of;
use crate::hand::{CHUNK, Table};
use crate::harness::Measured;
use crate::pool::Pool;

/// Chunks between two watermarks.
const TOGETHER: usize = 16;
/// Parts of the keys.
const PARTS: usize = 32;
const SLICES: i64 = SIZE / EVERY;

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    count: u64,
    cents: i64,
}

/// A part of the keys.
#[derive(Default)]
struct Part {
    /// Seconds that are not over, from `next` on.
    open: VecDeque<Table<u64, Sum>>,
    /// Seconds of the minute that is over.
    over: VecDeque<Table<u64, Sum>>,
    minute: Table<u64, Sum>,
    /// The number of the first second that is not over.
    next: Option<i64>,
    rows: Vec<Vec<Total<u64>>>,
}

pub(super) fn run(pool: &Pool, events: &'static [Event<u64>]) -> Measured {
    let chunks: Vec<_> = events.chunks(CHUNK).collect();
    let first = events.iter().map(|event| event.ts).min().unwrap_or(0).div_euclid(EVERY);
    Measured::of(events.len(), || {
        let parts: Vec<_> = (0..PARTS).map(|_| Mutex::new(Part::default())).collect();
        let buffers: Vec<_> = (0..TOGETHER).map(|_| RwLock::new(vec![Vec::new(); PARTS])).collect();
        let mut newest = i64::MIN;
        for chunks in chunks.chunks(TOGETHER) {
            let seen = pool.map(chunks.len(), |chunk| {
                scatter(chunks[chunk], &mut buffers[chunk].write().unwrap())
            });
            newest = seen.into_iter().fold(newest, i64::max);
            pool.map(PARTS, |index| {
                let part = &mut *parts[index].lock().unwrap();
                part.next.get_or_insert(first);
                for buffer in &buffers[..chunks.len()] {
                    buffer.read().unwrap()[index]
                        .iter()
                        .for_each(|(user, ts, cents)| part.add(*user, *ts, *cents));
                }
                part.close((newest - MAX_DELAY).div_euclid(EVERY));
            });
        }
        let parts = parts.into_iter().map(|part| part.into_inner().unwrap());
        parts
            .flat_map(|mut part| {
                part.close(newest.div_euclid(EVERY) + SLICES);
                part.rows
            })
            .collect()
    })
}

impl Part {
    #[inline]
    fn add(&mut self, user: u64, ts: i64, cents: i64) {
        let next = self.next.expect("set before the first event");
        let second = usize::try_from(ts.div_euclid(EVERY) - next).expect("nothing comes too late");
        if self.open.len() <= second {
            self.open.resize_with(second + 1, Table::default);
        }
        let sum = self.open[second].entry(user).or_default();
        sum.count += 1;
        sum.cents += cents;
    }

    /// Emits the windows that end at the start of this second or before.
    fn close(&mut self, until: i64) {
        let mut next = self.next.expect("set before the first event");
        while next < until {
            let second = self.open.pop_front().unwrap_or_default();
            for (user, new) in &second {
                let sum = self.minute.entry(*user).or_default();
                sum.count += new.count;
                sum.cents += new.cents;
            }
            self.over.push_back(second);
            next += 1;
            let from = (next - SLICES) * EVERY;
            let row = |(user, sum): (&u64, &Sum)| Total {
                user: *user,
                from,
                count: sum.count,
                cents: sum.cents,
            };
            self.rows.push(self.minute.iter().map(row).collect());
            if self.over.len() as i64 == SLICES {
                for (user, old) in self.over.pop_front().unwrap_or_default() {
                    let sum = self.minute.get_mut(&user).expect("it was added");
                    sum.count -= old.count;
                    sum.cents -= old.cents;
                    if sum.count == 0 {
                        self.minute.remove(&user);
                    }
                }
            }
        }
        self.next = Some(next);
    }
}

/// Splits a chunk; returns its newest time.
fn scatter(chunk: &[Event<u64>], parts: &mut [Vec<(u64, i64, i64)>]) -> i64 {
    parts.iter_mut().for_each(Vec::clear);
    let mut newest = i64::MIN;
    for event in chunk {
        newest = newest.max(event.ts);
        parts[shard_of(&event.user, PARTS)].push((event.user, event.ts, event.cents));
    }
    newest
}
