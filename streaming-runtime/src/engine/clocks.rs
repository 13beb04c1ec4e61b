use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::Ledger;
use super::meta::ClockMeta;
use crate::faults::{self, Bug};
use crate::plan::{Plan, Role};
use crate::time::Clock;

/// All clocks of a pipeline, each with the sources it follows.
#[derive(Debug)]
pub(crate) struct Clocks {
    all: Vec<Following>,
}

#[derive(Debug)]
struct Following {
    name: &'static str,
    stage: u32,
    clock: Arc<Clock>,
    /// Sources upstream, as the ledger numbers them.
    sources: Vec<usize>,
    /// The clock stands in the loop of its sources and sees their partitions.
    at_source: bool,
    /// What an earlier run had seen in partitions that are not read yet, by source and label.
    waiting: BTreeMap<(usize, String), i64>,
}

impl Clocks {
    /// The clocks, by stage, in the order of the `event_time`s of the plan.
    pub(crate) fn new(plan: &Plan, clocks: Vec<(u32, Arc<Clock>)>, ledger: &Ledger) -> Self {
        let operators: Vec<u32> = (0u32..)
            .zip(plan.operators)
            .filter(|(_, operator)| operator.role == Role::Time)
            .map(|(number, _)| number)
            .collect();
        assert_eq!(operators.len(), clocks.len(), "the plan names every clock");
        let following = |((stage, clock), operator): ((u32, Arc<Clock>), u32)| {
            let upstream = upstream(plan, operator);
            Following {
                name: plan.operators[operator as usize].name,
                stage,
                clock,
                sources: (0..ledger.sources().len())
                    .filter(|source| upstream.contains(&ledger.sources()[*source].operator))
                    .collect(),
                at_source: ledger.sources().iter().any(|source| source.stage == stage),
                waiting: BTreeMap::new(),
            }
        };
        Self {
            all: clocks.into_iter().zip(operators).map(following).collect(),
        }
    }

    /// Folds what the batch saw into the clocks of one stage.
    pub(crate) fn advance(&self, stage: u32, ledger: &Ledger) {
        for clock in self.all.iter().filter(|clock| clock.stage == stage) {
            clock.advance(ledger);
        }
    }

    /// Lets time pass without a batch: partitions become idle, sources have ended.
    pub(crate) fn pass(&self, ledger: &Ledger) {
        for clock in &self.all {
            clock.advance(ledger);
        }
    }

    /// A batch begins: what is late in it is decided by the watermarks as they are now.
    pub(crate) fn begin(&self) {
        for clock in &self.all {
            clock.clock.begin();
        }
    }

    /// A partition is read from now on: it has been as far as an earlier run saw.
    pub(crate) fn added(&mut self, stage: u32, partition: u32, ledger: &Ledger) {
        let Some((source, label)) = ledger.place(stage, partition) else {
            return;
        };
        let place = (source, label.to_owned());
        for clock in self
            .all
            .iter_mut()
            .filter(|clock| clock.stage == stage && clock.at_source)
        {
            if let Some(at) = clock.waiting.remove(&place) {
                clock.clock.restore_seen(partition, at);
            }
        }
    }

    /// All clocks, as a checkpoint keeps them.
    pub(crate) fn kept(&self, ledger: &Ledger) -> Vec<ClockMeta> {
        self.all.iter().map(|clock| clock.kept(ledger)).collect()
    }

    /// Goes on where an earlier run was.
    pub(crate) fn restore(&mut self, kept: &[ClockMeta], ledger: &Ledger) {
        for clock in &mut self.all {
            let Some(kept) = kept.iter().find(|kept| kept.name == clock.name) else {
                continue;
            };
            if !faults::is(Bug::WatermarkForgotten) {
                clock.clock.restore(kept.watermark);
            }
            clock.clock.begin();
            for (source, label, at) in &kept.seen {
                if let Some(source) = ledger.source_named(source) {
                    clock.waiting.insert((source, label.clone()), *at);
                }
            }
        }
    }

    /// How soon another partition will be idle.
    pub(crate) fn next_idle(&self, ledger: &Ledger, now: Duration) -> Option<Duration> {
        self.all
            .iter()
            .filter_map(|clock| ledger.next_idle(&clock.sources, clock.clock.idle()?, now))
            .min()
    }

    pub(crate) fn watermarks(&self) -> impl Iterator<Item = (&'static str, i64)> {
        self.all.iter().map(|clock| (clock.name, clock.clock.watermark()))
    }
}

impl Following {
    fn advance(&self, ledger: &Ledger) {
        let ended = ledger.are_over(self.sources.iter().copied());
        if self.at_source {
            self.clock
                .advance(&ledger.states(&self.sources), self.awaited(ledger), ended);
        } else {
            self.clock.advance_as_one(ended);
        }
    }

    /// How far the slowest partition was that is not read yet. Partitions are announced one after the other, and batches close in between.
    fn awaited(&self, ledger: &Ledger) -> Option<i64> {
        let waited = ledger.read_for(&self.sources).unwrap_or_default();
        let in_vain = self.clock.idle().is_some_and(|idle| waited >= idle);
        self.waiting.values().copied().min().filter(|_| !in_vain)
    }

    fn kept(&self, ledger: &Ledger) -> ClockMeta {
        let name_of = |source: usize| ledger.sources()[source].name.to_owned();
        let seen: BTreeMap<u32, i64> = self.clock.seen().into_iter().collect();
        let sources = if self.at_source { &*self.sources } else { &[] };
        // Also those of which nothing was seen: the next run has to wait for them, too.
        let seen = ledger.read_of(sources).map(|(partition, source, label)| {
            let at = seen.get(&partition).copied().unwrap_or(i64::MIN);
            (name_of(source), label.to_owned(), at)
        });
        let waiting = self.waiting.iter();
        let waiting = waiting.map(|((source, label), at)| (name_of(*source), label.clone(), *at));
        let mut seen: Vec<_> = seen.chain(waiting).collect();
        seen.sort_unstable();
        ClockMeta {
            name: self.name.to_owned(),
            watermark: self.clock.watermark(),
            seen,
        }
    }
}

/// All operators that `operator` reads, directly or not.
fn upstream(plan: &Plan, operator: u32) -> BTreeSet<u32> {
    let mut found = BTreeSet::from([operator]);
    let mut open = vec![operator];
    while let Some(next) = open.pop() {
        let inputs = plan.operators[next as usize].inputs.iter().map(|input| input.operator);
        open.extend(inputs.filter(|input| found.insert(*input)));
    }
    found
}
