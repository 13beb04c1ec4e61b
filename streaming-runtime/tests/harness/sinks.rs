//! Sinks that do not keep their promise.

use std::sync::{Arc, Mutex, MutexGuard};

use streaming_runtime::run::Run;
use streaming_runtime::sink::{BatchId, Decided, Encode, Sink, SinkError, delivery};
use streaming_runtime::testing::{Flaw, Report, SinkHarness};

/// How a sink is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    None,
    /// It writes a batch that comes again.
    AppendsOnRedo,
    /// It knows batches by their numbers alone.
    ForgetsTheCheckpoint,
    /// It writes a batch when the next one comes.
    LosesTheLastBatch,
    /// It writes at once.
    WritesInPrepare,
    /// It keeps what an abort told it to forget.
    KeepsAborted,
    /// It commits row by row, and says at the beginning that the batch is there.
    NotesTheBatchFirst,
    /// It says that it has written nothing.
    DeniesBatches,
    /// What was prepared behind the last batch stays.
    KeepsUndecided,
    /// What was prepared is gone with the process.
    ForgetsPrepared,
    /// It takes the number of a batch for the count of those before.
    CountsBatches,
    /// It writes the first part of what it is given.
    FirstPartOnly,
}

/// The outside world.
#[derive(Debug, Clone, Default)]
struct Table(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    rows: Vec<u32>,
    last: Option<BatchId>,
    prepared: Option<(BatchId, Vec<u32>)>,
}

impl Table {
    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap()
    }
}

struct AsIs;

impl Encode<u32, Vec<u32>> for AsIs {
    fn encode(&self, record: u32, staged: &mut Vec<u32>) -> Result<(), SinkError> {
        staged.push(record);
        Ok(())
    }
}

fn flat(bug: Bug, staged: Vec<Vec<u32>>) -> Vec<u32> {
    match bug {
        Bug::FirstPartOnly => staged.into_iter().next().unwrap_or_default(),
        _ => staged.concat(),
    }
}

fn answer(bug: Bug, table: &Table) -> Decided {
    match &table.content().last {
        Some(last) if bug != Bug::DeniesBatches => Decided::Batch {
            checkpoint: last.checkpoint.clone(),
            batch: last.batch,
        },
        _ => Decided::Nothing,
    }
}

/// One that knows what it has written.
struct Knowing {
    table: Table,
    prepared: Vec<u32>,
    waiting: Vec<u32>,
    count: u64,
    bug: Bug,
}

impl Sink for Knowing {
    type Staged = Vec<u32>;
    type Encoder = AsIs;
    type Delivery = delivery::Idempotent;

    fn encoder(&self) -> AsIs {
        AsIs
    }

    async fn decided(&mut self, _: &str, _: &str) -> Result<Decided, SinkError> {
        // One that has such a bug cannot tell either.
        Ok(match self.bug {
            Bug::ForgetsTheCheckpoint => Decided::Unknown,
            bug => answer(bug, &self.table),
        })
    }

    async fn prepare(&mut self, _: &BatchId, staged: Vec<Vec<u32>>) -> Result<(), SinkError> {
        self.prepared = flat(self.bug, staged);
        if self.bug == Bug::WritesInPrepare {
            self.table.content().rows.append(&mut self.prepared);
        }
        Ok(())
    }

    async fn commit(&mut self, batch: &BatchId) -> Result<(), SinkError> {
        let last = self.table.content().last.clone();
        let is_there = match self.bug {
            Bug::AppendsOnRedo => false,
            Bug::ForgetsTheCheckpoint => last.is_some_and(|last| last.batch >= batch.batch),
            _ => last.as_ref() == Some(batch),
        };
        if is_there {
            return Ok(());
        }
        if self.bug == Bug::CountsBatches && batch.batch != self.count {
            return Err(SinkError::new(format!("batch {} for {}", batch.batch, self.count)));
        }
        self.count = batch.batch + 1;
        let mut rows = std::mem::take(&mut self.prepared);
        if self.bug == Bug::LosesTheLastBatch {
            std::mem::swap(&mut rows, &mut self.waiting);
        }
        if self.bug == Bug::NotesTheBatchFirst {
            self.table.content().last = Some(batch.clone());
            for row in rows {
                tokio::task::yield_now().await;
                self.table.content().rows.push(row);
            }
            return Ok(());
        }
        let mut content = self.table.content();
        content.rows.append(&mut rows);
        content.last = Some(batch.clone());
        Ok(())
    }

