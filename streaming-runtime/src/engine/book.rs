use std::time::Duration;

use super::meta::{ClockMeta, Meta};
use super::{Clocks, Ledger};
use crate::clock::{WallClock, micros};
use crate::error::{FailedAt, PipelineError};
use crate::faults::{self, Bug};
use crate::plan::{Plan, Role};
use crate::progress::{BatchProgress, Counts, Limit, Notice, NoticeKind, Phases, Totals, first_of_its_kind, warn};
use crate::settings::Settings;
use crate::stage::{Failure, NotWritten, Place, Reached, Ticket, Written};
use crate::time;

/// The books of a running pipeline: what is read, how far the open batch is, what the batches did. It knows no types of the
/// user's, so that it is compiled once.
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) plan: &'static Plan,
    pub(crate) settings: Settings,
    pub(crate) time: WallClock,
    pub(crate) ledger: Ledger,
    pub(crate) clocks: Clocks,
    /// Number of the open batch.
    pub(crate) batch: u64,
    pub(crate) open: OpenBatch,
    batch_time: i64,
    /// The batch time at which state has something to do, although nothing comes.
    pub(crate) next_due: Option<i64>,
    last_written: Duration,
    pub(crate) totals: Totals,
    /// What a person was told of, by operator.
    told: Vec<(u32, NoticeKind)>,
    /// Where the clocks stood when all windows were to be closed.
    drained: Option<Vec<ClockMeta>>,
}

/// What the checkpoint keeps of a batch beside the state of operators.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) meta: Meta,
    /// Changes of positions, by source.
    pub(crate) positions: Vec<(usize, Vec<u8>)>,
}

/// Where a batch began.
#[derive(Debug)]
pub(crate) struct Start {
    batch: u64,
    totals: Totals,
    clocks: Vec<time::Start>,
}

/// What has come into the open batch.
#[derive(Debug)]
pub(crate) struct OpenBatch {
    counts: Counts,
    chunks: u64,
    rows: u64,
    bytes: u64,
    /// The next chunk would be more than `max_batch_rows`.
    full: bool,
    busy: Duration,
    busy_since: Option<Duration>,
}

impl OpenBatch {
    fn new(operators: usize) -> Self {
        Self {
            counts: Counts::new(operators),
            chunks: 0,
            rows: 0,
            bytes: 0,
            full: false,
            busy: Duration::ZERO,
            busy_since: None,
        }
    }
}

impl Book {
    pub(crate) fn new(
        plan: &'static Plan,
        settings: Settings,
        time: WallClock,
        ledger: Ledger,
        clocks: Clocks,
    ) -> Self {
        Self {
            batch_time: time.epoch_millis(),
            next_due: None,
            plan,
            settings,
            time,
            ledger,
            clocks,
            batch: 0,
            open: OpenBatch::new(plan.operators.len()),
            last_written: Duration::ZERO,
            totals: Totals::default(),
            told: Vec::new(),
            drained: None,
        }
    }

    pub(crate) fn operators(&self) -> usize {
        self.plan.operators.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.open.chunks == 0
    }

    /// Records in the open batch so far.
    pub(crate) fn rows(&self) -> u64 {
        self.open.rows
    }

    /// The limit that the open batch has reached.
    pub(crate) fn limit(&self) -> Option<Limit> {
        if self.open.full || self.open.rows >= self.settings.max_batch_rows {
            Some(Limit::Rows)
        } else if self.open.bytes >= self.settings.max_batch_bytes {
            Some(Limit::Bytes)
        } else {
            None
        }
    }

    /// Whether the open batch has room for a chunk. A chunk that is larger than a batch may be gets one of its own. Where there is none,
    /// the batch has reached its limit.
    pub(crate) fn has_room(&mut self, chunk: &Ticket) -> bool {
        let rows = self.open.rows.saturating_add(chunk.size.rows);
        self.open.full |= !self.is_empty() && rows > self.settings.max_batch_rows;
        !self.open.full
    }

    /// A partition is read from now on.
    pub(crate) fn added(&mut self, stage: u32, partition: u32, arm: usize, label: String) {
        let now = self.time.elapsed();
        self.ledger.added(stage, partition, arm, label, now);
        self.clocks.added(stage, partition, &self.ledger, now);
    }

