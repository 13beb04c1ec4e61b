use std::sync::Arc;

use super::delivery::Promise;
use super::{BatchId, Decided, Sink, SinkError};
use crate::run::Run;
use crate::testing::{Shelf, StandIn};

/// A sink of the pipeline, or what stands in its place on a test bench.
pub(super) struct Target<S> {
    sink: S,
    stand_in: Option<StandIn>,
}

impl<S: Sink> Target<S> {
    pub(super) fn new(sink: S) -> Self {
        Self { sink, stand_in: None }
    }

    /// Has the output go there from now on.
    pub(super) fn replace(&mut self, by: Shelf) {
        self.stand_in = Some(StandIn::new(by, S::Delivery::DELIVERY));
    }

    pub(super) fn transaction(&self) -> Option<String> {
        self.sink.transaction()
    }

    pub(super) async fn open(&mut self, run: &Arc<Run>) -> Result<(), SinkError> {
        match self.stand_in {
            Some(_) => Ok(()),
            None => self.sink.open(run).await,
        }
    }

    pub(super) async fn decided(&mut self, pipeline: &str, sink: &str) -> Result<Decided, SinkError> {
        match &self.stand_in {
            Some(stand_in) => Ok(stand_in.decided(pipeline, sink)),
            None => self.sink.decided(pipeline, sink).await,
        }
    }

    pub(super) async fn resume(&mut self, last: &BatchId, receipt: Option<&str>) -> Result<(), SinkError> {
        match &self.stand_in {
            Some(stand_in) => {
                stand_in.resume(last);
                Ok(())
            }
            None => self.sink.resume(last, receipt).await,
        }
    }

    pub(super) async fn prepare(&mut self, batch: &BatchId, staged: Vec<S::Staged>) -> Result<(), SinkError> {
        match &mut self.stand_in {
            Some(stand_in) => {
                stand_in.prepare(batch, staged.iter().filter_map(S::messages).flatten().collect());
                Ok(())
            }
            None => self.sink.prepare(batch, staged).await,
        }
    }

    pub(super) fn receipt(&self) -> Option<String> {
        match self.stand_in {
            Some(_) => None,
            None => self.sink.receipt(),
        }
    }

    pub(super) async fn commit(&mut self, batch: &BatchId) -> Result<(), SinkError> {
        match &mut self.stand_in {
            Some(stand_in) => {
                stand_in.commit(batch);
                Ok(())
            }
            None => self.sink.commit(batch).await,
        }
    }

    pub(super) async fn abort(&mut self, batch: &BatchId) {
        match &mut self.stand_in {
            Some(stand_in) => stand_in.abort(),
            None => self.sink.abort(batch).await,
        }
    }

    pub(super) async fn close(&mut self) {
        if self.stand_in.is_none() {
            self.sink.close().await;
        }
    }
}
