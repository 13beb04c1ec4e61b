use std::sync::Arc;

use super::delivery::Promise;
use super::target::Target;
use super::{BatchId, Decided, Delivery, Sink, SinkEdge, SinkError};
use crate::engine::{Act, At, SinkAct, SinkMeta};
use crate::faults::{self, Bug};
use crate::run::Run;
use crate::testing::Shelf;

/// A sink on its way through a batch.
pub(super) struct Writing<S: Sink> {
    /// Away while it is at work.
    sink: Option<Target<S>>,
    /// What the batch that closed has staged.
    sealed: Vec<S::Staged>,
    /// What was staged is with the sink, and not yet decided.
    undecided: bool,
    /// What the sink said of the last batch that it prepared, for the checkpoint.
    receipt: Option<String>,
    /// The last batches that the sink was given output of, the newer one first.
    batches: [Option<u64>; 2],
    /// The output of the batch, where the checkpoint has to keep it.
    log: Option<Vec<u8>>,
}

impl<S: Sink> Writing<S> {
    pub(super) fn new(sink: S) -> Self {
        Self {
            sink: Some(Target::new(sink)),
            sealed: Vec::new(),
            undecided: false,
            receipt: None,
            batches: [None; 2],
            log: None,
        }
    }
}

impl<S: Sink> SinkEdge<S> {
    /// A batch counts only once this sink has committed it.
    pub(super) const DECIDES: bool = matches!(<S::Delivery as Promise<S::Staged>>::DELIVERY, Delivery::Deciding);

    /// The transaction that the sink shares with others.
    pub(super) fn transaction(&self) -> Option<String> {
        let sink = self.borrow();
        let transaction = sink.transaction();
        self.give_back(sink);
        transaction
    }

    /// The sink is asked to do this, until what is returned is dropped.
    fn at(&self, step: SinkAct) -> At {
        let act = Act::Sink { sink: self.name, step };
        self.board.get().map_or_else(At::nowhere, |board| board.at(act))
    }

    pub(super) async fn decided(&self, run: &Run) -> Result<Decided, SinkError> {
        let mut sink = self.borrow();
        let result = sink.decided(run.pipeline(), self.name).await;
        self.give_back(sink);
        result
    }

    /// `kept` is what the checkpoint knows of this sink, where the pipeline had it.
    pub(super) async fn resume(&self, run: &Run, batch: u64, kept: Option<&SinkMeta>) -> Result<(), SinkError> {
        let receipt = kept.and_then(|kept| kept.receipt.clone());
        let mut sink = self.borrow();
        let _at = self.at(SinkAct::Resume);
        let result = sink.resume(&self.id(run, batch), receipt.as_deref()).await;
        self.give_back(sink);
        let mut writing = self.writing.lock().expect("no panic while locked");
        writing.receipt = receipt;
        writing.batches = kept.map(|kept| kept.batches).unwrap_or_default();
        result
    }

    /// Finishes a batch that is decided: with what the checkpoint has kept of it, or with what the sink itself has.
    pub(super) async fn redo(&self, run: &Run, batch: u64, log: Option<&[u8]>) -> Result<(), SinkError> {
        let id = self.id(run, batch);
        let mut sink = self.borrow();
        let _at = self.at(SinkAct::Commit(batch));
        let result = async {
            match log {
                Some(log) => sink.prepare(&id, S::Delivery::read(log)?).await?,
                None if Self::KEEPS_ITSELF => {}
                None => return Ok(()),
            }
            sink.commit(&id).await
        }
        .await;
        self.give_back(sink);
        result
    }

    /// What was prepared outlasts the process.
    const KEEPS_ITSELF: bool = matches!(<S::Delivery as Promise<S::Staged>>::DELIVERY, Delivery::Transactional);

    /// What the checkpoint keeps of the batch that is prepared.
    pub(super) fn notes(&self) -> (SinkMeta, Option<Vec<u8>>) {
        let mut writing = self.writing.lock().expect("no panic while locked");
        let log = writing.log.take();
        let note = SinkMeta {
            name: self.name.to_owned(),
            receipt: writing.receipt.clone(),
            batches: writing.batches,
            logged: log.as_ref().map(Vec::len),
        };
        (note, log)
    }

    /// The batch closes: what was staged is its output. Says whether there is any.
    pub(super) fn seal(&self) -> bool {
        let staged = self.take();
        let mut writing = self.writing.lock().expect("no panic while locked");
        writing.sealed = staged;
        !writing.sealed.is_empty()
    }

    /// Has the output go there, and not to the sink.
    pub(super) fn replace(&self, by: Shelf) {
        let mut sink = self.borrow();
        sink.replace(by);
        self.give_back(sink);
    }

    /// The output of the batch.
    fn take_sealed(&self) -> Vec<S::Staged> {
        std::mem::take(&mut self.writing.lock().expect("no panic while locked").sealed)
    }

    pub(super) async fn open(&self, run: &Arc<Run>) -> Result<(), SinkError> {
        if let Some(board) = run.board() {
            let _ = self.board.set(Arc::clone(board));
        }
        let mut sink = self.borrow();
        let _at = self.at(SinkAct::Open);
        let result = sink.open(run).await;
        self.give_back(sink);
        result
    }

    pub(super) async fn prepare(&self, run: &Run, batch: u64) -> Result<(), SinkError> {
        let staged = self.take_sealed();
        let kept = run.checkpoint().is_some();
        if staged.is_empty() && !(kept && Self::DECIDES) {
            return Ok(());
        }
        let log = if kept && !faults::is(Bug::OutputNotLogged) {
            S::Delivery::log(&staged)?
        } else {
            None
        };
        let mut sink = self.borrow();
        self.undecided(true);
        let _at = self.at(SinkAct::Prepare(batch));
        let result = sink.prepare(&self.id(run, batch), staged).await;
        let receipt = sink.receipt();
        self.give_back(sink);
        let mut writing = self.writing.lock().expect("no panic while locked");
        writing.log = log;
        if result.is_ok() {
            writing.receipt = receipt;
            writing.batches = [Some(batch), writing.batches[0]];
        }
        result
    }

    pub(super) async fn commit(&self, run: &Run, batch: u64) -> Result<(), SinkError> {
        if !self.is_undecided() {
            return Ok(());
        }
        let mut sink = self.borrow();
        let _at = self.at(SinkAct::Commit(batch));
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
            let _at = self.at(SinkAct::Abort(batch));
            sink.abort(&self.id(run, batch)).await;
            self.give_back(sink);
            self.undecided(false);
        }
    }

    pub(super) async fn close(&self) {
        let sink = self.writing.lock().expect("no panic while locked").sink.take();
        // Away for good where its future was dropped or has panicked.
        if let Some(mut sink) = sink {
            let _at = self.at(SinkAct::Close);
            sink.close().await;
        }
    }

    pub(super) fn is_away(&self) -> bool {
        self.writing.lock().expect("no panic while locked").sink.is_none()
    }

    fn borrow(&self) -> Target<S> {
        let sink = self.writing.lock().expect("no panic while locked").sink.take();
        sink.expect("a sink does one thing at a time")
    }

    fn give_back(&self, sink: Target<S>) {
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
            checkpoint: run.checkpoint().unwrap_or_default().to_owned(),
            batch,
        }
    }
}
