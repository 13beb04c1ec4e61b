//! Key partitions: which one a key belongs to, and the tables of all of them.

use std::sync::{Mutex, OnceLock};

use super::table::Table;
use crate::key::OwnedKey;

/// The key partition of a hash: bits from the 32nd on. A table finds its bucket by the lowest bits and tells entries apart by
/// the highest seven; a partition's table, all of whose keys share the partition's bits, must not find its own among them.
///
/// Persistent like the hash itself, and pinned by a golden test.
#[inline]
pub(crate) fn partition_of(hash: u64, partitions: usize) -> usize {
    debug_assert!(partitions.is_power_of_two());
    (hash >> 32) as usize & (partitions - 1)
}

/// One table for every key partition.
pub(crate) type Sheet<K, V> = Vec<Table<K, V>>;

/// Emptied tables, whose room the next batch uses again.
#[derive(Debug)]
pub(crate) struct Spare<K, V> {
    partitions: OnceLock<usize>,
    tables: Mutex<Emptied<K, V>>,
}

#[derive(Debug)]
struct Emptied<K, V> {
    /// Sheets, one behind the other.
    tables: Vec<Table<K, V>>,
    /// Keys to expect in a table.
    expected: usize,
}

impl<K, V> Default for Spare<K, V> {
    fn default() -> Self {
        Self {
            partitions: OnceLock::new(),
            tables: Mutex::new(Emptied {
                tables: Vec::new(),
                expected: 0,
            }),
        }
    }
}

impl<K, V> Spare<K, V> {
    /// Says how many key partitions there are; until then there is one.
    pub(crate) fn cut(&self, partitions: usize) {
        assert!(self.partitions.set(partitions).is_ok(), "keys are partitioned once");
    }

    pub(crate) fn partitions(&self) -> usize {
        *self.partitions.get_or_init(|| 1)
    }
}

impl<K: OwnedKey, V> Spare<K, V> {
    /// Adds a sheet of empty tables to `tables`.
    pub(crate) fn take(&self, tables: &mut Vec<Table<K, V>>) {
        let mut spare = self.tables.lock().expect("no panic while locked");
        let (expected, rest) = (spare.expected, spare.tables.len().saturating_sub(self.partitions()));
        let first = tables.len();
        tables.extend(spare.tables.drain(rest..));
        drop(spare);
        tables.resize_with(first + self.partitions(), Table::default);
        for table in &mut tables[first..] {
            table.expect(expected);
        }
    }

    /// Keeps emptied tables for the next batch, each with its key partition, in place of those that the last one left.
    /// A table of the next batch will hold about `expected` keys.
    pub(crate) fn put(
        &self,
        emptied: impl Iterator<Item = (usize, impl ExactSizeIterator<Item = Table<K, V>>)>,
        expected: usize,
    ) {
        let mut spare = self.tables.lock().expect("no panic while locked");
        spare.expected = expected;
        spare.tables.clear();
        for (partition, emptied) in emptied {
            let wanted = emptied.len() * self.partitions();
            if spare.tables.len() < wanted {
                spare.tables.resize_with(wanted, Table::default);
            }
            for (sheet, table) in emptied.enumerate() {
                spare.tables[sheet * self.partitions() + partition] = table;
            }
        }
    }
}