    /// Resumes after `batch`, of which this is known.
    pub(crate) fn restore(&mut self, batch: u64, meta: &Meta) {
        if !faults::is(Bug::BatchesNumberedAnew) {
            self.batch = batch + 1;
        }
        self.batch_time = self.batch_time.max(meta.batch_time);
        if !faults::is(Bug::TotalsForgotten) {
            self.totals = meta.totals;
        }
        let wall = self.time.present_millis();
        let reset = self.settings.reset_watermark;
        for cured in self.clocks.restore(&meta.clocks, &self.ledger, wall, reset) {
            warn(&self.settings.name, &cured);
        }
    }

    /// Takes a chunk into the open batch.
    pub(crate) fn admit(&mut self, stage: u32, chunk: &Ticket) {
        if self.is_empty() {
            self.batch_time = self.batch_time.max(self.time.epoch_millis());
        }
        self.open.chunks += 1;
        self.open.rows += chunk.size.rows;
        self.open.bytes += chunk.size.bytes;
        let now = self.time.elapsed();
        self.ledger
            .read(stage, chunk.partition, chunk.size.rows, chunk.size.lag, now);
        self.clocks.bound(self.time.present_millis());
    }

    /// Work begins where there was none.
    pub(crate) fn busy(&mut self) {
        self.open.busy_since = Some(self.time.elapsed());
    }

    /// All work there was is done.
    pub(crate) fn rest(&mut self) {
        if let Some(since) = self.open.busy_since.take() {
            self.open.busy += self.time.elapsed().saturating_sub(since);
        }
    }

    /// Takes in what a task of that stage counted.
    pub(crate) fn count(&mut self, stage: u32, counts: &Counts) {
        for notice in &counts.notices {
            self.tell(stage, notice);
        }
        self.open.counts.add(counts);
        self.open.counts.notices.clear();
    }

    /// Says once what a person should hear of.
    fn tell(&mut self, stage: u32, notice: &Notice) {
        let known = |(operator, kind): &(u32, NoticeKind)| *operator == notice.operator && kind.is_like(notice.kind);
        if self.told.iter().any(known) {
            return;
        }
        self.told.push((notice.operator, notice.kind));
        let operator = self.plan.operators.get(notice.operator as usize);
        let name = operator.map_or("unknown", |operator| operator.name);
        let place = self.failed_at(stage, notice.place.clone());
        let wall = self.time.present_millis();
        first_of_its_kind(&self.settings.name, name, notice.kind, &place, wall);
    }

    /// Why windows wait that ought to close.
    pub(crate) fn doubts(&mut self) -> Vec<String> {
        self.clocks.doubts(&self.ledger, self.time.elapsed())
    }

    /// Nothing came, and time goes on nevertheless. Returns the time of the open batch.
    pub(crate) fn pass(&mut self) -> i64 {
        self.batch_time = self.batch_time.max(self.time.epoch_millis());
        self.ledger.close_at(self.time.elapsed());
        self.clocks.pass(&self.ledger);
        self.batch_time
    }

