//! What all sinks are asked to do, and what they answer. It knows no types of the user's, so that it is compiled once.

use std::sync::Arc;
use std::task::Poll;

use super::{BatchId, Decided, SinkError, SinkMeta};
use crate::error::{PipelineError, SinkStep};
use crate::run::Run;

/// What all sinks are to do.
#[derive(Debug)]
pub struct Order<'a> {
    pub(crate) run: &'a Arc<Run>,
    pub(crate) what: What<'a>,
}

/// See [`Order`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum What<'a> {
    /// Open.
    Open,
    /// Say which batch was committed last.
    Decided,
    /// Resume after this batch, of which the checkpoint keeps this.
    Resume { last: u64, kept: &'a [SinkMeta] },
    /// Finish that batch where it is not known to be finished. `logs` is the output that was kept, in the order of `kept`.
    Redo {
        batch: u64,
        kept: &'a [SinkMeta],
        logs: &'a [Option<Vec<u8>>],
    },
    /// Take the output of the batch.
    Prepare(u64),
    /// Commit the batch, where the sink decides whether it counts.
    Decide(u64),
    /// Make the output visible.
    Commit(u64),
    /// Forget the batch, where it is not decided.
    Abort(u64),
    /// Close.
    Close,
}

impl Order<'_> {
    /// What a sink is asked to do by it, for a person.
    pub(super) fn step(&self) -> SinkStep {
        match self.what {
            What::Open => SinkStep::Open,
            What::Decided => SinkStep::Decided,
            What::Resume { last, .. } => SinkStep::Resume(last),
            What::Prepare(batch) => SinkStep::Prepare(batch),
            What::Redo { batch, .. } | What::Decide(batch) | What::Commit(batch) => SinkStep::Commit(batch),
            What::Abort(batch) => SinkStep::Abort(batch),
            What::Close => SinkStep::Close,
        }
    }

    /// The batch that it is about, as a sink knows it; batch 0 where there is none.
    pub(super) fn id(&self, sink: &str) -> BatchId {
        let batch = match self.what {
            What::Open | What::Decided | What::Close => 0,
            What::Resume { last: batch, .. }
            | What::Redo { batch, .. }
            | What::Prepare(batch)
            | What::Decide(batch)
            | What::Commit(batch)
            | What::Abort(batch) => batch,
        };
        BatchId {
            pipeline: self.run.pipeline().to_owned(),
            sink: sink.to_owned(),
            checkpoint: self.run.checkpoint().unwrap_or_default().to_owned(),
            batch,
        }
    }

    /// One sink does it after the other, and none after one that could not.
    fn is_in_turn(&self) -> bool {
        matches!(
            self.what,
            What::Open | What::Decided | What::Resume { .. } | What::Redo { .. }
        )
    }
}

/// What a sink says of its batches.
#[derive(Debug)]
pub struct Answer {
    pub(crate) sink: &'static str,
    /// Its own transaction decides whether a batch counts.
    pub(crate) decides: bool,
    pub(crate) decided: Decided,
}

/// A sink that could not do what it was asked to.
#[derive(Debug)]
pub struct SinkFailure {
    pub(crate) sink: &'static str,
    pub(crate) step: SinkStep,
    pub(crate) error: SinkError,
}

impl From<SinkFailure> for PipelineError {
    fn from(failure: SinkFailure) -> Self {
        Self::Sink {
            sink: failure.sink.to_owned(),
            step: failure.step,
            error: failure.error,
        }
    }
}

/// How it went; what the sinks say, where they were asked to.
pub(crate) type Answered = Result<Vec<Answer>, SinkFailure>;

/// Two that are asked the same: the first sink of a list, and the others.
#[derive(Debug)]
pub(super) struct Together {
    in_turn: bool,
    first: Option<Answered>,
    others: Option<Answered>,
}

impl Together {
    pub(super) fn of(order: &Order<'_>) -> Self {
        Self {
            in_turn: order.is_in_turn(),
            first: None,
            others: None,
        }
    }

    pub(super) fn waits_for_first(&self) -> bool {
        self.first.is_none()
    }

    pub(super) fn waits_for_others(&self) -> bool {
        let may_begin = !self.in_turn || matches!(self.first, Some(Ok(_)));
        self.others.is_none() && may_begin
    }

    pub(super) fn first(&mut self, answered: Answered) {
        self.first = Some(answered);
    }

    pub(super) fn others(&mut self, answered: Answered) {
        self.others = Some(answered);
    }

    /// Of two errors the first counts.
    pub(super) fn done(&mut self) -> Poll<Answered> {
        if self.waits_for_first() || self.waits_for_others() {
            return Poll::Pending;
        }
        let mut all = match self.first.take() {
            Some(Ok(all)) => all,
            Some(Err(failure)) => return Poll::Ready(Err(failure)),
            None => return Poll::Pending,
        };
        Poll::Ready(match self.others.take() {
            Some(Ok(others)) => {
                all.extend(others);
                Ok(all)
            }
            Some(Err(failure)) => Err(failure),
            None => Ok(all),
        })
    }
}
