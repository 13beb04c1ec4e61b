//! State that comes back from a checkpoint.

use super::State;
use super::store::Store;
use super::table::{Entry, Table};
use crate::checkpoint::Change;
use crate::key::{OwnedKey, hash_of};

/// Brings back what a checkpoint holds, change by change, oldest first; to be [finished](Self::finish).
///
/// An entry goes to wherever its hash says: in a table larger than the caches that is another page and another cache line for each, which takes
/// several times as long as all the rest. So entries wait, sorted by the region of the table that they belong to, and go there region by region.
/// The table first gets room for exactly those: filled in this order while it is too small, its first regions would overflow.
pub(crate) struct Refill<'s, K, S> {
    store: &'s mut Store<K, S>,
    /// Bytes that are still to come of the snapshot, in which no key is there twice.
    snapshot: u64,
    /// Entries are added to.
    grows: bool,
    waiting: Waiting<K, S>,
}

/// What waits for a place in the table of a slice.
struct Waiting<K, S> {
    slice: i64,
    regions: Vec<Vec<Entry<K, S>>>,
    entries: usize,
    /// With how many entries they are brought into the table.
    limit: usize,
    /// As many buckets as the table has, or may get: a power of two. How many of them make a region, as its logarithm.
    buckets: usize,
    region: u32,
    /// The region of the entry that came last.
    newest: usize,
}

/// Bytes of a table that stay in the cache of a core.
const CACHED: usize = 256 << 10;
/// As many entries are expected at most where entries are added to.
const MANY: usize = 64 << 10;
/// As many changes of a journal wait at least.
const LEAST: usize = 4 << 10;

impl<'s, K: OwnedKey, S: State> Refill<'s, K, S> {
    /// Into a store that is empty. So many of the bytes are those of a snapshot.
    pub(crate) fn new(store: &'s mut Store<K, S>, snapshot: u64, grows: bool) -> Self {
        Self {
            store,
            snapshot,
            grows,
            waiting: Waiting::default(),
        }
    }

    /// The next change.
    ///
    /// # Errors
    /// The bytes are not those of a key or of a state of this type.
    pub(crate) fn take(&mut self, change: Change<'_>, add: impl Fn(&mut S, S)) -> Result<(), postcard::Error> {
        match change {
            Change::Put { slice, key, value } => {
                // An operation and two lengths come with each.
                let bytes = (key.len() + value.len() + 3) as u64;
                let whole = value.len();
                let (key, value): (K, S) = (postcard::from_bytes(key)?, postcard::from_bytes(value)?);
                let hash = hash_of(&key);
                if self.grows {
                    self.store.note_written(slice, hash, true, whole);
                }
                if self.waiting.slice != slice || self.waiting.entries >= self.waiting.limit {
                    self.settle();
                }
                if self.waiting.entries == 0 {
                    self.begin(slice, bytes);
                }
                self.waiting.add(Entry { hash, key, value });
                self.came(bytes);
            }
            Change::Extend { slice, key, addition } => {
                let (bytes, added) = ((key.len() + addition.len() + 3) as u64, addition.len());
                let (key, addition): (K, S) = (postcard::from_bytes(key)?, postcard::from_bytes(addition)?);
                let hash = hash_of(&key);
                self.store.note_written(slice, hash, false, added);
                if let Some(entry) = self.waiting.newest(slice, hash, &key) {
                    add(&mut entry.value, addition);
                } else {
                    self.settle();
                    let table = self.store.base.get_mut(&slice);
                    match table.and_then(|table| table.get_mut(hash, &key)) {
                        Some(value) => add(value, addition),
                        None => return Err(postcard::Error::SerdeDeCustom),
                    }
                }
                self.came(bytes);
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
                self.store.forget_written(slice);
            }
        }
        Ok(())
    }

    /// All changes have come.
    pub(crate) fn finish(mut self) {
        self.settle();
        self.store.count();
    }

    /// So many bytes of the snapshot have come.
    fn came(&mut self, bytes: u64) {
        if self.snapshot > 0 {
            self.snapshot = self.snapshot.saturating_sub(bytes);
            if self.snapshot == 0 {
                self.settle();
            }
        }
    }

    /// Entries of a slice are to wait, of which the first has so many bytes.
    fn begin(&mut self, slice: i64, bytes: u64) {
        let there = self.store.base.get(&slice).map_or(0, Table::len);
        let rest = usize::try_from(self.snapshot / bytes).unwrap_or(0);
        // What is added to entries is larger than they were: how many there are cannot be told.
        let rest = if self.grows { rest.min(MANY) } else { rest };
        self.waiting.slice = slice;
        self.waiting.limit = if rest > 0 { usize::MAX } else { LEAST.max(there / 2) };
        self.waiting.cut(LEAST.max(there).max(rest));
    }

    /// Brings what waits into its table.
    fn settle(&mut self) {
        if self.waiting.entries == 0 {
            return;
        }
        let table = self.store.base.entry(self.waiting.slice).or_default();
        let regions = &mut self.waiting.regions;
        if !table.is_empty() {
            for region in &mut *regions {
                region.retain_mut(|entry| !table.replace(entry));
            }
        }
        table.expect(table.len() + regions.iter().map(Vec::len).sum::<usize>());
        for entry in regions.iter_mut().flat_map(|region| region.drain(..)) {
            table.put(entry);
        }
        self.waiting.entries = 0;
    }
}

impl<K, S> Default for Waiting<K, S> {
    fn default() -> Self {
        Self {
            slice: 0,
            regions: Vec::new(),
            entries: 0,
            limit: 0,
            buckets: 1,
            region: 0,
            newest: 0,
        }
    }
}

impl<K: OwnedKey, S> Waiting<K, S> {
    /// Sorts what comes by the regions of a table for so many entries.
    fn cut(&mut self, entries: usize) {
        self.buckets = entries.next_power_of_two();
        let bytes = self.buckets * size_of::<Entry<K, S>>();
        let regions = (bytes / CACHED).next_power_of_two().min(self.buckets);
        self.region = (self.buckets / regions).trailing_zeros();
        if self.regions.len() < regions {
            let each = entries / regions + entries / regions / 8;
            self.regions.resize_with(regions, || Vec::with_capacity(each));
        }
    }

    #[inline]
    fn add(&mut self, entry: Entry<K, S>) {
        let bucket = Table::<K, S>::bucket_of(entry.hash, self.buckets);
        self.newest = bucket >> self.region;
        self.regions[self.newest].push(entry);
        self.entries += 1;
    }

    /// The entry that came last, if it waits and is of this key.
    fn newest(&mut self, slice: i64, hash: u64, key: &K) -> Option<&mut Entry<K, S>> {
        let newest = self.regions.get_mut(self.newest)?.last_mut()?;
        (self.entries > 0 && self.slice == slice && newest.hash == hash && newest.key == *key).then_some(newest)
    }
}

#[cfg(test)]
mod tests;
