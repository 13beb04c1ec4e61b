//! By hand: each event goes to the part that its user belongs to. A part has a table of its users, and a heap that says when to
//! look at one: a user has one entry there, which is put in again where the user was not silent since.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Mutex, RwLock};

use super::{SILENCE, Spent, Visit};
use crate::data::events::Event;
use crate::hand::tumbling::shard_of;
use crate::hand::{CHUNK, Table};
use crate::harness::Measured;
use crate::pool::Pool;

/// Chunks between two watermarks.
const TOGETHER: usize = 16;
/// Parts of the keys.
const PARTS: usize = 32;

/// A part of the keys.
#[derive(Default)]
struct Part {
    /// What a user has spent, and when the silence after it ends.
    users: Table<u64, (Spent, i64)>,
    due: BinaryHeap<Reverse<(i64, u64)>>,
    rows: Vec<Visit>,
}

pub(super) fn run(pool: &Pool, events: &'static [Event<u64>]) -> Measured {
    let chunks: Vec<_> = events.chunks(CHUNK).collect();
    Measured::of(events.len(), || {
        let parts: Vec<_> = (0..PARTS).map(|_| Mutex::new(Part::default())).collect();
        let buffers: Vec<_> = (0..TOGETHER).map(|_| RwLock::new(vec![Vec::new(); PARTS])).collect();
        for chunks in chunks.chunks(TOGETHER) {
            pool.map(chunks.len(), |chunk| {
                let parts = &mut *buffers[chunk].write().unwrap();
                parts.iter_mut().for_each(Vec::clear);
                for event in chunks[chunk] {
                    parts[shard_of(&event.user, PARTS)].push(*event);
                }
            });
            let newest = chunks
                .last()
                .and_then(|chunk| chunk.last())
                .map_or(i64::MIN, |last| last.ts);
            pool.map(PARTS, |index| {
                let part = &mut *parts[index].lock().unwrap();
                for buffer in &buffers[..chunks.len()] {
                    buffer.read().unwrap()[index].iter().for_each(|event| part.add(event));
                }
                part.fire(newest);
            });
        }
        let parts = parts.into_iter().map(|part| part.into_inner().unwrap());
        parts
            .map(|mut part| {
                part.fire(i64::MAX);
                part.rows
            })
            .collect()
    })
}

impl Part {
    #[inline]
    fn add(&mut self, event: &Event<u64>) {
        let ends = event.ts + SILENCE;
        let (spent, until) = self.users.entry(event.user).or_insert_with(|| {
            self.due.push(Reverse((ends, event.user)));
            (Spent::default(), ends)
        });
        if *until <= event.ts {
            let (user, ended, spent) = (event.user, *until, std::mem::take(spent));
            self.rows.push(Visit { user, ended, spent });
        }
        spent.add(event.cents);
        *until = ends;
    }

    /// Emits what ended until now.
    fn fire(&mut self, now: i64) {
        while let Some(&Reverse((at, user))) = self.due.peek()
            && at <= now
        {
            self.due.pop();
            let (spent, ended) = self.users[&user];
            if ended > now {
                self.due.push(Reverse((ended, user)));
                continue;
            }
            self.users.remove(&user);
            self.rows.push(Visit { user, ended, spent });
        }
    }
}
