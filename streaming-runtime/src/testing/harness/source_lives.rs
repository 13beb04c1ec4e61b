//! Lives of a source.

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use crate::run::Run;
use crate::source::{Event, Fetched, Open, Source};

/// What happens in a life.
#[derive(Debug, Clone, Copy)]
pub(super) struct Life {
    /// The process dies after so many events.
    pub(super) events: usize,
    pub(super) chunk_rows: usize,
    pub(super) chunk_bytes: usize,
    /// Every question is dropped when it has waited so often, and asked again, as often as that.
    pub(super) cancels: u32,
    /// After every so many events the positions are committed; 0 for never.
    pub(super) commits: usize,
}

impl Default for Life {
    fn default() -> Self {
        Self {
            events: usize::MAX,
            chunk_rows: 1000,
            chunk_bytes: 1 << 20,
            cancels: 0,
            commits: 1,
        }
    }
}

/// A unit of a partition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Unit {
    pub(super) label: String,
    /// As [`Source::unit`] names it.
    pub(super) name: String,
    /// Of several merged sources.
    arm: usize,
}

/// What a life has read.
#[derive(Debug)]
pub(super) struct Read<R> {
    pub(super) rows: BTreeMap<Unit, Vec<R>>,
    /// Where the next life resumes, as text.
    pub(super) positions: BTreeMap<Unit, String>,
    pub(super) events: usize,
    pub(super) wrong: Vec<Wrong>,
}

/// What was wrong in a life.
#[derive(Debug)]
pub(super) enum Wrong {
    Failed(String),
    Misdescribed(String),
    OverLimit(String),
    Hangs,
}

struct Reading<'r, S: Source, F, R> {
    source: S,
    life: Life,
    /// How long the source may be silent.
    patience: Duration,
    records: &'r F,
    read: Read<R>,
    labels: BTreeMap<u32, String>,
    gone: BTreeSet<u32>,
    /// Labels that were resumed and are not announced yet.
    awaited: BTreeSet<(usize, String)>,
    uncommitted: BTreeMap<(u32, String), S::Position>,
}

/// Lives one life from these positions on.
pub(super) async fn live<S, F, R>(
    source: S,
    life: Life,
    from: &BTreeMap<Unit, String>,
    records: &F,
    patience: Duration,
) -> Read<R>
where
    S: Source,
    F: Fn(&S::Chunk) -> Vec<R>,
{
    let mut reading = Reading {
        source,
        life,
        patience,
        records,
        read: Read {
            rows: BTreeMap::new(),
            positions: from.clone(),
            events: 0,
            wrong: Vec::new(),
        },
        labels: BTreeMap::new(),
        gone: BTreeSet::new(),
        awaited: from.keys().map(|unit| (unit.arm, unit.label.clone())).collect(),
        uncommitted: BTreeMap::new(),
    };
    if let Err(wrong) = reading.live(from).await {
        reading.read.wrong.push(wrong);
    }
    reading.read
}

