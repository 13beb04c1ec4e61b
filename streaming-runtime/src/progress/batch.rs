use serde::{Deserialize, Serialize};

use super::Counts;
use crate::plan::{Plan, Role};
use crate::settings::Trigger;

/// What one batch did, published once it is written.
///
/// All names are stable: the document may be stored as JSON and read again by a later version, which fills in what an
/// earlier one did not know.
///
/// ```
/// use streaming_runtime::progress::BatchProgress;
/// let json = serde_json::to_string(&BatchProgress::default()).unwrap();
/// let again: BatchProgress = serde_json::from_str(&json).unwrap();
/// assert_eq!(again, BatchProgress::default());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct BatchProgress {
    /// Name of the pipeline.
    pub pipeline: String,
    /// Number of the batch, from 0, without gaps.
    pub batch: u64,
    /// When the batch was opened, epoch milliseconds by the pipeline's clock.
    pub batch_time: i64,
    /// What the pipeline waits for before it closes a batch.
    pub trigger: TriggerKind,
    /// The limit that closed the batch before its time; `None` when the trigger closed it.
    pub limited_by: Option<Limit>,
    /// Nothing comes after this batch in this run: every source has ended.
    pub ended: bool,
    /// Where the time went.
    pub phases: Phases,
    /// Records read from all sources.
    pub rows_in: u64,
    /// Bytes read from all sources, as held in memory.
    pub bytes_in: u64,
    /// Records read per second of wall time since the batch before was written; 0 where no time passed.
    pub rows_per_second_in: f64,
    /// Records read per second of work (all phases); 0 where no time passed. The highest rate the pipeline could keep up
    /// with at this load.
    pub rows_per_second_processed: f64,
    /// What went to every sink, in the order of the plan.
    pub sinks: Vec<SinkProgress>,
    /// What every operator did, in the order of the plan.
    pub operators: Vec<OperatorProgress>,
    /// What was read of every source partition that is read at present, by source and number.
    pub partitions: Vec<PartitionProgress>,
    /// The lowest watermark of all clocks after this batch, epoch milliseconds: windows that end at or before it are
    /// closed. `None` before any, and in a pipeline without event time; `i64::MAX` once everything has ended.
    pub watermark: Option<i64>,
    /// The watermark of every `event_time`, in the order of the plan.
    pub clocks: Vec<ClockProgress>,
    /// Records that reached a sink, an aggregate, or a union with results of aggregates.
    ///
    /// Each record that was read is counted in one of `used`, `filtered`, `late`, `skipped` and `dead_lettered`, as the last of these that became
    /// of it: together they are `rows_in`.
    pub used: u64,
    /// Records that `filter`, `filter_map` or `flat_map` dropped, on every way that they went.
    pub filtered: u64,
    /// Records that came too late: after their window had closed, or behind the watermark of their side of a join. Each counts once, in however many windows it was late, and also where it was used
    /// elsewhere.
    pub late: u64,
    /// Results of aggregates, and records united with such, that were late for a window or a join further down. They are no records of sources.
    pub late_results: u64,
    /// Records that could not be decoded: `skipped` and `dead_lettered`.
    pub errors: u64,
    /// Records that could not be decoded and were dropped, because the pipeline says `on_error(skip)`.
    pub skipped: u64,
    /// Records that could not be decoded and went to a dead letter sink, or to who reads `.errors()`.
    pub dead_lettered: u64,
    /// Records whose event time was too far ahead of the wall clock to be true: they do not move the watermark, and are used like any other.
    pub ahead: u64,
    /// Bytes that were fetched and wait for the next batch, when this one closed.
    pub queue_bytes: u64,
    /// All batches up to this one together, those of earlier runs with the same checkpoint included.
    pub totals: Totals,
}

/// What all batches did together; with a checkpoint, over all runs that went on from it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Totals {
    /// Batches.
    pub batches: u64,
    /// Records read.
    pub rows_in: u64,
    /// Records written, over all sinks.
    pub rows_out: u64,
    /// Records that reached a sink or an aggregate: see [`BatchProgress::used`].
    pub used: u64,
    /// Records that were dropped by filters.
    pub filtered: u64,
    /// Records that came after their window had closed.
    pub late: u64,
    /// Results of aggregates that were late for a window or a join further down.
    pub late_results: u64,
    /// Records that could not be decoded, whatever became of them.
    pub errors: u64,
    /// Those of `errors` that were dropped.
    pub skipped: u64,
    /// Those of `errors` that went to a dead letter sink, or to who reads `.errors()`.
    pub dead_lettered: u64,
    /// Records whose event time was too far ahead of the wall clock.
    pub ahead: u64,
}

impl Totals {
    pub(crate) fn add(&mut self, batch: &BatchProgress) {
        self.batches += 1;
        self.rows_in += batch.rows_in;
        self.rows_out += batch.rows_out();
        self.used += batch.used;
        self.filtered += batch.filtered;
        self.late += batch.late;
        self.late_results += batch.late_results;
        self.errors += batch.errors;
        self.skipped += batch.skipped;
        self.dead_lettered += batch.dead_lettered;
        self.ahead += batch.ahead;
    }
}

/// What a pipeline waits for before it closes a batch; see [`Trigger`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TriggerKind {
    /// The end of an interval.
    #[default]
    Interval,
    /// Any input.
    Asap,
    /// All that was there at the start.
    AvailableNow,
}

impl From<Trigger> for TriggerKind {
    fn from(trigger: Trigger) -> Self {
        match trigger {
            Trigger::Interval(_) => Self::Interval,
            Trigger::Asap => Self::Asap,
            Trigger::AvailableNow => Self::AvailableNow,
        }
    }
}

