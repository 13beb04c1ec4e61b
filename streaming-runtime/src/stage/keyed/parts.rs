//! Parts of keys on their way from the workers' tables to the key partitions.

use smallvec::SmallVec;

use crate::key::OwnedKey;
use crate::order::by_slice;
use crate::state::exchange::{Combine, Local, Marked};
use crate::state::table::Table;
use crate::time::Slicing;

/// What came for one key partition: the tables of all slices and workers.
pub(super) struct Incoming<K, P, G: Slicing> {
    /// Each with the start of its slice.
    pub(super) tables: Few<(i64, Parts<K, P, G>)>,
    /// Tables of which nothing is left.
    pub(super) emptied: Few<Parts<K, P, G>>,
}

/// Mostly one, for which nothing is allocated: there are many key partitions, and small batches.
pub(crate) type Few<T> = SmallVec<[T; 1]>;

/// What one worker combined for a slice and key partition.
pub(super) type Parts<K, P, G> = Table<K, Marked<<G as Slicing>::Mark, P>>;

/// Everything that came.
pub(super) struct Came<K, P, G: Slicing> {
    pub(super) partitions: Vec<Incoming<K, P, G>>,
    /// Keys, those of every worker and slice counted by themselves.
    pub(super) keys: usize,
    /// The same of the largest slice of a worker.
    pub(super) largest: usize,
}

impl<K: OwnedKey, P, G: Slicing> Came<K, P, G> {
    /// Takes the workers' tables apart.
    pub(super) fn new<C>(locals: Vec<Local<K, P, C, G>>, partitions: usize) -> Self {
        let nothing = || Incoming {
            tables: Few::new(),
            emptied: Few::new(),
        };
        let mut came = Self {
            partitions: (0..partitions).map(|_| nothing()).collect(),
            keys: 0,
            largest: 0,
        };
        for (slice, sheet) in locals.into_iter().flat_map(Local::into_sheets) {
            let mut keys = 0;
            for (into, table) in came.partitions.iter_mut().zip(sheet) {
                keys += table.len();
                if table.is_empty() {
                    into.emptied.push(table);
                } else {
                    into.tables.push((slice, table));
                }
            }
            came.keys += keys;
            came.largest = came.largest.max(keys);
        }
        came
    }

    /// What there is to do: a row for each key, where workers have combined those of a key.
    pub(super) fn rows<C: Combine<P>>(&self, combine: &C) -> usize {
        if !C::SHIPS {
            return self.keys;
        }
        let tables = self.partitions.iter().flat_map(|incoming| &incoming.tables);
        let entries = tables.flat_map(|(_, table)| table.iter());
        entries.map(|entry| combine.rows(&entry.value.part)).sum()
    }
}

impl<K: OwnedKey, P, G: Slicing> Incoming<K, P, G> {
    /// Combines what several workers have of a slice: then each slice comes once, and each of its keys.
    pub(super) fn combine(&mut self, combine: &impl Combine<P>) {
        // The largest first: the others are brought there.
        by_slice(&mut self.tables, |(slice, table)| (*slice, table.len()));
        let Self { tables, emptied } = self;
        tables.dedup_by(|(slice, table), (before, into)| {
            let same = slice == before;
            if same {
                into.merge(table, |into, Marked { mark, part }| {
                    G::join(&mut into.mark, mark);
                    combine.combine(&mut into.part, part);
                });
                emptied.push(std::mem::take(table));
            }
            same
        });
    }

    /// Takes all tables, of which nothing is left.
    pub(super) fn into_emptied(mut self) -> Few<Parts<K, P, G>> {
        self.emptied.extend(self.tables.into_iter().map(|(_, table)| table));
        self.emptied
    }
}
