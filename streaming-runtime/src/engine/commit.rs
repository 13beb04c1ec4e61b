//! How a batch that has passed all stages comes into the sinks and the checkpoint.
//!
//! The protocol is a list of acts, and for each what takes it back. It knows no types of the user's, so that it is compiled once; [`write`] alone
//! asks the sinks and stages of a pipeline.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use super::keeper::{Keeper, Keeping};
use super::{Act, Graph};
use crate::checkpoint::CheckpointError;
use crate::clock::{WallClock, micros};
use crate::faults::{self, Bug, Steps};
use crate::run::Run;
use crate::sink::{self, Order, SinkFailure, Sinks, What};
use crate::source::SourceError;
use crate::stage::{self, Enlisting, Stages};
use crate::testing::Step;

/// One act of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Do {
    /// A test may have the pipeline die here.
    Reach(Step),
    /// Sources put the positions of the batch into the transaction of a sink.
    Enlist,
    /// Sinks take the output.
    Prepare,
    /// The journal makes the batch durable: that decides it, unless a sink does.
    Journal,
    /// Sinks whose transaction decides commit it.
    Decide,
    /// Sinks make the output visible.
    Commit,
    /// The journal notes that the batch is in all sinks.
    Note,
    /// The journal takes the batch back.
    Undo,
    /// Sinks forget the batch.
    Abort,
}

/// All acts, in order.
const PROTOCOL: [Do; 13] = [
    Do::Reach(Step::Computed),
    Do::Enlist,
    Do::Prepare,
    Do::Reach(Step::Prepared),
    Do::Reach(Step::Deciding),
    Do::Journal,
    Do::Reach(Step::Journaled),
    Do::Decide,
    Do::Reach(Step::Decided),
    Do::Commit,
    Do::Reach(Step::Committed),
    Do::Note,
    Do::Reach(Step::Done),
];

impl Do {
    /// Whether it is left out.
    fn is_void(self, kept: bool, decides: bool) -> bool {
        match self {
            Self::Reach(Step::Journaled) | Self::Journal | Self::Note => !kept,
            Self::Enlist | Self::Decide => !(kept && decides),
            _ => false,
        }
    }

    /// What takes back a batch that fails here.
    fn undone_by(self, kept: bool) -> &'static [Self] {
        match self {
            Self::Enlist | Self::Prepare | Self::Journal => &[Self::Abort],
            Self::Decide => &[Self::Undo, Self::Abort],
            // Without a checkpoint nothing is decided. With one the batch is, and the next run commits it.
            Self::Commit if !kept => &[Self::Abort],
            _ => &[],
        }
    }

    /// What the sinks are asked to do.
    fn asks(self, batch: u64) -> Option<What<'static>> {
        match self {
            Self::Prepare => Some(What::Prepare(batch)),
            Self::Decide => Some(What::Decide(batch)),
            Self::Commit => Some(What::Commit(batch)),
            Self::Abort => Some(What::Abort(batch)),
            Self::Reach(_) | Self::Enlist | Self::Journal | Self::Note | Self::Undo => None,
        }
    }
}

/// A batch on its way into the sinks and the checkpoint.
#[derive(Debug)]
pub(crate) struct Commit {
    pub(crate) run: Arc<Run>,
    pub(crate) batch: u64,
    pub(crate) time: WallClock,
    /// The checkpoint, and what goes there.
    pub(crate) keeping: Option<(Keeper, Keeping)>,
    pub(crate) steps: Steps,
    /// The transaction of a sink decides.
    pub(crate) decides: bool,
}

/// How long it took to write a batch, in microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Written {
    pub(crate) write_us: u64,
    pub(crate) commit_us: u64,
}

/// Why a batch is not written.
#[derive(Debug)]
pub(crate) enum NotWritten {
    Sink(SinkFailure),
    /// A source, by its stage, could not put its positions into the transaction of a sink.
    Source(u32, SourceError),
    Checkpoint(CheckpointError),
}

/// Brings a batch into the sinks of `graph` and the checkpoint. Until it is decided it is taken back where anything fails.
pub(crate) async fn write<G: Graph>(commit: Commit, graph: Arc<G>) -> Result<Written, NotWritten> {
    let (batch, run) = (commit.batch, Arc::clone(&commit.run));
    let mut way = Way::new(commit);
    while let Some(act) = way.next() {
        let done = match act.asks(batch) {
            Some(what) => {
                let order = Order { run: &run, what };
                graph.sinks().ask(&order).await.map(drop).map_err(NotWritten::Sink)
            }
            None => {
                let given = way.ask(act, &*graph);
                way.act(act, given).await
            }
        };
        way.did(act, done);
    }
    way.end()
}

