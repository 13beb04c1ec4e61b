//! A sink that decides by a transaction of its own, as Kafka does: what is not committed is gone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use streaming_runtime::sink::{BatchId, Decided, Sink, SinkError, delivery};

use super::table::AsText;

/// Clones write to the same topic.
#[derive(Debug, Clone, Default)]
pub(crate) struct Topic {
    batches: Arc<Mutex<BTreeMap<u64, Vec<String>>>>,
    checkpoint: Arc<OnceLock<String>>,
    transaction: Vec<String>,
}

impl Topic {
    pub(crate) fn rows(&self) -> Vec<String> {
        self.batches().values().flatten().cloned().collect()
    }

    fn batches(&self) -> MutexGuard<'_, BTreeMap<u64, Vec<String>>> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Topic {
    type Staged = Vec<String>;
    type Encoder = AsText;
    type Delivery = delivery::Deciding;

    fn encoder(&self) -> AsText {
        AsText
    }

    async fn decided(&mut self, _: &str, _: &str) -> Result<Decided, SinkError> {
        let last = self.batches().keys().next_back().copied();
        Ok(last.map_or(Decided::Nothing, |batch| Decided::Batch {
            checkpoint: self.checkpoint.get().expect("noted with the first batch").clone(),
            batch,
        }))
    }

    async fn prepare(&mut self, _: &BatchId, staged: Vec<Vec<String>>) -> Result<(), SinkError> {
        self.transaction = staged.into_iter().flatten().collect();
        Ok(())
    }

    async fn commit(&mut self, batch: &BatchId) -> Result<(), SinkError> {
        let rows = std::mem::take(&mut self.transaction);
        self.checkpoint.get_or_init(|| batch.checkpoint.clone());
        let before = self.batches().insert(batch.batch, rows);
        match before {
            None => Ok(()),
            Some(_) => Err(SinkError::new(format!("batch {} is there already", batch.batch))),
        }
    }

    async fn abort(&mut self, _: &BatchId) {
        self.transaction.clear();
    }
}
