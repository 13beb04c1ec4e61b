use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, HashMap};
use std::ops::RangeBounds;

use foldhash::fast::FixedState;
use serde::Serialize;
use smallvec::SmallVec;

use super::table::{Entry, Table};
use super::{Fold, State};
use crate::checkpoint::Changes;
use crate::faults::{self, Bug};
use crate::key::OwnedKey;

/// The state of one operator in one key partition, cut into slices of event time (one slice where there is no window).
///
/// The open batch has an overlay of its own. The base is as the last decided batch left it: nothing of it is copied but the entries that the open
/// batch changes, and of those only what a revision needs.
#[derive(Debug)]
pub(crate) struct Store<K, S> {
    pub(in crate::state) base: BTreeMap<i64, Table<K, S>>,
    /// Entries that the batch changed: revisions of what is in the base, or new ones.
    overlay: BTreeMap<i64, Table<K, S>>,
    /// Entries of the base that the batch removed. What the overlay has of such a key is a new entry.
    removed: BTreeMap<i64, Table<K, ()>>,
    /// Slices of the base that the batch dropped.
    dropped: Vec<i64>,
    /// Entries in the base.
    len: usize,
    /// An emptied table, for an overlay to come.
    spare: Option<Table<K, S>>,
    /// Of entries that grow, by slice and hash of the key: what the checkpoint has of them.
    written: BTreeMap<i64, HashMap<u64, Written, FixedState>>,
}

/// Bytes of an entry in the checkpoint.
#[derive(Debug, Clone, Copy, Default)]
struct Written {
    /// When it was last written whole.
    whole: usize,
    /// Added since.
    added: usize,
}

impl<K, S> Default for Store<K, S> {
    fn default() -> Self {
        Self {
            base: BTreeMap::new(),
            overlay: BTreeMap::new(),
            removed: BTreeMap::new(),
            dropped: Vec::new(),
            len: 0,
            spare: None,
            written: BTreeMap::new(),
        }
    }
}

/// What the open batch changes.
impl<K: OwnedKey, S: State> Store<K, S> {
    /// Brings the parts of one slice into the overlay and leaves `parts` empty. An entry of the base that is not `alive` no longer counts. `new` is told
    /// of keys of which there was no entry.
    pub(crate) fn apply<P>(
        &mut self,
        slice: i64,
        parts: &mut Table<K, P>,
        fold: &impl Fold<P, State = S>,
        alive: impl Fn(&S) -> bool,
        mut new: impl FnMut(u64),
    ) {
        let base = self.base.get(&slice);
        let overlay = match self.overlay.entry(slice) {
            Slot::Occupied(overlay) => overlay.into_mut(),
            // Nothing is known of these keys, as in a window that has just begun.
            Slot::Vacant(vacant) if base.is_none() => {
                let overlay = vacant.insert(fold.start_all(parts));
                overlay.iter().for_each(|entry| new(entry.hash));
                return;
            }
            Slot::Vacant(vacant) => vacant.insert(self.spare.take().unwrap_or_default()),
        };
        overlay.expect(parts.len());
        for Entry { hash, key, value } in parts.drain() {
            if let Some(state) = overlay.get_mut(hash, &key) {
                fold.apply(state, value);
                continue;
            }
            let before = base.and_then(|base| base.get(hash, &key));
            let value = match before {
                Some(before) if alive(before) => {
                    let mut state = fold.revise(before);
                    fold.apply(&mut state, value);
                    state
                }
                Some(_) => {
                    let (key, gone) = (key.clone(), ());
                    let removed = self.removed.entry(slice).or_default();
                    removed.put(Entry { hash, key, value: gone });
                    fold.start(value)
                }
                None => {
                    new(hash);
                    fold.start(value)
                }
            };
            overlay.insert_new(Entry { hash, key, value });
        }
    }

    /// What a key has at present. Not for entries whose revisions are only a part.
    pub(crate) fn look(&self, slice: i64, hash: u64, key: &K) -> Option<&S> {
        let changed = self.overlay.get(&slice).and_then(|table| table.get(hash, key));
        changed.or_else(|| self.at_rest(slice, hash, key))
    }