/// A limit of the settings that a batch reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Limit {
    /// `max_batch_rows`.
    Rows,
    /// `max_batch_bytes`.
    Bytes,
}

/// Where the time of a batch went, in microseconds of wall time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Phases {
    /// Working on chunks as they arrived: time in which at least one worker was busy.
    pub ingest_us: u64,
    /// The close: merging what workers combined, firing windows, running the stages behind them.
    pub close_us: u64,
    /// The sinks taking the output (`prepare`).
    pub write_us: u64,
    /// The sinks making it visible, state taking over the batch, sources told how far it went.
    pub commit_us: u64,
}

impl Phases {
    /// All phases together, in microseconds.
    #[must_use]
    pub fn total_us(&self) -> u64 {
        self.ingest_us + self.close_us + self.write_us + self.commit_us
    }
}

/// What one sink was given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct SinkProgress {
    /// Its name in the plan: `totals.print`.
    pub name: String,
    /// Records written.
    pub rows: u64,
}

/// What one operator did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct OperatorProgress {
    /// Its name in the plan: `orders.json`.
    pub name: String,
    /// What it is: `json`, `filter`, `window`.
    pub kind: String,
    /// Records that left it; for a sink, records that reached it.
    pub rows: u64,
    /// Records that came after their window had closed.
    pub late: u64,
    /// Records that it could not decode or work on.
    pub errors: u64,
    /// Records whose event time it found too far ahead of the wall clock.
    pub ahead: u64,
    /// Keys (for each window: keys in that window) that rest in its state after the batch; `None` where it has no state.
    pub state_rows: Option<u64>,
    /// Time spent in it, in nanoseconds over all workers; `None` where it is not known, because the operator is fused with
    /// others into one loop.
    pub nanos: Option<u64>,
}

/// What was read of one source partition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct PartitionProgress {
    /// Name of the source in the plan.
    pub source: String,
    /// What a person calls the partition: `orders/3`, `data/flights.csv`.
    pub label: String,
    /// Where this batch began to read, as text; `None` where nothing had been read before.
    pub first: Option<String>,
    /// Where the next batch goes on, as text; `None` where nothing was read yet.
    pub next: Option<String>,
    /// Records read in this batch.
    pub rows: u64,
    /// Records that wait behind, where the source knows.
    pub lag: Option<u64>,
}

/// Where one clock (one `event_time`) stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ClockProgress {
    /// Name of the `event_time` in the plan.
    pub name: String,
    /// Its watermark after this batch, epoch milliseconds; `None` before any, `i64::MAX` once everything has ended.
    pub watermark: Option<i64>,
    /// The partition that the watermark follows, by its label: the slowest that is not idle. `None` where no partition is read, and behind an
    /// aggregate.
    pub set_by: Option<String>,
    /// Partitions of which no event time was seen yet, and which hold the watermark back.
    pub unseen: u64,
    /// Partitions that are idle, and not waited for.
    pub idle: u64,
}

impl BatchProgress {
    /// Records written, over all sinks.
    #[must_use]
    pub fn rows_out(&self) -> u64 {
        self.sinks.iter().map(|sink| sink.rows).sum()
    }

    /// Fills in what follows from the plan and the counts of all tasks: operators, sinks, late and errors.
    #[must_use]
    pub(crate) fn counted(mut self, plan: &Plan, counts: &Counts) -> Self {
        let mut rows = counts.rows.clone();
        plan.complete(&mut rows);
        self.operators = plan
            .operators
            .iter()
            .zip(&rows)
            .zip(counts.late.iter().zip(&counts.errors).zip(&counts.ahead))
            .map(|((operator, &rows), ((&late, &errors), &ahead))| OperatorProgress {
                name: operator.name.to_owned(),
                kind: operator.kind.to_owned(),
                rows,
                late,
                errors,
                ahead,
                state_rows: None,
                nanos: None,
            })
            .collect();
        self.sinks = plan
            .operators
            .iter()
            .zip(rows.iter().zip(&counts.errors))
            .filter(|(operator, _)| operator.role == Role::Sink)
            .map(|(operator, (rows, refused))| SinkProgress {
                name: operator.name.to_owned(),
                rows: rows.saturating_sub(*refused),
            })
            .collect();
        let fates = counts.fates;
        self.used = fates.used;
        self.filtered = fates.filtered;
        self.late = fates.late;
        self.late_results = counts.late_results;
        self.skipped = fates.skipped;
        self.dead_lettered = fates.dead_lettered;
        self.errors = fates.skipped + fates.dead_lettered;
        let numbered = (0usize..).zip(plan.operators);
        let sources = numbered.filter(|(_, operator)| operator.role == Role::Source);
        self.rows_in += sources.map(|(number, _)| rows[number]).sum::<u64>();
        self.ahead = counts.ahead.iter().sum();
        self
    }

    /// Fills in where every clock stands.
    #[must_use]
    pub(crate) fn clocked(mut self, clocks: Vec<ClockProgress>) -> Self {
        // `None`, before any, is the lowest.
        self.watermark = clocks.iter().map(|clock| clock.watermark).min().flatten();
        self.clocks = clocks;
        self
    }

    /// Fills in the rates, from `rows_in`, `phases` and the microseconds since the batch before was written.
    #[must_use]
    pub(crate) fn rated(mut self, since_last_us: u64) -> Self {
        self.rows_per_second_in = rate(self.rows_in, since_last_us);
        self.rows_per_second_processed = rate(self.rows_in, self.phases.total_us());
        self
    }
}

#[allow(clippy::cast_precision_loss)]
fn rate(rows: u64, micros: u64) -> f64 {
    if micros == 0 {
        return 0.0;
    }
    rows as f64 * 1_000_000.0 / micros as f64
}
