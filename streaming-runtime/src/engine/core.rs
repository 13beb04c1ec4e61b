use std::sync::Arc;

use super::book::{Book, Kept};
use super::commit::{Commit, Written};
use super::keeper::{Keeper, Keeping};
use super::{Clocks, Graph, Ledger};
use crate::clock::{WallClock, micros};
use crate::error::PipelineError;
use crate::faults::Steps;
use crate::pipeline::Parts;
use crate::progress::{BatchProgress, Counts};
use crate::run::Run;
use crate::sink::{self, About, Sinks};
use crate::stage::{Closing, Command, Committing, Preparing, Stages, StateChange, Visit};
use crate::workers::Workers;

/// Brings batches through a graph: what the driver and the test driver have in common.
#[derive(Debug)]
pub(crate) struct Core<G> {
    pub(crate) graph: Arc<G>,
    pub(crate) book: Book,
    /// What is known of the sinks, in order.
    pub(crate) sinks: Vec<About>,
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
        graph.stages_mut().prepare(
            0,
            &Preparing {
                plan,
                key_partitions: settings.key_partitions,
            },
        );
        let mut sinks = Vec::new();
        graph.sinks().visit(&mut sink::Visit::Describe(&mut sinks));
        let ledger = Ledger::new(plan, &sources, kept);
        let clocks = Clocks::new(plan, clocks, &ledger);
        Self {
            graph: Arc::new(graph),
            book: Book::new(plan, settings, time, ledger, clocks),
            sinks,
            workers,
            steps: Steps::default(),
        }
    }

    /// Closes a batch in which nothing was read, as far as there is anything to do: `None` where there is not, and then it is
    /// no batch.
    pub(crate) fn close_empty(&mut self) -> Result<Option<Closed>, PipelineError> {
        let batch_time = self.book.pass();
        let mut due = false;
        self.visit(&mut Visit::Due {
            batch_time,
            due: &mut due,
        })?;
        if due {
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
        let mut counts = Counts::new(closing.operators);
        self.visit(&mut Visit::Close {
            closing: &closing,
            counts: &mut counts,
        })?;
        self.book.count(0, &counts);
        let mut reached = Vec::new();
        self.visit(&mut Visit::Seal(&mut reached))?;
        let mut output = false;
        self.graph.sinks().visit(&mut sink::Visit::Seal(&mut output));
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
            self.visit(&mut Visit::Changes {
                committing: &committing,
                found: &mut changes,
            })?;
        }
        Ok(changes)
    }

    /// The batch is in the sinks: state takes it over, sources are told.
    pub(crate) fn written(&mut self, closed: Closed, mut written: Written) -> Result<BatchProgress, PipelineError> {
        let began = self.book.time.elapsed();
        let progress = closed.progress;
        let committing = Committing {
            rows: progress.rows_in,
            workers: &self.workers,
        };
        self.visit(&mut Visit::Commit(&committing))?;
        self.visit(&mut Visit::Command(Command::Commit))?;
        let resting = self.resting()?;
        written.commit_us += micros(self.book.time.elapsed().saturating_sub(began));
        Ok(self.book.written(progress, written, &resting))
    }

    /// Keys at rest by stage, where it has state.
    pub(crate) fn resting(&self) -> Result<Vec<(u32, u64)>, PipelineError> {
        let mut resting = Vec::new();
        self.visit(&mut Visit::Resting(&mut resting))?;
        Ok(resting)
    }

    /// A batch on its way into the sinks.
    pub(crate) fn commit(&self, closed: &mut Closed, keeper: Option<&Keeper>, run: &Arc<Run>) -> Commit {
        Commit {
            run: Arc::clone(run),
            batch: closed.progress.batch,
            time: self.book.time.clone(),
            keeping: keeper.cloned().zip(closed.keeping.take()),
            steps: self.steps.clone(),
            decides: self.sinks.iter().any(About::decides),
        }
    }

    /// Tells all sources where to resume.
    pub(crate) fn resume_sources(&self) -> Result<(), PipelineError> {
        let mut sources = Vec::new();
        G::Stages::sources(0, &mut sources);
        for (stage, _) in sources {
            let mut done = Ok(());
            self.visit(&mut Visit::Resume {
                stage,
                resume: self.book.ledger.resume(stage),
                done: &mut done,
            })?;
            done.map_err(PipelineError::Checkpoint)?;
        }
        Ok(())
    }

    /// Brings something to the stages.
    pub(crate) fn visit(&self, visit: &mut Visit<'_>) -> Result<(), PipelineError> {
        self.graph
            .stages()
            .visit(0, visit)
            .map_err(|failure| self.book.error(0, failure))
    }
}
