//! A sink that keeps the rows, in the pieces that they come in: what the hand-written loops return.

use std::mem;
use std::sync::{Arc, Mutex};

use streaming_runtime::sink::{BatchId, Keep, Sink, SinkError, delivery};

/// Rows in memory; a clone is a handle of the same rows.
#[derive(Debug)]
pub(crate) struct Pieces<R> {
    all: Arc<Mutex<Vec<Vec<R>>>>,
    prepared: Vec<Vec<R>>,
}

impl<R> Pieces<R> {
    pub(crate) fn new() -> Self {
        Self {
            all: Arc::default(),
            prepared: Vec::new(),
        }
    }

    /// The rows that were committed since the last call.
    pub(crate) fn take(&self) -> Vec<Vec<R>> {
        mem::take(&mut *self.all.lock().expect("no panic while locked"))
    }
}

impl<R> Clone for Pieces<R> {
    fn clone(&self) -> Self {
        Self {
            all: Arc::clone(&self.all),
            prepared: Vec::new(),
        }
    }
}

impl<R: Send + 'static> Sink for Pieces<R> {
    type Staged = Vec<R>;
    type Encoder = Keep;
    type Delivery = delivery::InMemory;

    fn encoder(&self) -> Keep {
        Keep
    }

    fn stage(before: Option<&Vec<R>>) -> Vec<R> {
        Vec::with_capacity(before.map_or(0, Vec::len))
    }

    async fn prepare(&mut self, _: &BatchId, staged: Vec<Vec<R>>) -> Result<(), SinkError> {
        self.prepared = staged;
        Ok(())
    }

    async fn commit(&mut self, _: &BatchId) -> Result<(), SinkError> {
        self.all
            .lock()
            .expect("no panic while locked")
            .append(&mut self.prepared);
        Ok(())
    }

    async fn abort(&mut self, _: &BatchId) {
        self.prepared.clear();
    }
}
