use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use crate::plan::{Plan, Role};
use crate::progress::PartitionProgress;
use crate::source::Replay;
use crate::stage::{Reached, Reads, Resume};

use super::positions::{Key, Positions, Standing};
use crate::time::PartitionState;

/// What is read at present: sources and their partitions.
#[derive(Debug)]
pub(crate) struct Ledger {
    sources: Vec<SourceInfo>,
    /// By stage and number.
    partitions: BTreeMap<(u32, u32), Partition>,
    /// Where to go on reading: what a checkpoint keeps.
    pub(crate) positions: Positions,
    /// There is a checkpoint: the next run goes on where this one ends.
    goes_on: bool,
    /// All windows are to be closed.
    drained: bool,
    /// When the batch closes, by the pipeline's clock.
    now: Duration,
    /// Chunks that have come and are in no batch yet, by stage and number of the partition.
    queued: BTreeMap<(u32, u32), u64>,
    /// What was read of partitions of which it is not known yet that they are there.
    early: BTreeMap<(u32, u32), Vec<Reached>>,
}

/// A source of the plan.
#[derive(Debug)]
pub(crate) struct SourceInfo {
    pub(crate) name: &'static str,
    pub(crate) operator: u32,
    pub(crate) stage: u32,
    /// Its place among the sources that the stage reads.
    pub(crate) arm: usize,
    pub(crate) replay: Replay,
    /// More may come of it after it has ended.
    pub(crate) grows: bool,
    pub(crate) ended: bool,
}

#[derive(Debug)]
struct Partition {
    source: usize,
    label: String,
    added_at: Duration,
    /// It was read to its end, and nothing has been read since.
    at_end: bool,
    /// Everything that was there at this moment is read.
    current: Option<Duration>,
    /// With so many rows read, everything that was there at this moment will be.
    goal: Option<(Duration, u64)>,
    rows_in_all: u64,
    removed: bool,
    rows: u64,
    lag: Option<u64>,
    first: Option<String>,
    next: Option<String>,
}

impl Ledger {
    /// The sources of `plan`, given the stages that have any.
    pub(crate) fn new(plan: &Plan, stages: &[(u32, Reads)], goes_on: bool) -> Self {
        let mut sources = Vec::new();
        for (stage, reads) in stages {
            let of_stage: Vec<SourceInfo> = (0u32..)
                .zip(plan.operators)
                .filter(|(_, operator)| operator.role == Role::Source && operator.stage == *stage)
                .enumerate()
                .map(|(arm, (number, operator))| SourceInfo {
                    name: operator.name,
                    operator: number,
                    stage: *stage,
                    arm,
                    replay: reads.replay,
                    grows: reads.grows,
                    ended: false,
                })
                .collect();
            assert_eq!(
                of_stage.len(),
                reads.arms,
                "the plan names every source of stage {stage}"
            );
            sources.extend(of_stage);
        }
        Self {
            sources,
            partitions: BTreeMap::new(),
            positions: Positions::default(),
            goes_on,
            drained: false,
            now: Duration::ZERO,
            queued: BTreeMap::new(),
            early: BTreeMap::new(),
        }
    }

    pub(crate) fn sources(&self) -> &[SourceInfo] {
        &self.sources
    }

    /// What a person calls the sources of a stage.
    pub(crate) fn names_of(&self, stage: u32) -> String {
        let names: Vec<&str> = self
            .sources
            .iter()
            .filter(|s| s.stage == stage)
            .map(|s| s.name)
            .collect();
        names.join(" and ")
    }

    pub(crate) fn label(&self, stage: u32, partition: u32) -> String {
        self.partitions
            .get(&(stage, partition))
            .map_or_else(|| format!("partition {partition}"), |p| p.label.clone())
    }

    /// A partition is read from now on.
    pub(crate) fn added(&mut self, stage: u32, partition: u32, arm: usize, label: String, now: Duration) {
        let source = self.sources.iter().position(|s| s.stage == stage && s.arm == arm);
        let source = source.expect("a partition belongs to a source of its stage");
        let added = Partition {
            source,
            label,
            added_at: now,
            at_end: false,
            current: None,
            goal: None,
            rows_in_all: 0,
            removed: false,
            rows: 0,
            lag: None,
            first: None,
            next: None,
        };
        self.partitions.insert((stage, partition), added);
        if let Some(early) = self.early.remove(&(stage, partition)) {
            self.reached(stage, early);
        }
    }

    pub(crate) fn removed(&mut self, stage: u32, partition: u32) {
        self.early.remove(&(stage, partition));
        if let Some(partition) = self.partitions.get_mut(&(stage, partition)) {
            partition.removed = true;
        }
    }

    pub(crate) fn caught_up(&mut self, stage: u32, partition: u32, now: Duration) {
        if let Some(partition) = self.partitions.get_mut(&(stage, partition)) {
            partition.at_end = true;
            partition.current = Some(now);
            partition.goal = None;
        }
    }