    /// How soon state has something to do although nothing comes.
    pub(crate) fn due_in(&self) -> Option<Duration> {
        let now = self.batch_time.max(self.time.epoch_millis());
        let left = self.next_due?.saturating_sub(now);
        Some(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
    }

    /// The open batch begins, maybe once more.
    pub(crate) fn begin(&mut self) {
        self.ledger.begin();
        self.clocks.begin();
    }

    /// Where the open batch began.
    pub(crate) fn start(&self) -> Start {
        Start {
            batch: self.batch,
            totals: self.totals,
            clocks: self.clocks.start(),
        }
    }

    /// The batch that closed last, which began here, has never been: nobody knows its number, and no window has fired in it.
    pub(crate) fn back_to(&mut self, start: Start) {
        self.batch = start.batch;
        self.totals = start.totals;
        self.clocks.back_to(start.clocks);
    }

    /// Aborts the open batch: what came into it has never come.
    pub(crate) fn abort(&mut self) {
        self.open = OpenBatch::new(self.plan.operators.len());
        self.ledger.begin();
    }

    /// The batch that closes has passed a stage.
    pub(crate) fn advance(&self, stage: u32) {
        self.clocks.advance(stage, &self.ledger);
    }

    /// The batch closes: its time.
    pub(crate) fn closing(&mut self) -> i64 {
        self.ledger.close_at(self.time.elapsed());
        self.batch_time
    }

    /// The batch has passed all stages; opens the next one. What is missing of the document is known when it is written.
    pub(crate) fn closed(
        &mut self,
        took: Duration,
        queue_bytes: u64,
        reached: Vec<(u32, Vec<Reached>)>,
    ) -> (BatchProgress, Option<Kept>) {
        for unit in self.clocks.wrong_units(self.time.present_millis()) {
            warn(&self.settings.name, &unit);
        }
        let limited_by = self.limit();
        let before = faults::is(Bug::PositionsOfTheBatchBefore).then(|| self.ledger.positions.take_changes());
        for (stage, reached) in reached {
            self.ledger.reached(stage, reached);
        }
        let batch = std::mem::replace(&mut self.open, OpenBatch::new(self.plan.operators.len()));
        let mut progress = BatchProgress {
            pipeline: self.settings.name.clone(),
            batch: self.batch,
            batch_time: self.batch_time,
            trigger: self.settings.trigger.into(),
            limited_by,
            ended: self.ledger.all_ended(),
            phases: Phases {
                ingest_us: micros(batch.busy),
                close_us: micros(took),
                ..Phases::default()
            },
            bytes_in: batch.bytes,
            partitions: self.ledger.progress(),
            queue_bytes,
            ..BatchProgress::default()
        }
        .counted(self.plan, &batch.counts)
        .clocked(self.clocks.progress(&self.ledger));
        self.totals.add(&progress);
        progress.totals = self.totals;
        let kept = self.settings.checkpoint.is_some().then(|| Kept {
            meta: Meta {
                batch_time: self.batch_time,
                clocks: self.drained.clone().unwrap_or_else(|| self.clocks.kept(&self.ledger)),
                totals: self.totals,
                sinks: Vec::new(),
            },
            positions: before.unwrap_or_else(|| self.ledger.positions.take_changes()),
        });
        self.batch += 1;
        self.begin();
        (progress, kept)
    }

    /// The sources count as ended for good, so that all windows close with the next batch. For the next run time is what it was.
    pub(crate) fn drain(&mut self) {
        self.drained = Some(self.clocks.kept(&self.ledger));
        self.ledger.end_for_good();
    }

    /// The batch is written: completes its document.
    pub(crate) fn written(
        &mut self,
        mut progress: BatchProgress,
        written: Written,
        state: &[(u32, u64)],
    ) -> BatchProgress {
        let now = self.time.elapsed();
        let since = now.saturating_sub(std::mem::replace(&mut self.last_written, now));
        progress.phases.write_us = written.write_us;
        progress.phases.commit_us = written.commit_us;
        for (operator, known) in self.plan.operators.iter().zip(&mut progress.operators) {
            if operator.role == Role::Aggregate {
                known.state_rows = state
                    .iter()
                    .find(|(stage, _)| *stage == operator.stage)
                    .map(|(_, rows)| *rows);
            }
        }
        progress.rated(micros(since))
    }

    /// Why a batch is not written, as an error.
    pub(crate) fn not_written(&self, failure: NotWritten) -> PipelineError {
        match failure {
            NotWritten::Sink(failure) => failure.into(),
            NotWritten::Source(stage, error) => PipelineError::Source {
                source: self.ledger.names_of(stage),
                error,
            },
            NotWritten::Checkpoint(error) => error.into(),
        }
    }

    /// Names operator and place of a failure. `stage` is the source stage, if it was one.
    pub(crate) fn error(&self, stage: u32, failure: Failure) -> PipelineError {
        let operator = self.plan.operators.get(failure.operator as usize);
        PipelineError::Operator {
            operator: operator.map_or("unknown", |o| o.name).to_owned(),
            kind: operator.map_or("unknown", |o| o.kind).to_owned(),
            line: operator.map_or(0, |o| o.line),
            place: self.failed_at(stage, failure.place),
            panicked: failure.what.panicked,
            tries: failure.what.tries,
            message: failure.what.message,
        }
    }

    fn failed_at(&self, stage: u32, place: Place) -> FailedAt {
        match place {
            Place::Source {
                partition,
                offset,
                within,
            } => FailedAt::Record {
                partition: within.unwrap_or_else(|| self.ledger.label(stage, partition)),
                offset,
            },
            Place::Key(partition) => FailedAt::KeyPartition(partition),
            Place::Rows => FailedAt::Union,
        }
    }
}
