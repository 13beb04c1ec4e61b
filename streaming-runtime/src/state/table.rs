//! The hash table under exchanges and state: hashes are computed once and carried along.

use hashbrown::hash_table::{Entry as Slot, HashTable};

use crate::key::{Key, OwnedKey};

/// One key with its hash and what is kept for it.
#[derive(Debug, Clone)]
pub struct Entry<K, V> {
    pub(crate) hash: u64,
    pub(crate) key: K,
    pub(crate) value: V,
}

/// A map from key to value.
#[derive(Debug)]
pub struct Table<K, V> {
    entries: HashTable<Entry<K, V>>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self {
            entries: HashTable::new(),
        }
    }
}

impl<K: OwnedKey, V> Table<K, V> {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of a key that may be borrowed, and its bucket; the key is made owned only when it is new.
    #[inline(always)]
    pub(crate) fn slot<Q: Key<Owned = K>>(&mut self, hash: u64, key: Q) -> (usize, &mut V)
    where
        V: Default,
    {
        match self.entries.find_entry(hash, |e| e.hash == hash && key.is(&e.key)) {
            Ok(entry) => (entry.bucket_index(), &mut entry.into_mut().value),
            Err(absent) => insert(absent.into_table(), hash, key.into_key()),
        }
    }

    /// Whether a key is in that bucket.
    #[inline(always)]
    pub(crate) fn holds<Q: Key<Owned = K>>(&self, bucket: usize, key: &Q) -> bool {
        self.entries.get_bucket(bucket).is_some_and(|entry| key.is(&entry.key))
    }

    /// The value in a bucket that holds one.
    #[inline(always)]
    pub(crate) fn at(&mut self, bucket: usize) -> &mut V {
        &mut self
            .entries
            .get_bucket_mut(bucket)
            .expect("the bucket holds a key")
            .value
    }

    #[inline]
    pub(crate) fn get(&self, hash: u64, key: &K) -> Option<&V> {
        self.entries
            .find(hash, |e| e.hash == hash && e.key == *key)
            .map(|e| &e.value)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, hash: u64, key: &K) -> Option<&mut V> {
        self.entries
            .find_mut(hash, |e| e.hash == hash && e.key == *key)
            .map(|e| &mut e.value)
    }

    /// Adds an entry whose key is known to be absent.
    pub(crate) fn insert_new(&mut self, entry: Entry<K, V>) {
        self.entries.insert_unique(entry.hash, entry, |e| e.hash);
    }

    /// The value of a key, which is added where it is absent.
    pub(crate) fn of(&mut self, hash: u64, key: K) -> &mut V
    where
        V: Default,
    {
        let is_it = |e: &Entry<K, V>| e.hash == hash && e.key == key;
        if self.entries.find(hash, is_it).is_none() {
            let value = V::default();
            return &mut self
                .entries
                .insert_unique(hash, Entry { hash, key, value }, |e| e.hash)
                .into_mut()
                .value;
        }
        &mut self.entries.find_mut(hash, is_it).expect("it was found").value
    }

    /// Keeps the entries for which `keep` holds.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&mut Entry<K, V>) -> bool) {
        self.entries.retain(keep);
    }

    /// Replaces or adds.
    pub(crate) fn put(&mut self, entry: Entry<K, V>) {
        let is_it = |e: &Entry<K, V>| e.hash == entry.hash && e.key == entry.key;
        match self.entries.entry(entry.hash, is_it, |e| e.hash) {
            Slot::Occupied(mut there) => there.get_mut().value = entry.value,
            Slot::Vacant(vacant) => drop(vacant.insert(entry)),
        }
    }

    /// Adds, or settles what is there with what comes.
    pub(crate) fn merge_one(&mut self, entry: Entry<K, V>, settle: impl Fn(&mut V, V)) {
        let is_it = |e: &Entry<K, V>| e.hash == entry.hash && e.key == entry.key;
        match self.entries.entry(entry.hash, is_it, |e| e.hash) {
            Slot::Occupied(mut there) => settle(&mut there.get_mut().value, entry.value),
            Slot::Vacant(vacant) => drop(vacant.insert(entry)),
        }
    }

    /// Puts the value in the place of the one that the key has; `false` where the key is absent.
    pub(crate) fn replace(&mut self, entry: &mut Entry<K, V>) -> bool {
        let there = self.get_mut(entry.hash, &entry.key);
        there.map(|value| std::mem::swap(value, &mut entry.value)).is_some()
    }

    /// Where among so many buckets a hash belongs: there the search begins.
    #[expect(clippy::cast_possible_truncation, reason = "only the lowest bits count")]
    pub(crate) fn bucket_of(hash: u64, buckets: usize) -> usize {
        hash as usize & (buckets - 1)
    }

    /// Removes a key, if it is there.
    pub(crate) fn remove(&mut self, hash: u64, key: &K) -> Option<Entry<K, V>> {
        let entry = self
            .entries
            .find_entry(hash, |e| e.hash == hash && e.key == *key)
            .ok()?;
        Some(entry.remove().0)
    }

    /// The entries whose keys have this hash: nearly always one at most.
    pub(crate) fn with_hash(&self, hash: u64) -> impl Iterator<Item = &Entry<K, V>> {
        self.entries.iter_hash(hash).filter(move |entry| entry.hash == hash)
    }

    /// Makes room for so many keys in all.
    pub(crate) fn expect(&mut self, keys: usize) {
        if self.entries.capacity() < keys {
            self.entries.reserve(keys - self.len(), |e| e.hash);
        }
    }

    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.entries.capacity()
    }

    /// All values, to be changed.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().map(|entry| &mut entry.value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry<K, V>> {
        self.entries.iter()
    }

    /// Gives memory back where the table is mostly empty: going through it takes time in proportion to its size.
    pub(crate) fn trim(&mut self) {
        const SMALL: usize = 1024;
        if self.entries.capacity() > SMALL.max(self.len() * 8) {
            self.entries.shrink_to(self.len() * 2, |e| e.hash);
        }
    }

    /// Takes everything out.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Entry<K, V>> {
        self.entries.drain()
    }

    /// Brings everything that is in `other` here, which is left empty.
    pub(crate) fn merge(&mut self, other: &mut Self, combine: impl Fn(&mut V, V)) {
        for entry in other.drain() {
            match self.get_mut(entry.hash, &entry.key) {
                Some(into) => combine(into, entry.value),
                None => self.insert_new(entry),
            }
        }
    }

    /// The same keys with other values; what is left is empty.
    pub(crate) fn map<W>(&mut self, f: impl Fn(V) -> W) -> Table<K, W> {
        let mut table = Table::default();
        table.expect(self.len());
        for Entry { hash, key, value } in self.drain() {
            let value = f(value);
            table.insert_new(Entry { hash, key, value });
        }
        table
    }
}

#[cold]
#[inline(never)]
fn insert<K, V: Default>(table: &mut HashTable<Entry<K, V>>, hash: u64, key: K) -> (usize, &mut V) {
    let value = V::default();
    let entry = table.insert_unique(hash, Entry { hash, key, value }, |e| e.hash);
    (entry.bucket_index(), &mut entry.into_mut().value)
}