    /// What the base has of a key, unless the batch removed it.
    pub(crate) fn at_rest(&self, slice: i64, hash: u64, key: &K) -> Option<&S> {
        at_rest(&self.base, &self.removed, slice, hash, key)
    }

    /// What the batch has added to a key so far, where revisions are only a part; else what the key has at present.
    pub(crate) fn added(&self, slice: i64, hash: u64, key: &K) -> Option<&S> {
        self.overlay.get(&slice)?.get(hash, key)
    }

    /// The tables of a slice from which no key is ever removed: what rests, and what the batch has changed.
    pub(crate) fn tables(&self, slice: i64) -> [Option<&Table<K, S>>; 2] {
        [self.base.get(&slice), self.overlay.get(&slice)]
    }

    /// Gives a key another state.
    pub(crate) fn put(&mut self, slice: i64, entry: Entry<K, S>) {
        let table = self.overlay.entry(slice);
        table
            .or_insert_with(|| self.spare.take().unwrap_or_default())
            .put(entry);
    }

    /// Removes a key, if it is there.
    pub(crate) fn remove(&mut self, slice: i64, hash: u64, key: &K) {
        if let Some(table) = self.overlay.get_mut(&slice) {
            table.remove(hash, key);
        }
        if self
            .base
            .get(&slice)
            .is_some_and(|table| table.get(hash, key).is_some())
        {
            let (key, value) = (key.clone(), ());
            let removed = self.removed.entry(slice).or_default();
            removed.put(Entry { hash, key, value });
        }
    }

    /// The keys with this hash, nearly always one at most.
    pub(crate) fn keys_with_hash(&self, slice: i64, hash: u64) -> SmallVec<[K; 1]> {
        let overlay = self.overlay.get(&slice).into_iter();
        let base = self.base.get(&slice).into_iter();
        let mut keys = SmallVec::<[K; 1]>::new();
        for entry in overlay.chain(base).flat_map(|table| table.with_hash(hash)) {
            if !keys.contains(&entry.key) {
                keys.push(entry.key.clone());
            }
        }
        keys
    }

    /// Everything this batch touched, leaving the overlay as it is. Not for entries whose revisions are only a part.
    pub(crate) fn touched(&self) -> impl Iterator<Item = (i64, &Entry<K, S>)> {
        self.overlay
            .iter()
            .flat_map(|(slice, table)| table.iter().map(move |entry| (*slice, entry)))
    }

    /// Drops every slice for which `ripe` holds, oldest first, and hands its entries to `fire`.
    pub(crate) fn close(
        &mut self,
        ripe: impl Fn(i64) -> bool,
        settle: impl Fn(&mut S, S),
        mut fire: impl FnMut(i64, Entry<K, S>),
    ) {
        for slice in self.slices().into_iter().filter(|slice| ripe(*slice)) {
            let mut fresh = self.overlay.remove(&slice).unwrap_or_default();
            for entry in self.of_slice(slice) {
                let mut entry = entry.clone();
                if let Some(revised) = fresh.remove(entry.hash, &entry.key) {
                    settle(&mut entry.value, revised.value);
                }
                fire(slice, entry);
            }
            self.drop_slice(slice);
            for entry in fresh.drain() {
                fire(slice, entry);
            }
        }
    }

    /// The slices of base and overlay, oldest first.
    pub(crate) fn slices(&self) -> Vec<i64> {
        self.slices_in(..)
    }

    /// Those of them that are in a range.
    pub(crate) fn slices_in(&self, range: impl RangeBounds<i64> + Clone) -> Vec<i64> {
        let base = self.base.range(range.clone());
        let mut slices: Vec<i64> = base.map(|(slice, _)| *slice).collect();
        slices.extend(self.overlay.range(range).map(|(slice, _)| *slice));
        slices.sort_unstable();
        slices.dedup();
        slices.retain(|slice| !self.dropped.contains(slice));
        slices
    }

