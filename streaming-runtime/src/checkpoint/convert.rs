//! A checkpoint becomes that of a program whose state has another layout, or other key partitions: all of it is written anew, as a snapshot.
//!
//! The snapshot counts with the manifest that lists it, which is written when the pipeline begins to write. Until then the checkpoint is what it
//! was, whatever happens.

use std::collections::BTreeMap;
use std::convert::Infallible;

use super::changes::{Change as Entry, Changes, Reader};
use super::compactor::merge;
use super::directory::{self, Directory, snapshot_name};
use super::error::CheckpointError;
use super::evolve::{Change, Changing};
use super::filesystem::Filesystem;
use super::history::History;
use super::identity::mismatch;
use super::layout::{HashOf, StateOf};
use super::manifest::{Manifest, SnapshotEntry};
use super::opened::Last;
use super::snapshot::SnapshotWriter;

/// What is to be done.
#[derive(Debug)]
pub(crate) struct Conversion {
    /// The operators of the new manifest.
    pub operators: Vec<StateOf>,
    /// Where the state of each comes from.
    pub from: Vec<From>,
    /// The hash of a key of each.
    pub hashes: Vec<HashOf>,
    /// Places of the old manifest that are left because they hold nothing, and why they could not be left otherwise.
    pub empty: Vec<(u32, String)>,
    pub key_partitions: u32,
}

/// Where the state of an operator comes from.
#[derive(Debug)]
pub(crate) enum From {
    /// There is none.
    Nothing,
    /// There was some, and it is left.
    Reset,
    /// From this place in the old manifest, as it is.
    Same(u32),
    /// From this place, entry by entry.
    Changed(u32, Box<Change>),
}

/// Whether there is any state at a place of the manifest.
pub(super) fn holds<F: Filesystem>(
    directory: &Directory<F>,
    history: &History<F>,
    place: u32,
    through: u64,
) -> Result<bool, CheckpointError> {
    for key in history.keys().into_iter().filter(|(operator, _)| *operator == place) {
        if !merge(directory, history, key, through)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Conversion {
    /// Writes the state up to the last batch, and lists it in the manifest, which is not written. Gives the history from which it is loaded.
    pub(crate) fn run<F: Filesystem>(
        self,
        directory: &Directory<F>,
        history: &History<F>,
        last: &Last,
        manifest: &mut Manifest,
    ) -> Result<History<F>, CheckpointError> {
        // The last batch may have been undone since they were looked at.
        for (place, why) in &self.empty {
            if holds(directory, history, *place, last.batch)? {
                return mismatch(why.clone());
            }
        }
        let generation = manifest.generation + 1;
        let partitioned = manifest.key_partitions != self.key_partitions;
        let name = snapshot_name(last.batch, generation);
        directory::replace(&directory.fs, &directory.path, &name, |file, path| {
            let writing = |error| CheckpointError::writing("write", path, error);
            let seal = directory.seal.snapshot(last.batch, generation);
            let mut writer = SnapshotWriter::<F>::new(file, directory.seal, seal, last.batch).map_err(writing)?;
            for (operator, from) in (0u32..).zip(&self.from) {
                let (place, change) = match from {
                    From::Nothing | From::Reset => continue,
                    From::Same(place) => (*place, None),
                    From::Changed(place, change) => (*place, Some(change.begin().or_else(mismatch)?)),
                };
                let mut sections = BTreeMap::new();
                for key in history.keys().into_iter().filter(|(operator, _)| *operator == place) {
                    let state = merge(directory, history, key, last.batch)?;
                    let rehash = partitioned && !self.operators[operator as usize].is_source();
                    if !rehash && change.is_none() {
                        sections.insert(key.1, state);
                        continue;
                    }
                    let hash = rehash.then_some(self.hashes[operator as usize]);
                    self.entries(&state, key.1, hash, change.as_ref(), &mut sections)?;
                }
                for (partition, state) in sections.iter().filter(|(_, state)| !state.is_empty()) {
                    writer.section(operator, *partition, state).map_err(writing)?;
                }
            }
            writer.finish(&last.meta).map(drop).map_err(writing)
        })?;
        manifest.operators = self.operators;
        manifest.key_partitions = self.key_partitions;
        manifest.rebase(SnapshotEntry {
            batch: last.batch,
            through_segment: manifest.next_segment - 1,
        });
        History::read(directory, manifest.generation, manifest.snapshots.last().copied(), &[])
    }

    /// Nothing was ever decided, so that there is no state.
    pub(crate) fn of_nothing(self, manifest: &mut Manifest) {
        manifest.operators = self.operators;
        manifest.key_partitions = self.key_partitions;
    }

    /// Brings the entries of a key partition to where they belong now.
    fn entries(
        &self,
        state: &[u8],
        partition: u32,
        hash: Option<HashOf>,
        change: Option<&Changing<'_>>,
        sections: &mut BTreeMap<u32, Vec<u8>>,
    ) -> Result<(), CheckpointError> {
        let mut parts: BTreeMap<u32, Changes> = BTreeMap::new();
        let mut reader = Reader::new(state);
        let unlike = || "an entry is not what the checkpoint says that it is".to_owned();
        while let Some(Ok(entry)) = reader.next() {
            let (slice, key, value, whole) = match entry {
                Entry::Put { slice, key, value } => (slice, key, value, true),
                Entry::Extend { slice, key, addition } => (slice, key, addition, false),
                Entry::Remove { .. } | Entry::Drop { .. } => continue,
            };
            let to = match hash {
                Some(hash) => {
                    let Some(hash) = hash(key) else {
                        return mismatch(unlike());
                    };
                    u32::try_from(hash >> 32 & u64::from(self.key_partitions - 1)).unwrap_or(0)
                }
                None => partition,
            };
            let changed = change.map(|change| change.apply(value)).transpose();
            let changed = changed.or_else(mismatch)?;
            let value = changed.as_deref().unwrap_or(value);
            let into = parts.entry(to).or_default();
            let copy = |from: &[u8], bytes: &mut Vec<u8>| {
                bytes.extend_from_slice(from);
                Ok::<(), Infallible>(())
            };
            let Ok(()) = if whole {
                into.put(slice, |bytes| copy(key, bytes), |bytes| copy(value, bytes))
            } else {
                into.extend(slice, |bytes| copy(key, bytes), |bytes| copy(value, bytes))
            };
        }
        for (partition, changes) in parts {
            // Lists of changes may follow each other: each says its slice anew.
            sections.entry(partition).or_default().extend(changes.into_bytes());
        }
        Ok(())
    }
}
