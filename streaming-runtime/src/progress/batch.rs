use serde::{Deserialize, Serialize};

use super::Counts;
use crate::plan::Plan;
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
    /// Records that came after their window had closed, over all operators.
    pub late: u64,
    /// Records that could not be decoded or worked on, over all operators, whatever became of them.
    pub errors: u64,
    /// Those of `errors` that were dropped, because the pipeline says `on_error(skip)`.
    pub skipped: u64,
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
    /// Records that came after their window had closed.
    pub late: u64,
    /// Records that could not be decoded or worked on, whatever became of them.
    pub errors: u64,
    /// Those of `errors` that were dropped.
    pub skipped: u64,
}

impl Totals {
    pub(crate) fn add(&mut self, batch: &BatchProgress) {
        self.batches += 1;
        self.rows_in += batch.rows_in;
        self.rows_out += batch.rows_out();
        self.late += batch.late;
        self.errors += batch.errors;
        self.skipped += batch.skipped;
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
            .zip(counts.late.iter().zip(&counts.errors))
            .map(|((operator, &rows), (&late, &errors))| OperatorProgress {
                name: operator.name.to_owned(),
                kind: operator.kind.to_owned(),
                rows,
                late,
                errors,
                state_rows: None,
                nanos: None,
            })
            .collect();
        self.sinks = plan
            .operators
            .iter()
            .zip(&rows)
            .filter(|(operator, _)| operator.role == crate::plan::Role::Sink)
            .map(|(operator, &rows)| SinkProgress {
                name: operator.name.to_owned(),
                rows,
            })
            .collect();
        self.late = counts.late.iter().sum();
        self.errors = counts.errors.iter().sum();
        self
    }

    /// Fills in the watermark of every clock, given by name as the runtime keeps it (`i64::MIN` before any).
    #[must_use]
    pub(crate) fn clocked<'n>(mut self, clocks: impl IntoIterator<Item = (&'n str, i64)>) -> Self {
        let known = |at: i64| (at != i64::MIN).then_some(at);
        let clocks: Vec<(&str, i64)> = clocks.into_iter().collect();
        self.watermark = clocks.iter().map(|(_, at)| *at).min().and_then(known);
        self.clocks = clocks
            .into_iter()
            .map(|(name, at)| ClockProgress {
                name: name.to_owned(),
                watermark: known(at),
            })
            .collect();
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