    async fn abort(&mut self, _: &BatchId) {
        if self.bug == Bug::KeepsAborted {
            // As one that has handed everything to a client, which sends it some time.
            self.table.content().rows.append(&mut self.prepared);
        }
        self.prepared.clear();
    }
}

/// One that prepares where it outlasts the process.
struct TwoPhases {
    table: Table,
    bug: Bug,
    mine: Vec<u32>,
}

impl Sink for TwoPhases {
    type Staged = Vec<u32>;
    type Encoder = AsIs;
    type Delivery = delivery::Transactional;

    fn encoder(&self) -> AsIs {
        AsIs
    }

    async fn resume(&mut self, last: &BatchId, _: Option<&str>) -> Result<(), SinkError> {
        let mut content = self.table.content();
        if content.prepared.as_ref().is_some_and(|(batch, _)| batch != last) {
            let (_, rows) = content.prepared.take().unwrap();
            if self.bug == Bug::KeepsUndecided {
                content.rows.extend(rows);
            }
        }
        Ok(())
    }

    async fn prepare(&mut self, batch: &BatchId, staged: Vec<Vec<u32>>) -> Result<(), SinkError> {
        let rows = flat(self.bug, staged);
        if self.bug == Bug::ForgetsPrepared {
            self.mine = rows;
        } else {
            self.table.content().prepared = Some((batch.clone(), rows));
        }
        Ok(())
    }

    async fn commit(&mut self, _: &BatchId) -> Result<(), SinkError> {
        let mut content = self.table.content();
        content.rows.append(&mut self.mine);
        if let Some((_, rows)) = content.prepared.take() {
            content.rows.extend(rows);
        }
        Ok(())
    }

    async fn abort(&mut self, _: &BatchId) {
        self.table.content().prepared = None;
    }
}

/// One whose transaction is the decision.
struct Decides {
    table: Table,
    bug: Bug,
    transaction: Vec<u32>,
}

impl Sink for Decides {
    type Staged = Vec<u32>;
    type Encoder = AsIs;
    type Delivery = delivery::Deciding;

    fn encoder(&self) -> AsIs {
        AsIs
    }

    async fn open(&mut self, run: &Arc<Run>) -> Result<(), SinkError> {
        assert!(run.checkpoint().is_some());
        Ok(())
    }

    async fn decided(&mut self, _: &str, _: &str) -> Result<Decided, SinkError> {
        Ok(answer(self.bug, &self.table))
    }

    async fn prepare(&mut self, _: &BatchId, staged: Vec<Vec<u32>>) -> Result<(), SinkError> {
        self.transaction = flat(self.bug, staged);
        Ok(())
    }

    async fn commit(&mut self, batch: &BatchId) -> Result<(), SinkError> {
        let mut content = self.table.content();
        content.rows.append(&mut self.transaction);
        content.last = Some(batch.clone());
        Ok(())
    }

    async fn abort(&mut self, _: &BatchId) {
        self.transaction.clear();
    }
}

/// One that appends, and says so.
struct Appends {
    table: Table,
    prepared: Vec<u32>,
    bug: Bug,
}

impl Sink for Appends {
    type Staged = Vec<u32>;
    type Encoder = AsIs;
    type Delivery = delivery::AtLeastOnce;

    fn encoder(&self) -> AsIs {
        AsIs
    }

    async fn prepare(&mut self, _: &BatchId, staged: Vec<Vec<u32>>) -> Result<(), SinkError> {
        self.prepared = flat(self.bug, staged);
        Ok(())
    }

    async fn commit(&mut self, _: &BatchId) -> Result<(), SinkError> {
        self.table.content().rows.append(&mut self.prepared);
        Ok(())
    }

    async fn abort(&mut self, _: &BatchId) {
        self.prepared.clear();
    }
}

fn report<S: Sink<Encoder = AsIs, Staged = Vec<u32>>>(sink: impl Fn(Table) -> S) -> Report {
    let visible = async |table: &Table| table.content().rows.clone();
    let harness = SinkHarness::new(async || Table::default(), |table: &Table| sink(table.clone()), visible);
    harness.check(&[vec![1, 2, 3], vec![4], vec![5, 6]], <[u32]>::to_vec)
}

fn knowing(bug: Bug) -> Report {
    report(|table| Knowing {
        table,
        prepared: Vec::new(),
        waiting: Vec::new(),
        count: 0,
        bug,
    })
}

