mod doubt;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use self::doubt::Doubt;
use super::Ledger;
use super::meta::ClockMeta;
use crate::faults::{self, Bug};
use crate::plan::{Plan, Role};
use crate::progress::{ClockProgress, other_unit, shown};
use crate::time::{Clock, Start};

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
    doubt: Doubt,
    /// The unit of its times was looked at.
    has_unit: bool,
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
                doubt: Doubt::default(),
                has_unit: false,
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

    /// Where the open batch began, by clock.
    pub(crate) fn start(&self) -> Vec<Start> {
        self.all.iter().map(|clock| clock.clock.start()).collect()
    }

    /// The batch that closed last, which began here, has never been.
    pub(crate) fn back_to(&self, start: Vec<Start>) {
        for (clock, start) in self.all.iter().zip(start) {
            clock.clock.back_to(start);
        }
    }

    /// A partition is read from now on: it has been as far as an earlier run saw.
    pub(crate) fn added(&mut self, stage: u32, partition: u32, ledger: &Ledger, now: Duration) {
        let Some((source, label)) = ledger.place(stage, partition) else {
            return;
        };
        let place = (source, label.to_owned());
        for clock in self
            .all
            .iter_mut()
            .filter(|clock| clock.stage == stage && clock.at_source)
        {
            if let Some(at) = clock.waiting.remove(&place).filter(|at| *at != i64::MIN) {
                clock.clock.restore_seen(partition, at, now);
            }
        }
    }

    /// All clocks, as a checkpoint keeps them.
    pub(crate) fn kept(&self, ledger: &Ledger) -> Vec<ClockMeta> {
        self.all.iter().map(|clock| clock.kept(ledger)).collect()
    }

    /// The wall clock shows `wall`: times that are too far ahead of it do not count.
    pub(crate) fn bound(&self, wall: i64) {
        for clock in &self.all {
            clock.clock.bound(wall);
        }
    }

    /// Resumes where an earlier run was. Times that are too far ahead of `wall` to be true do not count any more, nor those after `reset`; what that
    /// puts right is returned.
    pub(crate) fn restore(
        &mut self,
        kept: &[ClockMeta],
        ledger: &Ledger,
        wall: i64,
        reset: Option<i64>,
    ) -> Vec<String> {
        let mut cured = Vec::new();
        for clock in &mut self.all {
            let Some(kept) = kept.iter().find(|kept| kept.name == clock.name) else {
                continue;
            };
            let possible = clock.clock.bound(wall);
            let limit = reset.map_or(possible, |reset| reset.min(possible));
            let watermark = clock.clock.cured(kept, limit);
            if !faults::is(Bug::WatermarkForgotten) {
                clock.clock.restore(watermark);
            }
            if watermark < kept.watermark {
                let why = if limit < possible {
                    format!("`reset_watermark` asks for no event time after {}", shown(limit))
                } else {
                    let max_ahead = clock.clock.max_ahead();
                    format!(
                        "that is more than {max_ahead} ms after this machine's clock, {}, so that an event time from the future has set it",
                        shown(wall)
                    )
                };
                cured.push(set_back(kept, watermark, &why));
            }
            clock.clock.begin();
            for (source, label, at) in &kept.seen {
                if let Some(source) = ledger.source_named(source) {
                    let at = if *at > limit { i64::MIN } else { *at };
                    clock.waiting.insert((source, label.clone()), at);
                }
            }
        }
        cured
    }

    /// How soon another partition will be idle.
    pub(crate) fn next_idle(&self, ledger: &Ledger, now: Duration) -> Option<Duration> {
        self.all
            .iter()
            .filter(|clock| clock.at_source && clock.clock.idle().is_some())
            .flat_map(|clock| {
                let quiet = ledger.at_their_end(&clock.sources);
                quiet.filter_map(move |state| clock.clock.idle_in(&state, now))
            })
            .min()
    }

    /// Where all clocks stand, for the document of the batch.
    pub(crate) fn progress(&self, ledger: &Ledger) -> Vec<ClockProgress> {
        self.all.iter().map(|clock| clock.progress(ledger)).collect()
    }

    /// Event times that are in another unit than milliseconds by all appearances, said once for each clock.
    pub(crate) fn wrong_units(&mut self, wall: i64) -> Vec<String> {
        let unknown = self.all.iter_mut().filter(|clock| clock.at_source && !clock.has_unit);
        unknown.filter_map(|clock| clock.wrong_unit(wall)).collect()
    }

    /// Why windows wait that ought to close, where that has lasted and was not said yet.
    pub(crate) fn doubts(&mut self, ledger: &Ledger, now: Duration) -> Vec<String> {
        self.all
            .iter_mut()
            .filter(|clock| clock.at_source)
            .filter_map(|clock| clock.doubt(ledger, now))
            .collect()
    }
}

impl Clock {
    /// The watermark of an earlier run, or the one that follows from the times that can be true.
    fn cured(&self, kept: &ClockMeta, limit: i64) -> i64 {
        // Once everything has ended there is no time to come.
        if kept.watermark == i64::MAX || self.behind(Some(limit)) >= kept.watermark {
            return kept.watermark;
        }
        let within = kept.seen.iter().map(|(_, _, at)| *at).filter(|at| *at <= limit);
        self.behind(within.filter(|at| *at != i64::MIN).min())
    }
}

fn set_back(kept: &ClockMeta, watermark: i64, why: &str) -> String {
    let to = if watermark == i64::MIN {
        "to none".to_owned()
    } else {
        format!("to {}", shown(watermark))
    };
    format!(
        "the watermark of `{}` in the checkpoint, {}, is set back {to}: {why}; windows that it closed too early may be emitted once more, with the \
         records that come now",
        kept.name,
        shown(kept.watermark),
    )
}

impl Following {
    fn progress(&self, ledger: &Ledger) -> ClockProgress {
        let known = |at: i64| (at != i64::MIN).then_some(at);
        let standing = self.clock.standing();
        ClockProgress {
            name: self.name.to_owned(),
            watermark: known(self.clock.watermark()),
            set_by: standing
                .set_by
                .and_then(|partition| ledger.label_of(&self.sources, partition).map(str::to_owned)),
            unseen: standing.unseen.len() as u64,
            idle: standing.idle,
        }
    }

    fn wrong_unit(&mut self, wall: i64) -> Option<String> {
        let first = self.clock.first()?;
        self.has_unit = true;
        let unit = other_unit(first, wall)?;
        Some(format!(
            "the event times of `{}` look like {unit}: as milliseconds, the first ones, up to {first}, are of {}",
            self.name,
            shown(first)
        ))
    }

    fn advance(&self, ledger: &Ledger) {
        let ended = ledger.are_over(self.sources.iter().copied());
        if self.at_source {
            let (states, awaited) = (ledger.states(&self.sources), self.awaited(ledger));
            self.clock.advance(&states, awaited, ended, ledger.now());
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
        let seen = self.clock.seen();
        let sources = if self.at_source { &*self.sources } else { &[] };
        // Also those of which nothing was seen: the next run has to wait for them, too.
        let seen = ledger.read_of(sources).map(|(partition, source, label)| {
            let at = seen.get(&partition).map_or(i64::MIN, |seen| seen.highest);
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

#[cfg(test)]
mod tests;
