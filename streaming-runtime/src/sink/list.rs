use std::future::Future;
use std::sync::Arc;

use crate::engine::SinkMeta;
use crate::error::{PipelineError, SinkStep};
use crate::run::Run;
use crate::testing::Shelf;

use super::delivery::Promise;
use super::{Decided, Delivery, Sink, SinkEdge, SinkError};

/// The sinks of a pipeline, a list of pairs `(k0, (k1, ()))`. What concerns all of them is done to all at the same time.
pub trait Sinks: Send + Sync + 'static {
    /// Their names and what they promise.
    fn describe(&self, found: &mut Vec<(&'static str, Delivery)>);
    /// The sinks that decide for themselves, by name, with the transaction that they share with others.
    fn transactions(&self, found: &mut Vec<(&'static str, Option<String>)>);
    /// The batch closes. Says whether there is any output.
    fn seal(&self) -> bool;
    /// Puts a shelf of a test bench in the place of all whose output has a text form.
    fn on_bench(&self, named: &mut impl FnMut(&'static str) -> Shelf);
    /// Opens all.
    fn open(&self, run: &Arc<Run>) -> impl Future<Output = Result<(), SinkFailure>> + Send;
    /// Which batch the sinks committed last.
    fn decided(&self, run: &Run) -> impl Future<Output = Result<Vec<Answer>, SinkFailure>> + Send;
    /// Tells all which batch counts as the last one.
    fn resume(&self, run: &Run, batch: u64, kept: &[SinkMeta]) -> impl Future<Output = Result<(), SinkFailure>> + Send;
    /// Finishes that batch where it is not known to be finished: `logs` is the output that was kept, in the order of `kept`.
    fn redo(
        &self,
        run: &Run,
        batch: u64,
        kept: &[SinkMeta],
        logs: &[Option<&[u8]>],
    ) -> impl Future<Output = Result<(), SinkFailure>> + Send;
    /// What the checkpoint keeps of all that have prepared a batch.
    fn notes(&self, kept: &mut Vec<SinkMeta>, logs: &mut Vec<Vec<u8>>);
    /// Whether a batch counts only once a sink has committed it.
    fn decide_themselves(&self) -> bool;
    /// Has the sinks that decide for themselves commit.
    fn decide(&self, run: &Run, batch: u64) -> impl Future<Output = Result<(), SinkFailure>> + Send;
    /// Gives the output to the sinks.
    fn prepare(&self, run: &Run, batch: u64) -> impl Future<Output = Result<(), SinkFailure>> + Send;
    /// Makes the output visible.
    fn commit(&self, run: &Run, batch: u64) -> impl Future<Output = Result<(), SinkFailure>> + Send;
    /// Takes back what is not yet visible.
    fn abort(&self, run: &Run, batch: u64) -> impl Future<Output = ()> + Send;
    /// One that has not come back from what it does: it has panicked.
    fn away(&self) -> Option<&'static str>;
    /// Closes all.
    fn close(&self) -> impl Future<Output = ()> + Send;
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
    pub(crate) error: SinkError,
}

impl SinkFailure {
    pub(crate) fn into_error(self, step: SinkStep) -> PipelineError {
        PipelineError::Sink {
            sink: self.sink.to_owned(),
            step,
            error: self.error,
        }
    }
}

impl Sinks for () {
    fn describe(&self, _: &mut Vec<(&'static str, Delivery)>) {}
    fn transactions(&self, _: &mut Vec<(&'static str, Option<String>)>) {}
    fn seal(&self) -> bool {
        false
    }
    fn on_bench(&self, _: &mut impl FnMut(&'static str) -> Shelf) {}
    async fn open(&self, _: &Arc<Run>) -> Result<(), SinkFailure> {
        Ok(())
    }
    async fn decided(&self, _: &Run) -> Result<Vec<Answer>, SinkFailure> {
        Ok(Vec::new())
    }
    async fn resume(&self, _: &Run, _: u64, _: &[SinkMeta]) -> Result<(), SinkFailure> {
        Ok(())
    }
    async fn redo(&self, _: &Run, _: u64, _: &[SinkMeta], _: &[Option<&[u8]>]) -> Result<(), SinkFailure> {
        Ok(())
    }
    fn notes(&self, _: &mut Vec<SinkMeta>, _: &mut Vec<Vec<u8>>) {}
    fn decide_themselves(&self) -> bool {
        false
    }
    async fn decide(&self, _: &Run, _: u64) -> Result<(), SinkFailure> {
        Ok(())
    }
    async fn prepare(&self, _: &Run, _: u64) -> Result<(), SinkFailure> {
        Ok(())
    }
    async fn commit(&self, _: &Run, _: u64) -> Result<(), SinkFailure> {
        Ok(())
    }
    async fn abort(&self, _: &Run, _: u64) {}
    fn away(&self) -> Option<&'static str> {
        None
    }
    async fn close(&self) {}
}

impl<S: Sink, B: Sinks> Sinks for (Arc<SinkEdge<S>>, B) {
    fn describe(&self, found: &mut Vec<(&'static str, Delivery)>) {
        found.push((self.0.name, <S::Delivery as Promise<S::Staged>>::DELIVERY));
        self.1.describe(found);
    }

    fn transactions(&self, found: &mut Vec<(&'static str, Option<String>)>) {
        if SinkEdge::<S>::DECIDES {
            found.push((self.0.name, self.0.transaction()));
        }
        self.1.transactions(found);
    }

    fn seal(&self) -> bool {
        let any = self.0.seal();
        self.1.seal() || any
    }

    fn on_bench(&self, named: &mut impl FnMut(&'static str) -> Shelf) {
        if S::messages(&S::Staged::default()).is_some() {
            self.0.replace(named(self.0.name));
        }
        self.1.on_bench(named);
    }

    async fn open(&self, run: &Arc<Run>) -> Result<(), SinkFailure> {
        self.0.named(self.0.open(run).await)?;
        self.1.open(run).await
    }

    async fn decided(&self, run: &Run) -> Result<Vec<Answer>, SinkFailure> {
        let mut answers = self.1.decided(run).await?;
        answers.push(Answer {
            sink: self.0.name,
            decides: SinkEdge::<S>::DECIDES,
            decided: self.0.named(self.0.decided(run).await)?,
        });
        Ok(answers)
    }

    async fn resume(&self, run: &Run, batch: u64, kept: &[SinkMeta]) -> Result<(), SinkFailure> {
        let of_this = kept.iter().find(|kept| kept.name == self.0.name);
        self.0.named(self.0.resume(run, batch, of_this).await)?;
        self.1.resume(run, batch, kept).await
    }

    async fn redo(&self, run: &Run, batch: u64, kept: &[SinkMeta], logs: &[Option<&[u8]>]) -> Result<(), SinkFailure> {
        // A sink that was given no output of the batch has nothing to finish.
        let took_part = |kept: &SinkMeta| kept.name == self.0.name && kept.batches[0] == Some(batch);
        if let Some(at) = kept.iter().position(took_part) {
            self.0.named(self.0.redo(run, batch, logs[at]).await)?;
        }
        self.1.redo(run, batch, kept, logs).await
    }

    fn notes(&self, kept: &mut Vec<SinkMeta>, logs: &mut Vec<Vec<u8>>) {
        let (note, log) = self.0.notes();
        kept.push(note);
        logs.extend(log);
        self.1.notes(kept, logs);
    }

    fn decide_themselves(&self) -> bool {
        SinkEdge::<S>::DECIDES || self.1.decide_themselves()
    }

    async fn decide(&self, run: &Run, batch: u64) -> Result<(), SinkFailure> {
        let this = async {
            if SinkEdge::<S>::DECIDES {
                self.0.commit(run, batch).await
            } else {
                Ok(())
            }
        };
        let (first, others) = tokio::join!(this, self.1.decide(run, batch));
        self.0.named(first).and(others)
    }

    async fn prepare(&self, run: &Run, batch: u64) -> Result<(), SinkFailure> {
        let (first, others) = tokio::join!(self.0.prepare(run, batch), self.1.prepare(run, batch));
        self.0.named(first).and(others)
    }

    async fn commit(&self, run: &Run, batch: u64) -> Result<(), SinkFailure> {
        let (first, others) = tokio::join!(self.0.commit(run, batch), self.1.commit(run, batch));
        self.0.named(first).and(others)
    }

    async fn abort(&self, run: &Run, batch: u64) {
        tokio::join!(self.0.abort(run, batch), self.1.abort(run, batch));
    }

    fn away(&self) -> Option<&'static str> {
        if self.0.is_away() {
            Some(self.0.name)
        } else {
            self.1.away()
        }
    }

    async fn close(&self) {
        tokio::join!(self.0.close(), self.1.close());
    }
}

impl<S: Sink> SinkEdge<S> {
    fn named<T>(&self, result: Result<T, SinkError>) -> Result<T, SinkFailure> {
        result.map_err(|error| SinkFailure { sink: self.name, error })
    }
}