    /// A chunk of the partition has come, and waits for a batch.
    pub(crate) fn arrived(&mut self, stage: u32, partition: u32, now: Duration) {
        let queued = self.queued.entry((stage, partition)).or_default();
        *queued += 1;
        if *queued == 1
            && let Some(partition) = self.partitions.get_mut(&(stage, partition)).filter(|p| p.at_end)
        {
            partition.current = Some(now);
        }
    }

    /// A chunk of the partition goes into the open batch.
    pub(crate) fn read(&mut self, stage: u32, partition: u32, rows: u64, lag: Option<u64>, now: Duration) {
        if let Some(queued) = self.queued.get_mut(&(stage, partition)) {
            *queued = queued.saturating_sub(1);
        }
        if let Some(partition) = self.partitions.get_mut(&(stage, partition)) {
            partition.at_end = false;
            partition.rows += rows;
            partition.rows_in_all += rows;
            partition.lag = lag;
            partition.comes_closer(now);
        }
    }

    /// Nothing comes any more from some of the sources of a stage.
    pub(crate) fn ended(&mut self, stage: u32, arms: Range<usize>) {
        self.sources
            .iter_mut()
            .filter(|s| s.stage == stage && arms.contains(&s.arm))
            .for_each(|s| s.ended = true);
    }

    pub(crate) fn all_ended(&self) -> bool {
        self.have_ended(0..self.sources.len())
    }

    pub(crate) fn have_ended(&self, sources: impl IntoIterator<Item = usize>) -> bool {
        sources.into_iter().all(|source| self.sources[source].ended)
    }

    /// Whether nothing will come of these sources any more, in no later run either: their time is over.
    pub(crate) fn are_over(&self, sources: impl IntoIterator<Item = usize>) -> bool {
        sources.into_iter().all(|source| self.is_over(source))
    }

    /// Nothing more comes of any source.
    pub(crate) fn end_for_good(&mut self) {
        self.drained = true;
    }

    fn is_over(&self, source: usize) -> bool {
        let source = &self.sources[source];
        self.drained || source.ended && !(source.grows && self.goes_on)
    }

    pub(crate) fn reached(&mut self, stage: u32, reached: Vec<Reached>) {
        for reached in reached {
            // Where a partition was removed and added anew within a batch, it is the later one that says how far it was read.
            let is_current = self.has_no_successor(stage, reached.partition, |successor| successor.next.is_some());
            if let Some(partition) = self.partitions.get_mut(&(stage, reached.partition)) {
                if self.goes_on && is_current {
                    let key = Key {
                        source: partition.source,
                        label: partition.label.clone(),
                        unit: reached.unit,
                    };
                    if reached.finished {
                        self.positions.remove(key);
                    } else {
                        let standing = Standing {
                            next: reached.next.clone(),
                            chunks: reached.chunks,
                        };
                        self.positions.put(key, standing);
                    }
                }
                partition.first = reached.first;
                partition.next = Some(reached.next);
            } else {
                // The news that there is such a partition may come after what was read of it.
                self.early.entry((stage, reached.partition)).or_default().push(reached);
            }
        }
    }

    /// Whether no partition that was added later goes by the label of this one and `counts`. Only a
    /// partition that was removed has such a one, so that labels are compared for no other.
    fn has_no_successor(&self, stage: u32, number: u32, counts: impl Fn(&Partition) -> bool) -> bool {
        let Some(partition) = self.partitions.get(&(stage, number)) else {
            return true;
        };
        if !partition.removed {
            return true;
        }
        let later = self.partitions.range((stage, number + 1)..=(stage, u32::MAX));
        let mut same = later.filter(|(_, p)| p.source == partition.source && p.label == partition.label);
        !same.any(|(_, p)| counts(p))
    }

    /// Where the sources of one stage go on.
    pub(crate) fn resume(&self, stage: u32) -> Vec<Resume> {
        let of_stage = self
            .sources
            .iter()
            .enumerate()
            .filter(|(_, source)| source.stage == stage);
        let resumes = of_stage.flat_map(|(number, source)| self.positions.of(number, source.arm));
        resumes.collect()
    }

    /// Where the sources of each stage that has any resume.
    pub(crate) fn resumes(&self) -> Vec<(u32, Vec<Resume>)> {
        let stages = self.stages().into_iter();
        stages.map(|stage| (stage, self.resume(stage))).collect()
    }

    /// The stages that read sources.
    pub(crate) fn stages(&self) -> Vec<u32> {
        let mut stages: Vec<u32> = self.sources.iter().map(|source| source.stage).collect();
        stages.dedup();
        stages
    }

    pub(crate) fn source_named(&self, name: &str) -> Option<usize> {
        self.sources.iter().position(|source| source.name == name)
    }

    /// Source and label of a partition.
    pub(crate) fn place(&self, stage: u32, partition: u32) -> Option<(usize, &str)> {
        let partition = self.partitions.get(&(stage, partition))?;
        Some((partition.source, &partition.label))
    }