/// Where a batch is in the protocol.
#[derive(Debug)]
struct Way {
    run: Arc<Run>,
    batch: u64,
    time: WallClock,
    steps: Steps,
    decides: bool,
    /// There is a checkpoint.
    kept: bool,
    keeper: Option<Keeper>,
    keeping: Option<Keeping>,
    /// What is still to be done, in order.
    left: &'static [Do],
    failed: Option<NotWritten>,
    began: Duration,
    prepared: Duration,
}

/// The protocol, or one with a bug that a test has planted.
fn protocol() -> &'static [Do] {
    const COMMIT_FIRST: [Do; 8] = [
        Do::Enlist,
        Do::Prepare,
        Do::Reach(Step::Prepared),
        Do::Commit,
        Do::Reach(Step::Deciding),
        Do::Journal,
        Do::Reach(Step::Decided),
        Do::Note,
    ];
    const NOTE_FIRST: [Do; 8] = [
        Do::Enlist,
        Do::Prepare,
        Do::Journal,
        Do::Decide,
        Do::Note,
        Do::Reach(Step::Decided),
        Do::Commit,
        Do::Reach(Step::Done),
    ];
    if faults::is(Bug::CommitBeforeDecision) {
        &COMMIT_FIRST
    } else if faults::is(Bug::DoneBeforeCommit) {
        &NOTE_FIRST
    } else {
        &PROTOCOL
    }
}

/// What stages and sinks have given for an act.
#[derive(Debug, Default)]
struct Given {
    enlisting: Vec<(u32, Enlisting)>,
    logs: Vec<Vec<u8>>,
}

impl Way {
    fn new(commit: Commit) -> Self {
        let (keeper, keeping) = commit.keeping.unzip();
        let began = commit.time.elapsed();
        Self {
            run: commit.run,
            batch: commit.batch,
            time: commit.time,
            steps: commit.steps,
            decides: commit.decides,
            kept: keeper.is_some(),
            keeper,
            keeping,
            left: protocol(),
            failed: None,
            began,
            prepared: began,
        }
    }

    /// What is to be done next.
    fn next(&mut self) -> Option<Do> {
        while let Some((next, left)) = self.left.split_first() {
            self.left = left;
            if !next.is_void(self.kept, self.decides) {
                return Some(*next);
            }
        }
        None
    }

    /// What stages and sinks have to give for an act.
    fn ask<G: Graph>(&mut self, act: Do, graph: &G) -> Given {
        let mut given = Given::default();
        match (act, &mut self.keeping) {
            (Do::Enlist, _) => {
                // It cannot fail: what a source says comes later.
                let _ = graph.stages().visit(0, &mut stage::Visit::Enlist(&mut given.enlisting));
            }
            (Do::Journal, Some(keeping)) => {
                let notes = &mut sink::Visit::Note(&mut keeping.meta.sinks, &mut given.logs);
                graph.sinks().visit(notes);
            }
            _ => {}
        }
        given
    }

    /// Does what is not for the sinks.
    async fn act(&mut self, act: Do, given: Given) -> Result<(), NotWritten> {
        match (act, &self.keeper) {
            (Do::Reach(step), _) => {
                if self.steps.ends_at(step) {
                    pending::<()>().await;
                }
                Ok(())
            }
            (Do::Enlist, _) => {
                let _at = self.run.at(Act::Enlist(self.batch));
                let mut done = Ok(());
                for (stage, enlisting) in given.enlisting {
                    let enlisted = enlisting.done().await;
                    done = done.and(enlisted.map_err(|error| NotWritten::Source(stage, error)));
                }
                done
            }
            (Do::Journal, Some(keeper)) => {
                let _at = self.run.at(Act::Decide(self.batch));
                let keeping = self.keeping.take().expect("a batch is decided once");
                Ok(keeper.decide(self.batch, keeping, &given.logs).await?)
            }
            (Do::Note, Some(keeper)) => Ok(keeper.done(self.batch)?),
            (Do::Undo, Some(keeper)) => Ok(keeper.undo(self.batch).await?),
            _ => Ok(()),
        }
    }

    /// The act is done, or could not be.
    fn did(&mut self, act: Do, done: Result<(), NotWritten>) {
        match done {
            Ok(()) if act == Do::Prepare => self.prepared = self.time.elapsed(),
            Ok(()) => {}
            Err(failure) if self.failed.is_none() => {
                self.failed = Some(failure);
                self.left = act.undone_by(self.kept);
            }
            // The journal still holds a batch that did not happen, which is worse.
            Err(failure) if act == Do::Undo => self.failed = Some(failure),
            Err(_) => {}
        }
    }

    fn end(self) -> Result<Written, NotWritten> {
        match self.failed {
            Some(failure) => Err(failure),
            None => Ok(Written {
                write_us: micros(self.prepared.saturating_sub(self.began)),
                commit_us: micros(self.time.elapsed().saturating_sub(self.prepared)),
            }),
        }
    }
}

impl From<CheckpointError> for NotWritten {
    fn from(error: CheckpointError) -> Self {
        Self::Checkpoint(error)
    }
}

#[cfg(test)]
mod tests;
