use std::sync::Arc;

use super::book::{Book, Kept};
use super::io::Written;
use super::keeper::{Keeper, Keeping};
use super::{Act, Clocks, Graph, Ledger};
use crate::checkpoint::CheckpointError;
use crate::clock::{WallClock, micros};
use crate::error::PipelineError;
use crate::faults::{self, Bug, Steps};
use crate::pipeline::Parts;
use crate::progress::BatchProgress;
use crate::run::Run;
use crate::sink::{SinkFailure, Sinks};
use crate::source::SourceError;
use crate::stage::{Closing, Command, Committing, Stages, StateChange};
use crate::testing::Step;
use crate::workers::Workers;

/// Brings batches through a graph: what the driver and the test driver have in common.
#[derive(Debug)]
pub(crate) struct Core<G> {
    pub(crate) graph: Arc<G>,
    pub(crate) book: Book,
    pub(crate) workers: Workers,
    /// Where a test bench stops it.
    pub(crate) steps: Steps,
}

/// A batch that has passed all stages and is not yet written.
#[derive(Debug)]
pub(crate) struct Closed {
    pub(crate) progress: BatchProgress,
    /// Some sink has something to write.
    pub(crate) output: bool,
    /// What goes to the checkpoint, where there is one.
    pub(crate) keeping: Option<Keeping>,
}

impl<G: Graph> Core<G> {
    pub(crate) fn new(parts: Parts<G>, time: WallClock, workers: Workers) -> Self {
        let Parts {
            plan,
            settings,
            clocks,
            mut graph,
        } = parts;
        let mut sources = Vec::new();
        G::Stages::sources(0, &mut sources);
        let kept = settings.checkpoint.is_some();
        graph.stages_mut().prepare(0, plan, settings.key_partitions);
        let ledger = Ledger::new(plan, &sources, kept);
        let clocks = Clocks::new(plan, clocks, &ledger);
        Self {
            graph: Arc::new(graph),
            book: Book::new(plan, settings, time, ledger, clocks),
            workers,
            steps: Steps::default(),
        }
    }

    /// Closes a batch in which nothing was read, as far as there is anything to do: `None` where there is not, and then it is
    /// no batch.
    pub(crate) fn close_empty(&mut self) -> Result<Option<Closed>, PipelineError> {
        let batch_time = self.book.pass();
        if self.graph.stages().is_due(batch_time) {
            return self.close(0).map(Some);
        }
        self.book.begin();
        Ok(None)
    }

    /// Closes the open batch: all its chunks are worked on. So many bytes of input wait for the next one.
    pub(crate) fn close(&mut self, queue_bytes: u64) -> Result<Closed, PipelineError> {
        let began = self.book.time.elapsed();
        let batch_time = self.book.closing();
        let closing = Closing {
            batch: self.book.batch,
            batch_time,
            operators: self.book.operators(),
            key_partitions: self.book.settings.key_partitions,
            workers: &self.workers,
            clocks: &self.book.clocks,
            ledger: &self.book.ledger,
        };
        let mut counts = crate::progress::Counts::new(closing.operators);
        let closed = self.graph.stages().close(0, &closing, &mut counts);
        closed.map_err(|failure| self.book.error(0, failure))?;
        self.book.count(0, &counts);
        let mut reached = Vec::new();
        self.graph.stages().seal(0, &mut reached);
        let output = self.graph.sinks().seal();
        let changes = self.changes()?;
        let took = self.book.time.elapsed().saturating_sub(began);
        let (progress, kept) = self.book.closed(took, queue_bytes, reached);
        Ok(Closed {
            progress,
            output,
            keeping: kept.map(|Kept { meta, positions }| Keeping {
                meta,
                changes,
                positions,
            }),
        })
    }

    /// What the batch changes in state; nothing where there is no checkpoint to write it to.
    fn changes(&self) -> Result<Vec<StateChange>, PipelineError> {
        let mut changes = Vec::new();
        if self.book.settings.checkpoint.is_some() {
            let committing = Committing {
                rows: self.book.rows(),
                workers: &self.workers,
            };
            let done = self.graph.stages().changes(0, &committing, &mut changes);
            done.map_err(|failure| self.book.error(0, failure))?;
        }
        Ok(changes)
    }

    /// The batch is in the sinks: state takes it over, sources are told.
    pub(crate) fn written(&mut self, closed: Closed, mut written: Written) -> BatchProgress {
        let began = self.book.time.elapsed();
        let progress = closed.progress;
        self.graph.stages().commit(&Committing {
            rows: progress.rows_in,
            workers: &self.workers,
        });
        self.graph.stages().command(Command::Commit);
        let mut state = Vec::new();
        self.graph.stages().state_rows(0, &mut state);
        written.commit_us += micros(self.book.time.elapsed().saturating_sub(began));
        self.book.written(progress, written, &state)
    }

