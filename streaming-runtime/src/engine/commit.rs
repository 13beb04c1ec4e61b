//! How a batch that has passed all stages comes into the sinks and the checkpoint.
//!
//! The protocol is a list of acts, and for each what takes it back. It knows no types of the user's, so that it is compiled once; [`write`] alone
//! asks the sinks and stages of a pipeline.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::Graph;
use super::keeper::{Keeper, Keeping, Noting};
use crate::clock::{WallClock, micros};
use crate::faults::Step;
use crate::faults::{self, Bug, Steps};
use crate::held::{Held, held};
use crate::run::{Act, At, Run};
use crate::sink::{self, Order, Sinks, What};
use crate::stage::{self, Enlisting, NotWritten, Stages, Written};

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

/// Brings a batch into the sinks of `graph` and the checkpoint. Until it is decided it is taken back where anything fails.
pub(crate) async fn write<G: Graph>(commit: Commit, graph: &G) -> Result<Written, NotWritten> {
    let (batch, run) = (commit.batch, Arc::clone(&commit.run));
    let mut way = Way::new(commit);
    while let Some(act) = way.next() {
        let done = if let Some(what) = act.asks(batch) {
            let order = Order { run: &run, what };
            graph.sinks().ask(&order).await.map(drop).map_err(NotWritten::Sink)
        } else {
            way.ask(act, graph);
            poll_fn(|cx| way.poll(act, cx)).await
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
    /// Sources that are putting positions into a transaction, by stage.
    enlisting: Vec<(u32, Held<Enlisting>)>,
    /// The output that the journal keeps.
    logs: Vec<Vec<u8>>,
    /// What the journal is at.
    noting: Option<Noting>,
    /// What is waited for.
    at: Option<At>,
    /// A test has the pipeline die here.
    dead: bool,
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

held!(Way);

impl Way {
    fn new(commit: Commit) -> Held<Self> {
        let (keeper, keeping) = commit.keeping.unzip();
        let began = commit.time.elapsed();
        Held::new(Self {
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
            enlisting: Vec::new(),
            logs: Vec::new(),
            noting: None,
            at: None,
            dead: false,
            began,
            prepared: began,
        })
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
    fn ask<G: Graph>(&mut self, act: Do, graph: &G) {
        match (act, &mut self.keeping) {
            (Do::Enlist, _) => {
                // It cannot fail: what a source says comes later.
                let _ = graph.stages().visit(0, &mut stage::Visit::Enlist(&mut self.enlisting));
            }
            (Do::Journal, Some(keeping)) => {
                let notes = &mut sink::Visit::Note(&mut keeping.meta.sinks, &mut self.logs);
                graph.sinks().visit(notes);
            }
            _ => {}
        }
    }

    /// Does what is not for the sinks.
    fn poll(&mut self, act: Do, cx: &mut Context<'_>) -> Poll<Result<(), NotWritten>> {
        match act {
            Do::Reach(step) => {
                self.dead = self.dead || self.steps.ends_at(step);
                if self.dead { Poll::Pending } else { Poll::Ready(Ok(())) }
            }
            Do::Enlist => {
                self.waits(Act::Enlist);
                while let Some((stage, enlisting)) = self.enlisting.first_mut() {
                    let enlisted = ready!(enlisting.poll_done(cx));
                    if let (Err(error), None) = (enlisted, &self.failed) {
                        self.failed = Some(NotWritten::Source(*stage, error));
                    }
                    self.enlisting.remove(0);
                }
                self.at = None;
                Poll::Ready(self.failed.take().map_or(Ok(()), Err))
            }
            Do::Journal | Do::Undo => {
                self.waits(Act::Decide);
                let noted = ready!(self.noting(act).poll(cx));
                (self.at, self.noting) = (None, None);
                Poll::Ready(noted.map_err(NotWritten::Checkpoint))
            }
            Do::Note => {
                let noted = self.keeper.as_ref().map_or(Ok(()), |keeper| keeper.done(self.batch));
                Poll::Ready(noted.map_err(NotWritten::Checkpoint))
            }
            Do::Prepare | Do::Decide | Do::Commit | Do::Abort => Poll::Ready(Ok(())),
        }
    }

    /// Says what is waited for.
    fn waits(&mut self, act: fn(u64) -> Act) {
        if self.at.is_none() {
            self.at = Some(self.run.at(act(self.batch)));
        }
    }

    /// What the journal does.
    fn noting(&mut self, act: Do) -> Pin<&mut Noting> {
        let Self {
            keeper,
            keeping,
            noting,
            ..
        } = self;
        Pin::new(noting.get_or_insert_with(|| {
            let keeper = keeper.as_ref().expect("there is a checkpoint");
            match keeping.take() {
                Some(keeping) if act == Do::Journal => keeper.decide(self.batch, keeping, &self.logs),
                _ => keeper.undo(self.batch),
            }
        }))
    }

    /// The act is done, or could not be.
    fn did(&mut self, act: Do, done: Result<(), NotWritten>) {
        match done {
            Ok(()) if act == Do::Prepare => self.prepared = self.time.elapsed(),
            Err(failure) if self.failed.is_none() => {
                self.failed = Some(failure);
                self.left = act.undone_by(self.kept);
            }
            // The journal still holds a batch that did not happen, which is worse.
            Err(failure) if act == Do::Undo => self.failed = Some(failure),
            Ok(()) | Err(_) => {}
        }
    }

    fn end(&mut self) -> Result<Written, NotWritten> {
        match self.failed.take() {
            Some(failure) => Err(failure),
            None => Ok(Written {
                write_us: micros(self.prepared.saturating_sub(self.began)),
                commit_us: micros(self.time.elapsed().saturating_sub(self.prepared)),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
