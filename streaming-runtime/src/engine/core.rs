use std::sync::Arc;
use std::time::Duration;

use super::book::{Book, Kept};
use super::commit::Commit;
use super::keeper::{Keeper, Keeping};
use super::{Clocks, Graph, Ledger};
use crate::clock::{WallClock, micros};
use crate::engine::Parts;
use crate::error::PipelineError;
use crate::faults::Steps;
use crate::held::{Held, held};
use crate::plan::Plan;
use crate::progress::{BatchProgress, Counts};
use crate::run::Run;
use crate::settings::Settings;
use crate::sink::{self, About, Sinks};
use crate::stage::{
    Closing, Command, Committing, Failure, Preparing, Reached, Reads, Stages, StateChange, Visit, Written,
};
use crate::time::Clock;
use crate::workers::Workers;

/// Brings batches through a graph: what the driver and the test driver have in common.
#[derive(Debug)]
pub(crate) struct Core<G> {
    pub(crate) graph: Arc<G>,
    pub(crate) desk: Held<Desk>,
}

/// What is needed to bring batches through a graph. It knows no types of the user's, so that it is compiled once.
#[derive(Debug)]
pub(crate) struct Desk {
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

held!(Desk, Closed, Passing);

impl<G: Graph> Core<G> {
    pub(crate) fn new(mut parts: Parts<G>, time: WallClock, workers: Workers) -> Self {
        let (mut sources, mut sinks) = (Vec::new(), Vec::new());
        G::Stages::sources(0, &mut sources);
        let preparing = Preparing {
            plan: parts.plan,
            settings: &parts.settings,
        };
        parts.graph.stages_mut().prepare(0, &preparing);
        parts.graph.sinks().visit(&mut sink::Visit::Describe(&mut sinks));
        Self {
            graph: Arc::new(parts.graph),
            desk: Desk::new(parts.plan, parts.settings, parts.clocks, &sources, sinks, time, workers),
        }
    }

    /// Closes a batch in which nothing was read, as far as there is anything to do: `None` where there is not, and then it is
    /// no batch.
    pub(crate) fn close_empty(&mut self) -> Result<Option<Held<Closed>>, PipelineError> {
        let batch_time = self.desk.book.pass();
        let mut due = false;
        self.visit(&mut Visit::Due {
            batch_time,
            due: &mut due,
        })?;
        if due {
            return self.close(0).map(Some);
        }
        self.desk.book.begin();
        Ok(None)
    }

    /// Asks state when it has something to do although nothing comes.
    pub(crate) fn look_ahead(&mut self) -> Result<(), PipelineError> {
        let mut next = None;
        self.visit(&mut Visit::NextDue(&mut next))?;
        self.desk.book.next_due = next;
        Ok(())
    }

    /// Closes the open batch: all its chunks are worked on. So many bytes of input wait for the next one.
    pub(crate) fn close(&mut self, queue_bytes: u64) -> Result<Held<Closed>, PipelineError> {
        let mut passing = self.desk.closing();
        let mut tries = 1;
        while let Err(mut failure) = self.pass(&mut passing) {
            if !failure.what.panicked || tries == self.desk.book.settings.task_tries {
                failure.what.tries = tries;
                return Err(self.desk.book.error(0, failure));
            }
            tries += 1;
            self.rework(&mut passing)?;
        }
        self.visit(&mut Visit::Seal {
            closing: &self.desk.closing_of(passing.batch_time),
            found: &mut passing.reached,
        })?;
        self.graph.sinks().visit(&mut sink::Visit::Seal(&mut passing.output));
        if self.desk.book.settings.checkpoint.is_some() {
            self.visit(&mut Visit::Changes {
                committing: &self.desk.committing(None),
                found: &mut passing.changes,
            })?;
        }
        Ok(self.desk.closed(passing, queue_bytes))
    }

    /// Brings the batch through all stages.
    fn pass(&self, passing: &mut Passing) -> Result<(), Failure> {
        for stage in 0..self.desk.book.plan.stages() {
            let mut close = Visit::Close {
                stage,
                closing: &self.desk.closing_of(passing.batch_time),
                counts: &mut passing.counts,
            };
            self.graph.stages().visit(0, &mut close)?;
            // What the stage has made is seen by those further down.
            self.desk.book.advance(stage);
        }
        Ok(())
    }