    /// The batch closes now.
    pub(crate) fn close_at(&mut self, now: Duration) {
        self.now = now;
    }

    /// How long ago the first of the partitions of these sources was added that are read at present.
    pub(crate) fn read_for(&self, sources: &[usize]) -> Option<Duration> {
        let of_these = self.partitions.values().filter(|p| sources.contains(&p.source));
        let first = of_these.map(|p| p.added_at).min()?;
        Some(self.now.saturating_sub(first))
    }

    /// The partitions of these sources, as a clock sees them when the batch closes.
    pub(crate) fn states(&self, sources: &[usize]) -> Vec<PartitionState> {
        self.present(sources)
            .map(|(place, p)| PartitionState {
                partition: place.1,
                added: p.added_at,
                current: if self.is_at_end(*place, p) {
                    Some(self.now)
                } else {
                    p.current
                },
            })
            .collect()
    }

    fn is_at_end(&self, place: (u32, u32), partition: &Partition) -> bool {
        partition.at_end && self.queued.get(&place).is_none_or(|queued| *queued == 0)
    }

    /// Those of the partitions of these sources that are read to their end, at which more may come.
    pub(crate) fn at_their_end(&self, sources: &[usize]) -> impl Iterator<Item = PartitionState> {
        let partitions = self.present(sources);
        let quiet = partitions.filter(|(place, p)| self.is_at_end(**place, p) && !self.sources[p.source].ended);
        quiet.map(|((_, number), p)| PartitionState {
            partition: *number,
            added: p.added_at,
            current: p.current,
        })
    }

    /// Records read from these sources in this run, of the partitions that are read at present.
    pub(crate) fn rows_of(&self, sources: &[usize]) -> u64 {
        self.present(sources).map(|(_, p)| p.rows_in_all).sum()
    }

    /// Where the time is read from: when the last batch closed.
    pub(crate) fn now(&self) -> Duration {
        self.now
    }

    /// What a person calls the partition of one of these sources, and how it stands.
    pub(crate) fn describe(&self, sources: &[usize], partition: u32) -> String {
        let found = self.present(sources).find(|((_, number), _)| *number == partition);
        let Some((place, p)) = found else {
            return format!("partition {partition}");
        };
        if self.is_at_end(*place, p) {
            format!("`{}` (read to its end)", p.label)
        } else if let Some(lag) = p.lag.filter(|lag| *lag > 0) {
            format!("`{}` ({lag} records behind)", p.label)
        } else {
            format!("`{}`", p.label)
        }
    }

    /// The label of a partition of one of these sources.
    pub(crate) fn label_of(&self, sources: &[usize], partition: u32) -> Option<&str> {
        self.present(sources)
            .find(|((_, number), _)| *number == partition)
            .map(|(_, p)| p.label.as_str())
    }

    /// Number, source and label of the partitions of these sources that are read at present.
    pub(crate) fn read_of(&self, sources: &[usize]) -> impl Iterator<Item = (u32, usize, &str)> {
        self.present(sources)
            .map(|((_, number), p)| (*number, p.source, p.label.as_str()))
    }

    fn present(&self, sources: &[usize]) -> impl Iterator<Item = (&(u32, u32), &Partition)> {
        let counts = |p: &Partition| sources.contains(&p.source) && !p.removed && !self.is_over(p.source);
        self.partitions.iter().filter(move |(_, p)| counts(p))
    }

    pub(crate) fn progress(&self) -> Vec<PartitionProgress> {
        self.partitions
            .values()
            .map(|p| PartitionProgress {
                source: self.sources[p.source].name.to_owned(),
                label: p.label.clone(),
                first: p.first.clone(),
                next: p.next.clone(),
                rows: p.rows,
                lag: p.lag,
            })
            .collect()
    }

    /// A batch begins: forgets what went in the one before.
    pub(crate) fn begin(&mut self) {
        let removed = self.partitions.iter().filter(|(_, p)| p.removed);
        let gone: Vec<(u32, u32)> = removed.map(|(place, _)| *place).collect();
        for place in gone {
            // The position stays with the one that was added in its place.
            let is_left = self.has_no_successor(place.0, place.1, |_| true);
            if let Some(partition) = self.partitions.remove(&place)
                && is_left
            {
                self.positions.remove_partition(partition.source, &partition.label);
            }
        }
        for partition in self.partitions.values_mut() {
            partition.rows = 0;
            partition.first.clone_from(&partition.next);
        }
    }
}

impl Partition {
    /// A chunk was read: maybe everything that was there at some moment is read now.
    fn comes_closer(&mut self, now: Duration) {
        if let Some((at, rows)) = self.goal
            && self.rows_in_all >= rows
        {
            self.current = Some(at);
            self.goal = None;
        }
        match self.lag {
            Some(0) => {
                self.current = Some(now);
                self.goal = None;
            }
            Some(lag) => {
                self.goal.get_or_insert((now, self.rows_in_all + lag));
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests;
