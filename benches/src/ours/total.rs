//! A sink that forgets what it was given, but for the sum.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use streaming_runtime::sink::{BatchId, Encode, Sink, SinkError, delivery};

/// The sum of all numbers that were committed; a clone is a handle of the same sum.
#[derive(Debug, Clone, Default)]
pub(crate) struct Total {
    all: Arc<AtomicU64>,
    prepared: u64,
}

impl Total {
    pub(crate) fn get(&self) -> u64 {
        self.all.load(Ordering::Acquire)
    }
}

/// Adds numbers up, on the worker threads.
#[derive(Debug)]
pub(crate) struct Add;

impl Encode<u64, u64> for Add {
    #[inline]
    fn encode(&self, number: u64, sum: &mut u64) -> Result<(), SinkError> {
        *sum += number;
        Ok(())
    }
}

impl Sink for Total {
    type Staged = u64;
    type Encoder = Add;
    type Delivery = delivery::InMemory;

    fn encoder(&self) -> Add {
        Add
    }

    async fn prepare(&mut self, _: &BatchId, staged: Vec<u64>) -> Result<(), SinkError> {
        self.prepared = staged.into_iter().sum();
        Ok(())
    }

    async fn commit(&mut self, _: &BatchId) -> Result<(), SinkError> {
        self.all.fetch_add(self.prepared, Ordering::AcqRel);
        Ok(())
    }

    async fn abort(&mut self, _: &BatchId) {
        self.prepared = 0;
    }
}
