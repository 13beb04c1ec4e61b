use std::sync::Arc;

use super::{BatchId, Sink, SinkEdge, SinkError};
use crate::run::Run;

/// A sink on its way through a batch.
pub(super) struct Writing<S: Sink> {
    /// Away while it is at work.
    sink: Option<S>,
    /// What the batch that closed has staged.
    sealed: Vec<S::Staged>,
    /// What was staged is with the sink, and not yet decided.
    undecided: bool,
}

impl<S: Sink> Writing<S> {
    pub(super) fn new(sink: S) -> Self {
        Self {
            sink: Some(sink),
            sealed: Vec::new(),
            undecided: false,
        }
    }
}

impl<S: Sink> SinkEdge<S> {
    /// The batch closes: what was staged is its output. Says whether there is any.
    pub(super) fn seal(&self) -> bool {
        let staged = self.take();
        let mut writing = self.writing.lock().expect("no panic while locked");
        writing.sealed = staged;
        !writing.sealed.is_empty()
    }

    /// The output of the batch, which the sink is not given.
    pub(super) fn take_sealed(&self) -> Vec<S::Staged> {
        std::mem::take(&mut self.writing.lock().expect("no panic while locked").sealed)
    }

    pub(super) async fn open(&self, run: &Arc<Run>) -> Result<(), SinkError> {
        let mut sink = self.borrow();
        let result = sink.open(run).await;
        self.give_back(sink);
        result
    }

    pub(super) async fn prepare(&self, run: &Run, batch: u64) -> Result<(), SinkError> {
        let staged = self.take_sealed();
        if staged.is_empty() {
            return Ok(());
        }
        let mut sink = self.borrow();
        self.undecided(true);
        let result = sink.prepare(&self.id(run, batch), staged).await;
        self.give_back(sink);
        result
    }

    pub(super) async fn commit(&self, run: &Run, batch: u64) -> Result<(), SinkError> {
        if !self.is_undecided() {
            return Ok(());
        }
        let mut sink = self.borrow();
        let result = sink.commit(&self.id(run, batch)).await;
        self.give_back(sink);
        self.undecided(result.is_err());
        result
    }

    /// Has the sink forget what is undecided.
    pub(super) async fn abort(&self, run: &Run, batch: u64) {
        drop(self.take_sealed());
        if self.is_undecided() {
            let mut sink = self.borrow();
            sink.abort(&self.id(run, batch)).await;
            self.give_back(sink);
            self.undecided(false);
        }
    }

    pub(super) async fn close(&self) {
        let sink = self.writing.lock().expect("no panic while locked").sink.take();
        // Away for good where its future was dropped or has panicked.
        if let Some(mut sink) = sink {
            sink.close().await;
        }
    }

    pub(super) fn is_away(&self) -> bool {
        self.writing.lock().expect("no panic while locked").sink.is_none()
    }

    fn borrow(&self) -> S {
        let sink = self.writing.lock().expect("no panic while locked").sink.take();
        sink.expect("a sink does one thing at a time")
    }

    fn give_back(&self, sink: S) {
        self.writing.lock().expect("no panic while locked").sink = Some(sink);
    }

    fn undecided(&self, undecided: bool) {
        self.writing.lock().expect("no panic while locked").undecided = undecided;
    }

    fn is_undecided(&self) -> bool {
        self.writing.lock().expect("no panic while locked").undecided
    }

    fn id(&self, run: &Run, batch: u64) -> BatchId {
        BatchId {
            pipeline: run.pipeline().to_owned(),
            sink: self.name.to_owned(),
            batch,
        }
    }
}