    /// Tells all sources where to resume.
    pub(crate) fn resume_sources(&self) -> Result<(), PipelineError> {
        let mut sources = Vec::new();
        G::Stages::sources(0, &mut sources);
        for (stage, _) in sources {
            let resumed = self.graph.stages().resume(stage, self.book.ledger.resume(stage));
            resumed.map_err(PipelineError::Checkpoint)?;
        }
        Ok(())
    }
}

/// A batch on its way into the sinks and the checkpoint.
pub(crate) struct Writing<G> {
    pub(crate) graph: Arc<G>,
    pub(crate) run: Arc<Run>,
    pub(crate) batch: u64,
    pub(crate) time: WallClock,
    /// The checkpoint, and what goes there.
    pub(crate) keeping: Option<(Keeper, Keeping)>,
    pub(crate) steps: Steps,
}

/// Why a batch is not written.
#[derive(Debug)]
pub(crate) enum NotWritten {
    Sink(SinkFailure),
    /// A source, by its stage, could not put its positions into the transaction of a sink.
    Source(u32, SourceError),
    Checkpoint(CheckpointError),
}

impl From<SinkFailure> for NotWritten {
    fn from(failure: SinkFailure) -> Self {
        Self::Sink(failure)
    }
}

impl From<CheckpointError> for NotWritten {
    fn from(error: CheckpointError) -> Self {
        Self::Checkpoint(error)
    }
}

impl<G: Graph> Writing<G> {
    /// Gives the output of a batch to the sinks, decides it, and makes it visible. Until it is decided it is taken back where anything fails.
    pub(crate) async fn write(self) -> Result<Written, NotWritten> {
        let Self {
            graph,
            run,
            batch,
            time,
            keeping,
            steps,
        } = self;
        let sinks = graph.sinks();
        let began = time.elapsed();
        steps.reach(Step::Computed).await;
        if keeping.is_some()
            && sinks.decide_themselves()
            && let Err((stage, error)) = enlist(&*graph, &run, batch).await
        {
            sinks.abort(&run, batch).await;
            return Err(NotWritten::Source(stage, error));
        }
        if let Err(failure) = sinks.prepare(&run, batch).await {
            sinks.abort(&run, batch).await;
            return Err(failure.into());
        }
        let prepared = time.elapsed();
        steps.reach(Step::Prepared).await;
        let keeper = keeping.as_ref().map(|(keeper, _)| keeper.clone());
        if faults::is(Bug::CommitBeforeDecision) {
            sinks.commit(&run, batch).await?;
        }
        steps.reach(Step::Deciding).await;
        if let Err(failure) = decide(sinks, &run, batch, keeping, &steps).await {
            sinks.abort(&run, batch).await;
            return Err(failure);
        }
        if let Some(keeper) = keeper.as_ref().filter(|_| faults::is(Bug::DoneBeforeCommit)) {
            keeper.done(batch)?;
        }
        steps.reach(Step::Decided).await;
        if let Err(failure) = sinks.commit(&run, batch).await {
            // With a checkpoint the batch is decided, and the next run goes on with it.
            if keeper.is_none() {
                sinks.abort(&run, batch).await;
            }
            return Err(failure.into());
        }
        steps.reach(Step::Committed).await;
        if let Some(keeper) = keeper {
            keeper.done(batch)?;
        }
        steps.reach(Step::Done).await;
        Ok(Written {
            write_us: micros(prepared.saturating_sub(began)),
            commit_us: micros(time.elapsed().saturating_sub(prepared)),
        })
    }
}

/// Puts the positions of the batch into the transaction of a sink.
async fn enlist<G: Graph>(graph: &G, run: &Run, batch: u64) -> Result<(), (u32, SourceError)> {
    let _at = run.at(Act::Enlist(batch));
    graph.stages().enlist(0).await
}

/// Decides a batch that all sinks have prepared: by the journal, or by the transaction of a sink.
async fn decide<K: Sinks>(
    sinks: &K,
    run: &Run,
    batch: u64,
    keeping: Option<(Keeper, Keeping)>,
    steps: &Steps,
) -> Result<(), NotWritten> {
    let Some((keeper, mut keeping)) = keeping else {
        return Ok(());
    };
    let mut logs = Vec::new();
    sinks.notes(&mut keeping.meta.sinks, &mut logs);
    {
        let _at = run.at(Act::Decide(batch));
        keeper.decide(batch, keeping, &logs).await?;
    }
    steps.reach(Step::Journaled).await;
    if !sinks.decide_themselves() {
        return Ok(());
    }
    let decided = sinks.decide(run, batch).await;
    if decided.is_err() {
        keeper.undo(batch).await?;
    }
    Ok(decided?)
}
