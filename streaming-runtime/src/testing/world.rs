use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::Rows;
use crate::clock::WallClock;
use crate::plan::{Operator, Plan, Role};
use crate::sink::Shelves;

/// What outlasts a pipeline on the bench: what its sources can read again, what its sinks have written, and time.
#[derive(Debug)]
pub(super) struct World {
    pub(super) clock: WallClock,
    /// By source and number of the partition.
    logs: BTreeMap<(String, u32), Log>,
    /// What the partitions of sources that were renamed go by: their first names.
    called: BTreeMap<String, String>,
    /// Sources that have ended.
    pub(super) ended: BTreeSet<String>,
    pub(super) shelves: Shelves,
    /// Rows are kept, because they may be read again.
    keeps: bool,
}

/// A partition of a source.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// Where the rows that are kept begin: an earlier test pushed those before.
    first: Place,
    rows: Vec<Rows>,
    /// Nothing more is pushed.
    pub(super) ended: bool,
    /// The batch that is told so.
    pub(super) ended_in: Option<u64>,
}

/// A place in a partition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) rows: u64,
    pub(super) chunks: u64,
}

impl Place {
    /// Behind a chunk of so many rows.
    pub(super) fn after(self, rows: &Rows) -> Self {
        Self {
            rows: self.rows + rows.len() as u64,
            chunks: self.chunks + 1,
        }
    }
}

impl Log {
    /// The rows from `place` on, in the pieces that they were pushed in.
    pub(super) fn from(&self, place: Place) -> Vec<Rows> {
        let read = usize::try_from(place.chunks.saturating_sub(self.first.chunks)).unwrap_or(usize::MAX);
        self.rows.get(read..).unwrap_or_default().to_vec()
    }
}

impl World {
    pub(super) fn new(keeps: bool) -> Self {
        Self {
            clock: WallClock::at_epoch(),
            logs: BTreeMap::new(),
            called: BTreeMap::new(),
            ended: BTreeSet::new(),
            shelves: Shelves::default(),
            keeps,
        }
    }

    /// The next pipeline has other names for sources and sinks.
    pub(super) fn rename(&mut self, plan: &Plan) {
        let kept = |operator: &&Operator| matches!(operator.role, Role::Source | Role::Sink);
        for operator in plan.operators.iter().filter(kept) {
            for was in operator.was {
                self.shelves.rename(was, operator.name);
                if operator.role == Role::Source && self.partitions(operator.name).is_empty() {
                    self.rename_source(was, operator.name);
                }
            }
        }
    }

    fn rename_source(&mut self, was: &str, name: &str) {
        for partition in self.partitions(was) {
            if let Some(log) = self.logs.remove(&(was.to_owned(), partition)) {
                self.logs.insert((name.to_owned(), partition), log);
            }
            let first = self.label_of(was).to_owned();
            self.called.insert(name.to_owned(), first);
        }
        if self.ended.remove(was) {
            self.ended.insert(name.to_owned());
        }
    }

    /// What the partitions of a source go by.
    pub(super) fn label_of<'n>(&'n self, source: &'n str) -> &'n str {
        self.called.get(source).map_or(source, String::as_str)
    }

    /// Nothing was pushed so far.
    pub(super) fn is_new(&self) -> bool {
        self.logs.is_empty()
    }

    /// The partition of a source, which is there from now on. What is pushed first stands at `first`.
    pub(super) fn log(&mut self, source: &str, partition: u32, first: Place) -> &mut Log {
        match self.logs.entry((source.to_owned(), partition)) {
            Entry::Occupied(log) => log.into_mut(),
            Entry::Vacant(place) => place.insert(Log {
                first,
                ..Log::default()
            }),
        }
    }

    /// Numbers of the partitions of a source.
    pub(super) fn partitions(&self, source: &str) -> Vec<u32> {
        let of_source = self.logs.keys().filter(|(name, _)| name == source);
        of_source.map(|(_, partition)| *partition).collect()
    }

    pub(super) fn push(&mut self, source: &str, partition: u32, rows: &Rows) {
        let keeps = self.keeps;
        let log = self.log(source, partition, Place::default());
        assert!(!log.ended, "partition {source}/{partition} has ended");
        if keeps {
            log.rows.push(rows.clone());
        }
    }
}