    /// What a key has in a slice, as the batch leaves it.
    pub(crate) fn one(&self, slice: i64, hash: u64, key: &K, settle: impl Fn(&mut S, S)) -> Option<S> {
        let fresh = self.overlay.get(&slice).and_then(|table| table.get(hash, key)).cloned();
        let Some(mut state) = self.at_rest(slice, hash, key).cloned() else {
            return fresh;
        };
        if let Some(revised) = fresh {
            settle(&mut state, revised);
        }
        Some(state)
    }

    /// The entries of a slice, each as the batch leaves it.
    pub(crate) fn each(&self, slice: i64, settle: impl Fn(&mut S, S), mut take: impl FnMut(Entry<K, S>)) {
        let fresh = self.overlay.get(&slice);
        for entry in self.of_slice(slice) {
            let mut entry = entry.clone();
            if let Some(revised) = fresh.and_then(|fresh| fresh.get(entry.hash, &entry.key)) {
                settle(&mut entry.value, revised.clone());
            }
            take(entry);
        }
        for entry in fresh.into_iter().flat_map(Table::iter) {
            if self.at_rest(slice, entry.hash, &entry.key).is_none() {
                take(entry.clone());
            }
        }
    }

    /// What the base has in a slice, but for what the batch removed.
    fn of_slice(&self, slice: i64) -> impl Iterator<Item = &Entry<K, S>> {
        let removed = self.removed.get(&slice);
        let entries = self.base.get(&slice).into_iter().flat_map(Table::iter);
        entries.filter(move |entry| removed.is_none_or(|removed| removed.get(entry.hash, &entry.key).is_none()))
    }

    /// Drops a slice.
    pub(crate) fn drop_slice(&mut self, slice: i64) {
        self.overlay.remove(&slice);
        if self.base.contains_key(&slice) {
            self.dropped.push(slice);
        }
    }
}

/// How the batch ends.
impl<K: OwnedKey, S: State> Store<K, S> {
    /// The batch is decided: the overlay becomes part of the base.
    pub(crate) fn commit(&mut self, settle: impl Fn(&mut S, S)) {
        for slice in self.dropped.drain(..) {
            self.len -= self.base.remove(&slice).map_or(0, |table| table.len());
            self.written.remove(&slice);
        }
        for (slice, removed) in std::mem::take(&mut self.removed) {
            self.forget(slice, removed);
        }
        for (slice, mut table) in std::mem::take(&mut self.overlay) {
            match self.base.get_mut(&slice) {
                Some(base) => {
                    let before = base.len();
                    table.trim();
                    for entry in table.drain() {
                        base.merge_one(entry, &settle);
                    }
                    self.len += base.len() - before;
                    self.spare = Some(table);
                }
                None if table.is_empty() => {}
                None => {
                    self.len += table.len();
                    self.base.insert(slice, table);
                }
            }
        }
    }

    fn forget(&mut self, slice: i64, mut removed: Table<K, ()>) {
        let Slot::Occupied(mut base) = self.base.entry(slice) else {
            return;
        };
        for entry in removed.drain() {
            if base.get_mut().remove(entry.hash, &entry.key).is_some() {
                self.len -= 1;
            }
        }
        if base.get().is_empty() {
            base.remove();
        } else {
            base.get_mut().trim();
        }
    }

    /// The batch is aborted: state is as it was before.
    pub(crate) fn abort(&mut self) {
        self.dropped.clear();
        self.removed.clear();
        self.overlay.clear();
    }

