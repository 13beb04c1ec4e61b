//! Timers of one kind, found by time and by number.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem::take;

use serde::{Deserialize, Serialize};

use super::timers::Timer;

/// More timers than this are found by trees.
const FEW: usize = 32;

/// Each number once. Most keys have one timer or two, and there may be millions of keys: so a short list is nothing but a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Vec<Timer>", into = "Vec<Timer>")]
pub(super) enum List {
    /// The earliest first.
    Few(VecDeque<Timer>),
    Many(Trees),
}

#[derive(Debug, Clone, Default)]
pub(super) struct Trees {
    by_time: BTreeSet<Timer>,
    by_id: BTreeMap<u64, i64>,
}

impl Default for List {
    fn default() -> Self {
        Self::Few(VecDeque::new())
    }
}

impl From<Vec<Timer>> for List {
    fn from(timers: Vec<Timer>) -> Self {
        let mut list = Self::default();
        for timer in timers {
            list.set(timer);
        }
        list
    }
}

impl From<List> for Vec<Timer> {
    /// The earliest first.
    fn from(list: List) -> Self {
        match list {
            List::Few(list) => list.into(),
            List::Many(trees) => trees.by_time.into_iter().collect(),
        }
    }
}

impl List {
    /// Sets the timer of this id, and moves it if it is set.
    pub(super) fn set(&mut self, timer: Timer) {
        self.cancel(timer.id);
        match self {
            Self::Few(list) => {
                let at = list.partition_point(|other| *other < timer);
                list.insert(at, timer);
                if list.len() > FEW {
                    *self = Self::Many(Trees {
                        by_id: list.iter().map(|timer| (timer.id, timer.at)).collect(),
                        by_time: take(list).into_iter().collect(),
                    });
                }
            }
            Self::Many(trees) => {
                trees.by_time.insert(timer);
                trees.by_id.insert(timer.id, timer.at);
            }
        }
    }

    pub(super) fn cancel(&mut self, id: u64) {
        match self {
            Self::Few(list) => list.retain(|timer| timer.id != id),
            Self::Many(trees) => {
                if let Some(at) = trees.by_id.remove(&id) {
                    trees.by_time.remove(&Timer { at, id });
                }
                if trees.by_id.is_empty() {
                    *self = Self::default();
                }
            }
        }
    }

    /// When the timer of this id is due.
    pub(super) fn get(&self, id: u64) -> Option<i64> {
        match self {
            Self::Few(list) => list.iter().find(|timer| timer.id == id).map(|timer| timer.at),
            Self::Many(trees) => trees.by_id.get(&id).copied(),
        }
    }

    /// When the earliest one is due.
    pub(super) fn first(&self) -> Option<i64> {
        let first = match self {
            Self::Few(list) => list.front(),
            Self::Many(trees) => trees.by_time.first(),
        };
        first.map(|timer| timer.at)
    }

    /// Takes out the earliest timer that is due at `now` and may fire.
    pub(super) fn take(&mut self, now: i64, may_fire: impl Fn(Timer) -> bool) -> Option<Timer> {
        fn find<'t>(timers: impl Iterator<Item = &'t Timer>, now: i64, may: impl Fn(Timer) -> bool) -> Option<Timer> {
            timers
                .copied()
                .take_while(|timer| timer.at <= now)
                .find(|timer| may(*timer))
        }
        let found = match self {
            Self::Few(list) => find(list.iter(), now, may_fire),
            Self::Many(trees) => find(trees.by_time.iter(), now, may_fire),
        };
        found.inspect(|timer| self.cancel(timer.id))
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Few(list) => list.len(),
            Self::Many(trees) => trees.by_time.len(),
        }
    }
}
