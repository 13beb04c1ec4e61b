use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use super::At;
use crate::engine::{Announced, Ledger};
use crate::task::Tag;

/// The sources on the test bench: what was pushed, and where each partition stands.
#[derive(Debug)]
pub(super) struct Bench {
    sources: Vec<BenchSource>,
    chunks: Vec<(u32, Announced)>,
}

#[derive(Debug)]
struct BenchSource {
    name: &'static str,
    stage: u32,
    arm: usize,
    /// Sources that the stage reads: partitions of all are numbered in one row.
    arms: u32,
    partitions: BTreeMap<u32, BenchPartition>,
    ended: bool,
}

#[derive(Debug, Default)]
struct BenchPartition {
    chunks: u64,
    rows: u64,
    ended: bool,
    settled: bool,
}

impl Bench {
    pub(super) fn new(ledger: &Ledger) -> Self {
        let arms = |stage| ledger.sources().iter().filter(|other| other.stage == stage).count();
        let sources = ledger.sources().iter().map(|source| BenchSource {
            name: source.name,
            stage: source.stage,
            arm: source.arm,
            arms: u32::try_from(arms(source.stage)).unwrap_or(1),
            partitions: BTreeMap::new(),
            ended: false,
        });
        Self {
            sources: sources.collect(),
            chunks: Vec::new(),
        }
    }

    /// The number of a source.
    pub(super) fn named(&self, name: &str) -> usize {
        let found = self.sources.iter().position(|source| source.name == name);
        found.unwrap_or_else(|| {
            let names: Vec<String> = self.sources.iter().map(|source| format!("`{}`", source.name)).collect();
            panic!("there is no source `{name}`; there is {}", names.join(", "))
        })
    }

    pub(super) fn name(&self, source: usize) -> &'static str {
        self.sources[source].name
    }

    pub(super) fn stage(&self, source: usize) -> u32 {
        self.sources[source].stage
    }

    /// Adds a partition, unless it is there.
    pub(super) fn add(&mut self, source: usize, partition: u32, ledger: &mut Ledger) {
        let source = &mut self.sources[source];
        if let Entry::Vacant(new) = source.partitions.entry(partition) {
            new.insert(BenchPartition::default());
            ledger.added(
                source.stage,
                source.number(partition),
                source.arm,
                source.label(partition),
                ledger.now(),
            );
        }
    }

    /// Announces a chunk of so many rows.
    pub(super) fn next_chunk(&mut self, source: usize, partition: u32, rows: usize, ledger: &mut Ledger) -> (At, Tag) {
        self.add(source, partition, ledger);
        let source = &mut self.sources[source];
        assert!(!source.ended, "`{}` has ended", source.name);
        let (number, label) = (source.number(partition), source.label(partition));
        let into = source.partitions.get_mut(&partition).expect("was added");
        assert!(!into.ended, "partition {label} has ended");
        let at = At {
            arm: source.arm,
            partition: number,
            label,
            offset: into.rows,
        };
        let tag = Tag {
            partition: number,
            chunk: into.chunks,
        };
        into.rows += rows as u64;
        into.chunks += 1;
        let announced = Announced {
            partition: number,
            rows: rows as u64,
            bytes: 0,
            lag: Some(0),
        };
        self.chunks.push((source.stage, announced));
        (at, tag)
    }

    pub(super) fn take_chunks(&mut self) -> Vec<(u32, Announced)> {
        std::mem::take(&mut self.chunks)
    }

    pub(super) fn end_partition(&mut self, source: usize, partition: u32) {
        if let Some(partition) = self.sources[source].partitions.get_mut(&partition) {
            partition.ended = true;
        }
    }

    pub(super) fn end(&mut self, source: usize) {
        self.sources[source].ended = true;
    }

    pub(super) fn end_all(&mut self) {
        self.sources.iter_mut().for_each(|source| source.ended = true);
    }

    /// Everything pushed is read: all partitions are at their end, and some have ended.
    pub(super) fn settle(&mut self, ledger: &mut Ledger, now: Duration) {
        for source in &mut self.sources {
            if source.ended {
                ledger.ended(source.stage, source.arm..source.arm + 1);
            }
            let (stage, arm, arms) = (source.stage, source.arm, source.arms);
            for (partition, state) in &mut source.partitions {
                let number = partition * arms + u32::try_from(arm).unwrap_or(0);
                ledger.caught_up(stage, number, now);
                if state.ended && !state.settled {
                    state.settled = true;
                    ledger.removed(stage, number);
                }
            }
        }
    }
}

impl BenchSource {
    /// The number of a partition among those of the stage.
    fn number(&self, partition: u32) -> u32 {
        partition * self.arms + u32::try_from(self.arm).unwrap_or(0)
    }

    fn label(&self, partition: u32) -> String {
        format!("{}/{partition}", self.name)
    }
}