fn two_phases(bug: Bug) -> Report {
    let mine = Vec::new;
    report(|table| TwoPhases {
        table,
        bug,
        mine: mine(),
    })
}

fn deciding(bug: Bug) -> Report {
    report(|table| Decides {
        table,
        bug,
        transaction: Vec::new(),
    })
}

fn appends(bug: Bug) -> Report {
    report(|table| Appends {
        table,
        prepared: Vec::new(),
        bug,
    })
}

#[track_caller]
fn shows(report: &Report, flaw: Flaw, words: &str) {
    let found = report
        .faults()
        .iter()
        .any(|fault| fault.flaw == flaw && fault.to_string().contains(words));
    assert!(found, "no `{flaw}` with `{words}`: {report}");
}

#[test]
fn right_ones_show_nothing() {
    for report in [
        knowing(Bug::None),
        two_phases(Bug::None),
        deciding(Bug::None),
        appends(Bug::None),
    ] {
        report.assert();
        assert!(report.trials() > 50, "{report}");
    }
    assert!(knowing(Bug::None).notes().is_empty());
    let notes = two_phases(Bug::None).notes().join("\n");
    assert!(notes.contains("was lost") && notes.contains("old copy"), "{notes}");
}

#[test]
fn a_batch_that_is_written_again_is_found() {
    let report = knowing(Bug::AppendsOnRedo);
    shows(
        &report,
        Flaw::Doubled,
        "after a stop at `committed` of batch 0 and a restart: doubled: 1, 2, 3",
    );
    assert!(!report.shows(Flaw::Lost), "{report}");
}

#[test]
fn a_new_directory_whose_batches_are_taken_for_old_ones_is_found() {
    let report = knowing(Bug::ForgetsTheCheckpoint);
    shows(
        &report,
        Flaw::Lost,
        "with a new checkpoint directory that is `fresh`: lost: 1, 2, 3",
    );
    assert_eq!(report.faults().len(), 1, "{report}");
}

#[test]
fn a_batch_that_waits_for_the_next_is_found() {
    let report = knowing(Bug::LosesTheLastBatch);
    shows(&report, Flaw::Lost, "without a stop: lost: 5, 6");
    shows(&report, Flaw::VisibleLate, "at `committed` of batch 0");
}

#[test]
fn output_before_the_decision_is_found() {
    let report = knowing(Bug::WritesInPrepare);
    shows(&report, Flaw::VisibleEarly, "at `prepared` of batch 0");
    shows(&report, Flaw::Doubled, "after a stop at `prepared` of batch 0");
}

#[test]
fn a_batch_that_survives_its_abort_is_found() {
    let report = knowing(Bug::KeepsAborted);
    shows(
        &report,
        Flaw::Doubled,
        "after batch 0 was aborted because another sink failed: doubled: 1, 2, 3",
    );
}

#[test]
fn a_commit_that_is_not_atomic_is_found() {
    let report = knowing(Bug::NotesTheBatchFirst);
    shows(&report, Flaw::Lost, "after the process died where it waited");
}

#[test]
fn a_sink_that_denies_what_it_wrote_is_found() {
    shows(&knowing(Bug::DeniesBatches), Flaw::Failed, "holds no batch");
    // What was not committed it says is never there, so that it is undone.
    shows(
        &deciding(Bug::DeniesBatches),
        Flaw::Doubled,
        "after a stop at `decided` of batch 0",
    );
}

#[test]
fn what_was_never_decided_is_found_where_it_counts() {
    shows(
        &two_phases(Bug::KeepsUndecided),
        Flaw::Doubled,
        "after a stop at `prepared` of batch 2 and a restart: doubled: 4",
    );
}

#[test]
fn what_was_prepared_and_is_gone_is_found() {
    shows(
        &two_phases(Bug::ForgetsPrepared),
        Flaw::Lost,
        "after a stop at `journaled` of batch 0 and a restart: lost: 1, 2, 3",
    );
}

#[test]
fn numbers_with_gaps_are_tried() {
    shows(&knowing(Bug::CountsBatches), Flaw::Failed, "batch 2 for 1");
}

#[test]
fn a_part_that_is_lost_is_found_whatever_is_promised() {
    for report in [
        knowing(Bug::FirstPartOnly),
        two_phases(Bug::FirstPartOnly),
        deciding(Bug::FirstPartOnly),
        appends(Bug::FirstPartOnly),
    ] {
        shows(&report, Flaw::Lost, "without a stop: lost: 3");
    }
}
