//! Positions of sources as the checkpoint keeps them: one entry for each unit of a partition, so that a batch writes only those that it moved.

use std::collections::BTreeMap;

use crate::checkpoint::{Change, Changes};
use crate::stage::Resume;

/// The key of an entry: a unit of a partition of a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// As the ledger numbers sources.
    pub(crate) source: usize,
    /// What a person calls the partition.
    pub(crate) label: String,
    /// Empty where the partition has one position.
    pub(crate) unit: String,
}

/// Where reading stands in a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The source's position, as text.
    pub(crate) next: String,
    /// Chunks of the partition that were read up to here.
    pub(crate) chunks: u64,
}

/// All positions, and which of them have changed since they were last written.
#[derive(Debug, Default)]
pub(crate) struct Positions {
    all: BTreeMap<Key, Standing>,
    /// `None` where the entry is gone.
    changed: BTreeMap<Key, Option<Standing>>,
}

impl Positions {
    pub(crate) fn put(&mut self, unit: Key, standing: Standing) {
        self.changed.insert(unit.clone(), Some(standing.clone()));
        self.all.insert(unit, standing);
    }

    pub(crate) fn remove(&mut self, unit: Key) {
        if self.all.remove(&unit).is_some() {
            self.changed.insert(unit, None);
        }
    }

    /// Removes every unit of a partition.
    pub(crate) fn remove_partition(&mut self, source: usize, label: &str) {
        let of_partition = |unit: &&Key| unit.source == source && unit.label == label;
        let gone: Vec<Key> = self.all.keys().filter(of_partition).cloned().collect();
        for unit in gone {
            self.remove(unit);
        }
    }

    /// What changed since this was last called, by source, as bytes for the checkpoint.
    pub(crate) fn take_changes(&mut self) -> Vec<(usize, Vec<u8>)> {
        let mut found: BTreeMap<usize, Changes> = BTreeMap::new();
        for (unit, standing) in std::mem::take(&mut self.changed) {
            let changes = found.entry(unit.source).or_default();
            let key = |bytes: &mut Vec<u8>| append(bytes, &(&unit.label, &unit.unit));
            let written = match standing {
                Some(standing) => changes.put(SLICE, key, |bytes| append(bytes, &(standing.chunks, &standing.next))),
                None => changes.remove(SLICE, key),
            };
            written.expect("texts and numbers serialise");
        }
        let bytes = |(source, changes): (usize, Changes)| (source, changes.into_bytes());
        found.into_iter().map(bytes).collect()
    }

    /// Takes one change of a source that an earlier run wrote.
    pub(crate) fn replay(&mut self, source: usize, change: Change<'_>) -> Result<(), String> {
        let unit = |key| {
            let (label, unit) = postcard::from_bytes(key).map_err(|error| format!("no position: {error}"))?;
            Ok::<_, String>(Key { source, label, unit })
        };
        match change {
            Change::Put { key, value, .. } => {
                let (chunks, next) = postcard::from_bytes(value).map_err(|error| format!("no position: {error}"))?;
                self.all.insert(unit(key)?, Standing { next, chunks });
            }
            Change::Extend { .. } => return Err("a position is not added to".to_owned()),
            Change::Remove { key, .. } => drop(self.all.remove(&unit(key)?)),
            Change::Drop { .. } => self.all.retain(|unit, _| unit.source != source),
        }
        Ok(())
    }

    /// The positions of a source, which is this arm of its stage.
    pub(crate) fn of(&self, source: usize, arm: usize) -> impl Iterator<Item = Resume> {
        let of_source = self.all.iter().filter(move |(unit, _)| unit.source == source);
        of_source.map(move |(unit, standing)| Resume {
            arm,
            label: unit.label.clone(),
            next: standing.next.clone(),
            chunks: standing.chunks,
        })
    }
}

/// Positions are no slices of time.
const SLICE: i64 = 0;

fn append(bytes: &mut Vec<u8>, value: &impl serde::Serialize) -> Result<(), postcard::Error> {
    postcard::to_io(value, bytes).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::read_changes;

    fn unit(label: &str, unit: &str) -> Key {
        Key {
            source: 1,
            label: label.to_owned(),
            unit: unit.to_owned(),
        }
    }

    fn at(next: &str, chunks: u64) -> Standing {
        Standing {
            next: next.to_owned(),
            chunks,
        }
    }

    fn replayed(lists: &[Vec<u8>]) -> Vec<(String, String, u64)> {
        let mut positions = Positions::default();
        for list in lists {
            for change in read_changes(list) {
                positions.replay(1, change.unwrap()).unwrap();
            }
        }
        let resumes = positions.of(1, 0);
        resumes.map(|r| (r.label, r.next, r.chunks)).collect()
    }

    #[test]
    fn only_what_changed_is_written_and_all_of_it_comes_back() {
        let mut positions = Positions::default();
        positions.put(unit("logs", "a"), at("1", 1));
        positions.put(unit("logs", "b"), at("5", 2));
        positions.put(unit("other", ""), at("7", 1));
        let mut lists: Vec<Vec<u8>> = positions.take_changes().into_iter().map(|(_, list)| list).collect();
        positions.put(unit("logs", "a"), at("2", 3));
        positions.remove(unit("logs", "b"));
        positions.remove(unit("logs", "never seen"));
        let second = positions.take_changes();
        assert_eq!(read_changes(&second[0].1).count(), 2);
        lists.push(second.into_iter().next().unwrap().1);
        assert!(positions.take_changes().is_empty());
        let expect = [
            ("logs".to_owned(), "2".to_owned(), 3),
            ("other".to_owned(), "7".to_owned(), 1),
        ];
        assert_eq!(replayed(&lists), expect);

        positions.remove_partition(1, "logs");
        lists.extend(positions.take_changes().into_iter().map(|(_, list)| list));
        assert_eq!(replayed(&lists), expect[1..]);
    }
}
