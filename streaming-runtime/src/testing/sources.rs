use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::world::{Place, World};
use super::{At, Rows};
use crate::engine::{Book, Ledger};
use crate::stage::{Reached, Resume, Stages, Ticket, Visit};
use crate::task::Tag;

/// The sources of one life of a pipeline on the test bench: where each partition stands.
#[derive(Debug)]
pub(super) struct Sources {
    all: Vec<Source>,
    /// Chunks that wait for a batch.
    chunks: Vec<(u32, Ticket)>,
    /// Partitions, by source, that have moved since the last batch.
    moved: BTreeSet<(usize, u32)>,
}

#[derive(Debug)]
struct Source {
    name: &'static str,
    /// What its partitions go by.
    called: String,
    stage: u32,
    arm: usize,
    /// Sources that the stage reads: partitions of all are numbered in one row.
    arms: u32,
    partitions: BTreeMap<u32, Partition>,
}

#[derive(Debug, Default)]
struct Partition {
    /// Where the batch before began and ended.
    read: Place,
    /// Behind what was pushed.
    next: Place,
    settled: bool,
}

impl Sources {
    pub(super) fn new(ledger: &Ledger, world: &World) -> Self {
        let arms = |stage| ledger.sources().iter().filter(|other| other.stage == stage).count();
        let sources = ledger.sources().iter().map(|source| Source {
            name: source.name,
            called: world.label_of(source.name).to_owned(),
            stage: source.stage,
            arm: source.arm,
            arms: u32::try_from(arms(source.stage)).unwrap_or(1),
            partitions: BTreeMap::new(),
        });
        Self {
            all: sources.collect(),
            chunks: Vec::new(),
            moved: BTreeSet::new(),
        }
    }

    /// The number of a source.
    pub(super) fn named(&self, name: &str) -> usize {
        let found = self.all.iter().position(|source| source.name == name);
        found.unwrap_or_else(|| {
            let names: Vec<String> = self.all.iter().map(|source| format!("`{}`", source.name)).collect();
            panic!("there is no source `{name}`; there is {}", names.join(", "))
        })
    }

    /// Adds a partition, unless it is there.
    pub(super) fn add(&mut self, source: usize, partition: u32, at: Place, book: &mut Book) {
        let source = &mut self.all[source];
        let (number, label) = (source.number(partition), source.label(partition));
        if let Entry::Vacant(new) = source.partitions.entry(partition) {
            new.insert(Partition {
                read: at,
                next: at,
                settled: false,
            });
            book.added(source.stage, number, source.arm, label);
        }
    }

    /// Hands rows to the stage behind a source, for the next batch.
    pub(super) fn feed<S: Stages>(&mut self, source: usize, partition: u32, rows: Rows, book: &mut Book, stages: &S) {
        self.add(source, partition, Place::default(), book);
        self.moved.insert((source, partition));
        let source = &mut self.all[source];
        let (number, label) = (source.number(partition), source.label(partition));
        let into = source.partitions.get_mut(&partition).expect("was added");
        let at = At {
            arm: source.arm,
            partition,
            label,
            offset: into.next.rows,
        };
        let tag = Tag {
            partition: number,
            chunk: into.next.chunks,
        };
        into.next = into.next.after(&rows);
        let mut pushed = None;
        let push = &mut Visit::Push {
            stage: source.stage,
            rows: Some(rows),
            at: &at,
            tag,
            pushed: &mut pushed,
        };
        match (stages.visit(0, push), pushed) {
            (Ok(()), Some(Ok(ticket))) => self.chunks.push((source.stage, ticket)),
            (_, Some(Err(message))) => panic!("cannot push into `{}`: {message}", source.name),
            _ => unreachable!("the stage is in the list"),
        }
    }

    pub(super) fn take_chunks(&mut self) -> Vec<(u32, Ticket)> {
        std::mem::take(&mut self.chunks)
    }

    /// Everything pushed is read: all partitions are at their end, and some have ended.
    pub(super) fn settle(&mut self, world: &mut World, book: &mut Book) {
        let (batch, now) = (book.batch, book.time.elapsed());
        let ledger = &mut book.ledger;
        for source in &mut self.all {
            if world.ended.contains(source.name) {
                ledger.ended(source.stage, source.arm..source.arm + 1);
            }
            let (name, stage, arm, arms) = (source.name, source.stage, source.arm, source.arms);
            for (partition, state) in &mut source.partitions {
                let number = partition * arms + u32::try_from(arm).unwrap_or(0);
                ledger.caught_up(stage, number, now);
                let log = world.log(name, *partition, Place::default());
                if log.ended && !state.settled {
                    state.settled = true;
                    log.ended_in = Some(batch);
                    ledger.removed(stage, number);
                }
            }
        }
    }

    /// Notes in the books how far the batch that closes has read.
    pub(super) fn seal(&mut self, ledger: &mut Ledger) {
        for (source, partition) in std::mem::take(&mut self.moved) {
            let source = &mut self.all[source];
            let number = source.number(partition);
            let state = source.partitions.get_mut(&partition).expect("it was read");
            let reached = Reached {
                partition: number,
                unit: String::new(),
                chunks: state.next.chunks,
                first: Some(write(state.read)),
                next: write(state.next),
                finished: false,
            };
            state.read = state.next;
            ledger.reached(source.stage, vec![reached]);
        }
    }

    /// Resumes where the checkpoint is: what was pushed behind it is read again.
    pub(super) fn resume<S: Stages>(&mut self, world: &mut World, book: &mut Book, stages: &S) -> Result<(), String> {
        for number in 0..self.all.len() {
            let (name, stage, arm) = (self.all[number].name, self.all[number].stage, self.all[number].arm);
            let positions = book.ledger.resume(stage);
            let mut known = BTreeMap::new();
            for resume in positions.into_iter().filter(|resume| resume.arm == arm) {
                let (partition, place) = read(&self.all[number].called, &resume)?;
                world.log(name, partition, place);
                known.insert(partition, place);
            }
            for partition in world.partitions(name) {
                let at = known.get(&partition).copied();
                let log = world.log(name, partition, Place::default());
                if log.ended_in.is_some_and(|ended| ended < book.batch) {
                    continue;
                }
                log.ended_in = None;
                let at = at.unwrap_or_default();
                let again = log.from(at);
                self.add(number, partition, at, book);
                for rows in again {
                    self.feed(number, partition, rows, book, stages);
                }
            }
        }
        Ok(())
    }
}

impl Source {
    /// The number of a partition among those of the stage.
    fn number(&self, partition: u32) -> u32 {
        partition * self.arms + u32::try_from(self.arm).unwrap_or(0)
    }

    fn label(&self, partition: u32) -> String {
        format!("{}/{partition}", self.called)
    }
}

fn write(place: Place) -> String {
    format!("row {}", place.rows)
}

fn read(source: &str, resume: &Resume) -> Result<(u32, Place), String> {
    let partition = resume
        .label
        .strip_prefix(source)
        .and_then(|rest| rest.strip_prefix('/'));
    let rows = resume.next.strip_prefix("row ");
    match (partition.map(str::parse), rows.map(str::parse)) {
        (Some(Ok(partition)), Some(Ok(rows))) => {
            let chunks = resume.chunks;
            Ok((partition, Place { rows, chunks }))
        }
        _ => Err(format!(
            "the position of `{}` is `{}`, which no test bench has written: a test begins with an empty directory, or with one of another test",
            resume.label, resume.next
        )),
    }
}