    /// What the batch, once it is decided, changes in the base: what is written to the checkpoint. Where states grow, only what was added is, until that is
    /// more than the whole was: so a snapshot, which keeps what was added as it came, is at most about twice as large as the state.
    pub(crate) fn changes(&mut self, grows: bool, settle: impl Fn(&mut S, S)) -> Result<Changes, postcard::Error> {
        let mut changes = Changes::default();
        let dropped = if faults::is(Bug::FiredWindowsKept) {
            &[]
        } else {
            &*self.dropped
        };
        for slice in dropped {
            changes.drop_slice(*slice);
        }
        let removed = self.removed.iter().filter(|(slice, _)| !self.dropped.contains(slice));
        for (slice, removed) in removed {
            for entry in removed.iter() {
                changes.remove(*slice, |bytes| write(&entry.key, bytes))?;
            }
        }
        for (slice, table) in &self.overlay {
            for entry in table.iter() {
                let key = |bytes: &mut Vec<u8>| write(&entry.key, bytes);
                if !grows {
                    changes.put(*slice, key, |bytes| write(&entry.value, bytes))?;
                    continue;
                }
                let value = postcard::to_stdvec(&entry.value)?;
                let written = self.written.entry(*slice).or_default().entry(entry.hash).or_default();
                let before = at_rest(&self.base, &self.removed, *slice, entry.hash, &entry.key);
                if before.is_some() && written.added + value.len() <= written.whole {
                    written.added += value.len();
                    changes.extend(*slice, key, |bytes| append(&value, bytes))?;
                    continue;
                }
                let value = match before {
                    None => value,
                    Some(before) => {
                        let mut whole = before.clone();
                        settle(&mut whole, entry.value.clone());
                        postcard::to_stdvec(&whole)?
                    }
                };
                *written = Written {
                    whole: value.len(),
                    added: 0,
                };
                changes.put(*slice, key, |bytes| append(&value, bytes))?;
            }
        }
        Ok(changes)
    }

    /// Notes what a checkpoint that is read has of an entry: all of it, or what was added.
    pub(in crate::state) fn note_written(&mut self, slice: i64, hash: u64, whole: bool, bytes: usize) {
        let written = self.written.entry(slice).or_default().entry(hash).or_default();
        if whole {
            *written = Written { whole: bytes, added: 0 };
        } else {
            written.added += bytes;
        }
    }

    /// A checkpoint that is read has nothing of a slice any more.
    pub(in crate::state) fn forget_written(&mut self, slice: i64) {
        self.written.remove(&slice);
    }

    /// Whether nothing rests, and the batch adds nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.overlay.is_empty() && self.base.keys().all(|slice| self.dropped.contains(slice))
    }

    /// Entries at rest, before this batch.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The lowest slice at rest.
    pub(crate) fn lowest(&self) -> Option<i64> {
        self.base.keys().next().copied()
    }

    /// The first of the slices at rest in a range, as long as they are wanted.
    pub(crate) fn first_resting(
        &self,
        range: impl RangeBounds<i64>,
        wanted: impl Fn(i64) -> bool,
    ) -> impl Iterator<Item = i64> {
        let slices = self.base.range(range).map(|(slice, _)| *slice);
        slices.take_while(move |slice| wanted(*slice))
    }

    /// Everything at rest.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (i64, &Entry<K, S>)> {
        let slices = self.base.iter();
        slices.flat_map(|(slice, table)| table.iter().map(move |entry| (*slice, entry)))
    }

    /// The base was filled from a checkpoint.
    pub(in crate::state) fn count(&mut self) {
        self.len = self.base.values().map(Table::len).sum();
    }
}

/// What the base has of a key, unless it is removed.
fn at_rest<'b, K: OwnedKey, S>(
    base: &'b BTreeMap<i64, Table<K, S>>,
    removed: &BTreeMap<i64, Table<K, ()>>,
    slice: i64,
    hash: u64,
    key: &K,
) -> Option<&'b S> {
    let is_removed = removed.get(&slice).is_some_and(|table| table.get(hash, key).is_some());
    base.get(&slice).filter(|_| !is_removed)?.get(hash, key)
}

#[expect(clippy::unnecessary_wraps, reason = "as what serialises")]
fn append(value: &[u8], bytes: &mut Vec<u8>) -> Result<(), postcard::Error> {
    bytes.extend_from_slice(value);
    Ok(())
}

fn write<T: Serialize>(value: &T, bytes: &mut Vec<u8>) -> Result<(), postcard::Error> {
    postcard::to_io(value, bytes).map(drop)
}

#[cfg(test)]
mod tests;
