use std::sync::Arc;

use super::book::Book;
use super::io::Written;
use super::{Clocks, Graph, Ledger};
use crate::clock::{WallClock, micros};
use crate::error::PipelineError;
use crate::pipeline::Parts;
use crate::progress::BatchProgress;
use crate::run::Run;
use crate::sink::{SinkFailure, Sinks};
use crate::stage::{Closing, Command, Committing, Stages};
use crate::workers::Workers;

/// Brings batches through a graph: what the driver and the test driver have in common.
#[derive(Debug)]
pub(crate) struct Core<G> {
    pub(crate) graph: Arc<G>,
    pub(crate) book: Book,
    pub(crate) workers: Workers,
    /// Counts the turns of sweeping out expired state.
    turn: u64,
}

/// A batch that has passed all stages and is not yet written.
#[derive(Debug)]
pub(crate) struct Closed {
    pub(crate) progress: BatchProgress,
    /// Some sink has something to write.
    pub(crate) output: bool,
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
        graph.stages_mut().prepare(0, plan, settings.key_partitions);
        let ledger = Ledger::new(plan, &sources);
        let clocks = Clocks::new(plan, clocks, &ledger);
        Self {
            graph: Arc::new(graph),
            book: Book::new(plan, settings, time, ledger, clocks),
            workers,
            turn: 0,
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
        self.sweep(batch_time);
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
        self.book.count(&counts);
        let mut reached = Vec::new();
        self.graph.stages().seal(0, &mut reached);
        let output = self.graph.sinks().seal();
        let took = self.book.time.elapsed().saturating_sub(began);
        Ok(Closed {
            progress: self.book.closed(took, queue_bytes, reached),
            output,
        })
    }

    /// The batch is in the sinks: state takes it over, sources are told.
    pub(crate) fn written(&mut self, closed: Closed, mut written: Written) -> BatchProgress {
        let began = self.book.time.elapsed();
        let progress = closed.progress;
        self.graph.stages().commit(&Committing {
            rows: progress.rows_in,
            workers: &self.workers,
        });
        self.sweep(progress.batch_time);
        self.graph.stages().command(Command::Commit);
        let mut state = Vec::new();
        self.graph.stages().state_rows(0, &mut state);
        written.commit_us += micros(self.book.time.elapsed().saturating_sub(began));
        self.book.written(progress, written, &state)
    }

    fn sweep(&mut self, batch_time: i64) {
        self.graph.stages().sweep(self.turn, batch_time);
        self.turn = self.turn.wrapping_add(1);
    }
}

/// Gives the output of a batch to the sinks and makes it visible; takes it back where a sink fails.
pub(crate) async fn write<G: Graph>(
    graph: Arc<G>,
    run: Arc<Run>,
    batch: u64,
    time: WallClock,
) -> Result<Written, SinkFailure> {
    let began = time.elapsed();
    let sinks = graph.sinks();
    if let Err(failure) = sinks.prepare(&run, batch).await {
        sinks.abort(&run, batch).await;
        return Err(failure);
    }
    let prepared = time.elapsed();
    if let Err(failure) = sinks.commit(&run, batch).await {
        sinks.abort(&run, batch).await;
        return Err(failure);
    }
    Ok(Written {
        write_us: micros(prepared.saturating_sub(began)),
        commit_us: micros(time.elapsed().saturating_sub(prepared)),
    })
}
