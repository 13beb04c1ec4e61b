//! State that comes back from a checkpoint.

use super::State;
use super::store::Store;
use super::table::{Entry, Table};
use crate::checkpoint::Change;
use crate::key::{OwnedKey, hash_of};

/// Brings back what a checkpoint holds, change by change, oldest first; to be [finished](Self::finish).
///
/// A table that is larger than the caches is filled region by region: an entry goes to wherever its hash says, and from one to the next that is
/// another page and another cache line, which takes several times as long as all the rest. So entries wait until all are known that belong to the
/// same region.
pub(crate) struct Refill<'s, K, S> {
    store: &'s mut Store<K, S>,
    /// The bytes of the first list, which may be of one slice.
    expected: u64,
    waiting: Option<Waiting<K, S>>,
}

/// What waits for a place in the table of a slice.
struct Waiting<K, S> {
    slice: i64,
    regions: Vec<Vec<Entry<K, S>>>,
    /// Buckets of the table, a power of two, and how many of them make a region, as its logarithm.
    buckets: usize,
    region: u32,
}

/// Bytes of a table that stay in the cache of a core.
const CACHED: usize = 256 << 10;

impl<'s, K: OwnedKey, S: State> Refill<'s, K, S> {
    /// Into a store that is empty. So many bytes are known to be of one slice: its table need not grow.
    pub(crate) fn new(store: &'s mut Store<K, S>, expected: u64) -> Self {
        Self {
            store,
            expected,
            waiting: None,
        }
    }

    /// The next change.
    ///
    /// # Errors
    /// The bytes are not those of a key or of a state of this type.
    pub(crate) fn take(&mut self, change: Change<'_>) -> Result<(), postcard::Error> {
        match change {
            Change::Put { slice, key, value } => {
                if self.expected > 0 {
                    // An operation and two lengths come with each.
                    let entry = (key.len() + value.len() + 3) as u64;
                    let entries = usize::try_from(self.expected / entry).unwrap_or(0);
                    self.expected = 0;
                    self.expect(slice, entries);
                }
                let (key, value): (K, S) = (postcard::from_bytes(key)?, postcard::from_bytes(value)?);
                let hash = hash_of(&key);
                let entry = Entry { hash, key, value };
                match &mut self.waiting {
                    Some(waiting) if waiting.slice == slice => waiting.add(entry),
                    _ => self.store.base.entry(slice).or_default().put(entry),
                }
            }
            Change::Remove { slice, key } => {
                self.settle();
                let key: K = postcard::from_bytes(key)?;
                if let Some(table) = self.store.base.get_mut(&slice) {
                    table.remove(hash_of(&key), &key);
                    if table.is_empty() {
                        self.store.base.remove(&slice);
                    }
                }
            }
            Change::Drop { slice } => {
                self.settle();
                self.store.base.remove(&slice);
            }
        }
        Ok(())
    }

    /// All changes have come.
    pub(crate) fn finish(mut self) {
        self.settle();
    }

    fn expect(&mut self, slice: i64, entries: usize) {
        let table = self.store.base.entry(slice).or_default();
        table.expect(entries);
        self.waiting = Waiting::for_table(slice, table, entries);
    }

    /// Brings what waits into its table.
    fn settle(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            let table = self.store.base.entry(waiting.slice).or_default();
            for entry in waiting.regions.into_iter().flatten() {
                table.put(entry);
            }
        }
    }
}

impl<K: OwnedKey, S> Waiting<K, S> {
    /// `None` where the table is small.
    fn for_table(slice: i64, table: &Table<K, S>, entries: usize) -> Option<Self> {
        let buckets = table.buckets();
        let regions = (buckets * size_of::<Entry<K, S>>() / CACHED)
            .next_power_of_two()
            .min(buckets);
        if regions <= 2 {
            return None;
        }
        let room = entries / regions + entries / regions / 8;
        Some(Self {
            slice,
            regions: (0..regions).map(|_| Vec::with_capacity(room)).collect(),
            buckets,
            region: (buckets / regions).trailing_zeros(),
        })
    }

    #[inline]
    fn add(&mut self, entry: Entry<K, S>) {
        let bucket = Table::<K, S>::bucket_of(entry.hash, self.buckets);
        self.regions[bucket >> self.region].push(entry);
    }
}

#[cfg(test)]
mod tests;