impl<S, F, R> Reading<'_, S, F, R>
where
    S: Source,
    F: Fn(&S::Chunk) -> Vec<R>,
{
    async fn live(&mut self, from: &BTreeMap<Unit, String>) -> Result<(), Wrong> {
        let mut resume = Vec::new();
        for (Unit { label, arm, .. }, text) in from {
            let position = S::read_position(*arm, text);
            let position = position.map_err(|error| {
                Wrong::Misdescribed(format!(
                    "the position `{text}` of `{label}` cannot be read again: {error}"
                ))
            })?;
            resume.push((label.clone(), position));
        }
        let open = Open {
            bounded: true,
            resume,
            run: Run::checkpointed("harness", "harness", true),
            chunk_rows: self.life.chunk_rows,
            chunk_bytes: self.life.chunk_bytes,
        };
        self.source
            .open(open)
            .await
            .map_err(|error| Wrong::Failed(error.to_string()))?;
        while self.read.events < self.life.events {
            let event = self.next().await?;
            self.read.events += 1;
            let ended = matches!(event, Event::Ended);
            self.take(event)?;
            let commits = self.life.commits;
            if ended || (commits > 0 && self.read.events.is_multiple_of(commits)) {
                self.commit().await?;
            }
            if ended {
                self.source.close().await;
                return self.ended();
            }
        }
        // The process dies: nothing is closed.
        Ok(())
    }

    fn ended(&self) -> Result<(), Wrong> {
        match self.awaited.first() {
            Some((_, label)) => Err(Wrong::Misdescribed(format!(
                "`{label}`, which was resumed, was never announced with `Added`: the watermark waits for it"
            ))),
            None => Ok(()),
        }
    }

    async fn commit(&mut self) -> Result<(), Wrong> {
        let positions = std::mem::take(&mut self.uncommitted);
        if positions.is_empty() {
            return Ok(());
        }
        let positions: Vec<_> = positions
            .into_iter()
            .map(|((partition, _), next)| (partition, next))
            .collect();
        self.source
            .commit(&positions)
            .await
            .map_err(|error| Wrong::Failed(error.to_string()))
    }

    async fn next(&mut self) -> Result<Event<S::Chunk, S::Position>, Wrong> {
        for _ in 0..self.life.cancels {
            if let Some(event) = polled(self.source.next(), self.life.cancels).await {
                return event.map_err(|error| Wrong::Failed(error.to_string()));
            }
        }
        match tokio::time::timeout(self.patience, self.source.next()).await {
            Ok(event) => event.map_err(|error| Wrong::Failed(error.to_string())),
            Err(_) => Err(Wrong::Hangs),
        }
    }

    fn take(&mut self, event: Event<S::Chunk, S::Position>) -> Result<(), Wrong> {
        match event {
            Event::Added { partition, label } => {
                if self.labels.contains_key(&partition) || self.gone.contains(&partition) {
                    return Err(Wrong::Misdescribed(format!(
                        "partition number {partition} of `{label}` was another partition's before"
                    )));
                }
                self.awaited.remove(&(S::arm(partition), label.clone()));
                self.labels.insert(partition, label);
            }
            Event::Removed { partition } => {
                let label = self.label(partition)?;
                let arm = S::arm(partition);
                self.read
                    .positions
                    .retain(|unit, _| unit.label != label || unit.arm != arm);
                self.uncommitted.retain(|(of, _), _| *of != partition);
                self.labels.remove(&partition);
                self.gone.insert(partition);
            }
            Event::Moved { partition, next } => {
                let label = self.label(partition)?;
                self.move_to(partition, label, next);
            }
            Event::CaughtUp { partition } => drop(self.label(partition)?),
            Event::Chunk(fetched) => self.chunk(fetched)?,
            Event::ArmsEnded { .. } | Event::Ended => {}
        }
        Ok(())
    }

    fn chunk(&mut self, fetched: Fetched<S::Chunk, S::Position>) -> Result<(), Wrong> {
        let label = self.label(fetched.partition)?;
        let rows = (self.records)(&fetched.chunk);
        let count = rows.len();
        let unit = Unit {
            label: label.clone(),
            name: S::unit(&fetched.next),
            arm: S::arm(fetched.partition),
        };
        self.read.rows.entry(unit).or_default().extend(rows);
        self.move_to(fetched.partition, label.clone(), fetched.next);
        if fetched.rows > 0 && fetched.rows != count as u64 {
            return Err(Wrong::Misdescribed(format!(
                "a chunk of `{label}` has {count} records and says {}",
                fetched.rows
            )));
        }
        let limit = self.life.chunk_rows;
        if count > limit && !self.read.wrong.iter().any(|wrong| matches!(wrong, Wrong::OverLimit(_))) {
            self.read.wrong.push(Wrong::OverLimit(format!(
                "a chunk of `{label}` has {count} records where `open` asked for {limit} at most"
            )));
        }
        Ok(())
    }

    fn move_to(&mut self, partition: u32, label: String, next: S::Position) {
        let name = S::unit(&next);
        let at = Unit {
            label,
            name: name.clone(),
            arm: S::arm(partition),
        };
        if S::is_finished(&next) {
            self.read.positions.remove(&at);
        } else {
            self.read.positions.insert(at, S::write_position(&next));
        }
        self.uncommitted.insert((partition, name), next);
    }

    fn label(&self, partition: u32) -> Result<String, Wrong> {
        let label = self.labels.get(&partition).cloned();
        label.ok_or_else(|| Wrong::Misdescribed(format!("partition number {partition} was not announced with `Added`")))
    }
}

/// Polls a future so often at most, then drops it.
async fn polled<F: Future>(future: F, times: u32) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => {
            left = left.saturating_sub(1);
            if left == 0 { Poll::Ready(None) } else { Poll::Pending }
        }
    })
    .await
}
