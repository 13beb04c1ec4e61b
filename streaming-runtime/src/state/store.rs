use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use serde::Serialize;

use super::table::{Entry, Table};
use super::{Fold, State};
use crate::checkpoint::Changes;
use crate::faults::{self, Bug};
use crate::key::OwnedKey;

/// The state of one operator in one key partition, cut into slices of event time (one slice where there is no window).
#[derive(Debug)]
pub(crate) struct Store<K, S> {
    pub(in crate::state) base: BTreeMap<i64, Table<K, S>>,
    overlay: BTreeMap<i64, Table<K, S>>,
    closed: Vec<i64>,
    /// Committed states that were forgotten since the last batch, by slice: the checkpoint has to forget them, too.
    swept: Vec<(i64, K)>,
    /// An emptied table, for an overlay to come.
    spare: Option<Table<K, S>>,
}

impl<K, S> Default for Store<K, S> {
    fn default() -> Self {
        Self {
            base: BTreeMap::new(),
            overlay: BTreeMap::new(),
            closed: Vec::new(),
            swept: Vec::new(),
            spare: None,
        }
    }
}

impl<K: OwnedKey, S: State> Store<K, S> {
    /// Brings the parts of one slice into the overlay and leaves `parts` empty; `alive` says whether a state of the base still
    /// counts.
    pub(crate) fn apply<P>(
        &mut self,
        slice: i64,
        parts: &mut Table<K, P>,
        fold: &impl Fold<P, State = S>,
        alive: impl Fn(&S) -> bool,
    ) {
        let base = self.base.get(&slice);
        let overlay = match self.overlay.entry(slice) {
            Slot::Occupied(overlay) => overlay.into_mut(),
            // Nothing is known of these keys, as in a window that has just begun.
            Slot::Vacant(vacant) if base.is_none() => {
                vacant.insert(fold.start_all(parts));
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
            let before = base.and_then(|base| base.get(hash, &key)).filter(|state| alive(state));
            let value = match before {
                Some(before) => {
                    let mut state = before.clone();
                    fold.apply(&mut state, value);
                    state
                }
                None => fold.start(value),
            };
            overlay.insert_new(Entry { hash, key, value });
        }
    }

    /// Everything this batch touched, leaving the overlay as it is.
    pub(crate) fn touched(&self) -> impl Iterator<Item = (i64, &Entry<K, S>)> {
        self.overlay
            .iter()
            .flat_map(|(slice, table)| table.iter().map(move |entry| (*slice, entry)))
    }

    /// Closes every slice for which `ripe` holds, oldest first, and hands its entries to `fire`.
    pub(crate) fn close(&mut self, ripe: impl Fn(i64) -> bool, mut fire: impl FnMut(i64, Entry<K, S>)) {
        let mut slices: Vec<i64> = self
            .base
            .keys()
            .chain(self.overlay.keys())
            .copied()
            .filter(|s| ripe(*s))
            .collect();
        slices.sort_unstable();
        slices.dedup();
        for slice in slices {
            let mut fresh = self.overlay.remove(&slice).unwrap_or_default();
            if let Some(base) = self.base.get(&slice) {
                for entry in base.iter() {
                    if fresh.is_empty() || fresh.get(entry.hash, &entry.key).is_none() {
                        fire(slice, entry.clone());
                    }
                }
                self.closed.push(slice);
            }
            for entry in fresh.drain() {
                fire(slice, entry);
            }
        }
    }

    /// The batch is decided: the overlay becomes part of the base.
    pub(crate) fn commit(&mut self) {
        self.swept.clear();
        for slice in self.closed.drain(..) {
            self.base.remove(&slice);
        }
        for (slice, mut table) in std::mem::take(&mut self.overlay) {
            match self.base.get_mut(&slice) {
                Some(base) => {
                    table.trim();
                    for entry in table.drain() {
                        base.put(entry);
                    }
                    self.spare = Some(table);
                }
                None => {
                    self.base.insert(slice, table);
                }
            }
        }
    }

    /// The batch is given up: state is as it was before.
    pub(crate) fn abort(&mut self) {
        self.closed.clear();
        self.overlay.clear();
    }

    /// Forgets committed states for which `keep` does not hold; where it is `noted`, the next [`changes`](Self::changes) say so.
    pub(crate) fn sweep(&mut self, noted: bool, keep: impl Fn(&S) -> bool) {
        let swept = &mut self.swept;
        self.base.retain(|slice, table| {
            table.retain(|entry| {
                let kept = keep(&entry.value);
                if noted && !kept {
                    swept.push((*slice, entry.key.clone()));
                }
                kept
            });
            !table.is_empty()
        });
    }

    /// What the batch, once it is decided, changes in the base: what is written to the checkpoint.
    pub(crate) fn changes(&self) -> Result<Changes, postcard::Error> {
        let mut changes = Changes::default();
        for (slice, key) in &self.swept {
            changes.remove(*slice, |bytes| write(key, bytes))?;
        }
        let fired = if faults::is(Bug::FiredWindowsKept) {
            &[]
        } else {
            &*self.closed
        };
        for slice in fired {
            changes.drop_slice(*slice);
        }
        for (slice, table) in &self.overlay {
            for entry in table.iter() {
                changes.put(
                    *slice,
                    |bytes| write(&entry.key, bytes),
                    |bytes| write(&entry.value, bytes),
                )?;
            }
        }
        Ok(changes)
    }

    /// Has something to write although no record came.
    pub(crate) fn has_swept(&self) -> bool {
        !self.swept.is_empty()
    }

    /// The lowest slice at rest.
    pub(crate) fn lowest(&self) -> Option<i64> {
        self.base.keys().next().copied()
    }

    /// States at rest, before this batch.
    pub(crate) fn len(&self) -> usize {
        self.base.values().map(Table::len).sum()
    }
}

fn write<T: Serialize>(value: &T, bytes: &mut Vec<u8>) -> Result<(), postcard::Error> {
    postcard::to_io(value, bytes).map(drop)
}

#[cfg(test)]
mod tests;