    /// A closure behind an exchange has panicked. What came to it is used up, so that the batch is worked on again from its chunks.
    fn rework(&self, passing: &mut Passing) -> Result<(), PipelineError> {
        self.visit(&mut Visit::Rewind)?;
        passing.counts = Counts::new(self.desk.book.operators());
        for stage in self.desk.book.ledger.stages() {
            let mut rework = Visit::Rework {
                stage,
                closing: &self.desk.closing_of(passing.batch_time),
            };
            let worked = self.graph.stages().visit(0, &mut rework);
            worked.map_err(|failure| self.desk.book.error(stage, failure))?;
        }
        Ok(())
    }

    /// The batch is in the sinks: state takes it over, sources are told. Completes its document.
    pub(crate) fn written(&mut self, closed: &mut Closed, written: Written) -> Result<(), PipelineError> {
        let began = self.desk.book.time.elapsed();
        self.visit(&mut Visit::Commit(&self.desk.committing(Some(closed))))?;
        self.visit(&mut Visit::Command(Command::Commit))?;
        let resting = self.resting()?;
        self.desk.written(closed, written, began, &resting);
        Ok(())
    }

    /// Keys at rest by stage, where it has state.
    pub(crate) fn resting(&self) -> Result<Vec<(u32, u64)>, PipelineError> {
        let mut resting = Vec::new();
        self.visit(&mut Visit::Resting(&mut resting))?;
        Ok(resting)
    }

    /// Tells all sources where to resume.
    pub(crate) fn resume_sources(&self) -> Result<(), PipelineError> {
        for (stage, resume) in self.desk.book.ledger.resumes() {
            let mut done = Ok(());
            self.visit(&mut Visit::Resume {
                stage,
                resume,
                done: &mut done,
            })?;
            done.map_err(PipelineError::refused)?;
        }
        Ok(())
    }

    /// Brings something to the stages.
    pub(crate) fn visit(&self, visit: &mut Visit<'_>) -> Result<(), PipelineError> {
        let visited = self.graph.stages().visit(0, visit);
        visited.map_err(|failure| self.desk.book.error(0, failure))
    }
}

/// What is gathered while a batch passes the stages.
#[derive(Debug)]
struct Passing {
    began: Duration,
    batch_time: i64,
    counts: Counts,
    reached: Vec<(u32, Vec<Reached>)>,
    output: bool,
    changes: Vec<StateChange>,
}

impl Desk {
    fn new(
        plan: &'static Plan,
        settings: Settings,
        clocks: Vec<(u32, Arc<Clock>)>,
        stages: &[(u32, Reads)],
        sinks: Vec<About>,
        time: WallClock,
        workers: Workers,
    ) -> Held<Self> {
        let ledger = Ledger::new(plan, stages, settings.checkpoint.is_some());
        let clocks = Clocks::new(plan, clocks, &ledger);
        Held::new(Self {
            book: Book::new(plan, settings, time, ledger, clocks),
            sinks,
            workers,
            steps: Steps::default(),
        })
    }

    fn closing(&mut self) -> Held<Passing> {
        Held::new(Passing {
            began: self.book.time.elapsed(),
            batch_time: self.book.closing(),
            counts: Counts::new(self.book.operators()),
            reached: Vec::new(),
            output: false,
            changes: Vec::new(),
        })
    }

    fn closing_of(&self, batch_time: i64) -> Closing<'_> {
        Closing {
            batch: self.book.batch,
            batch_time,
            operators: self.book.operators(),
            key_partitions: self.book.settings.key_partitions,
            workers: &self.workers,
        }
    }

    /// What stages know of the open batch, or of one that is closed.
    fn committing(&self, closed: Option<&Closed>) -> Committing<'_> {
        Committing {
            rows: closed.map_or_else(|| self.book.rows(), |closed| closed.progress.rows_in),
            workers: &self.workers,
        }
    }

    fn closed(&mut self, mut passing: Held<Passing>, queue_bytes: u64) -> Held<Closed> {
        self.book.count(0, &passing.counts);
        let took = self.book.time.elapsed().saturating_sub(passing.began);
        let (progress, kept) = self
            .book
            .closed(took, queue_bytes, std::mem::take(&mut passing.reached));
        Held::new(Closed {
            progress,
            output: passing.output,
            keeping: kept.map(|Kept { meta, positions }| Keeping {
                meta,
                changes: std::mem::take(&mut passing.changes),
                positions,
            }),
        })
    }

    fn written(&mut self, closed: &mut Closed, mut written: Written, began: Duration, resting: &[(u32, u64)]) {
        written.commit_us += micros(self.book.time.elapsed().saturating_sub(began));
        let progress = std::mem::take(&mut closed.progress);
        closed.progress = self.book.written(progress, written, resting);
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
}
