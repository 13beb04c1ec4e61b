use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard};

use super::{BatchId, Encode, Sink, SinkError, delivery};

/// Where `.to(collect(handle))` puts records: a list that the program and the pipeline share.
///
/// Clones are handles of the same list. Records appear batch by batch, in the order of the batches.
///
/// ```
/// use streaming_runtime::sink::{Collected, collect};
/// let words: Collected<String> = Collected::new();
/// let sink = collect(words.clone());
/// // … run the pipeline that writes to it …
/// assert_eq!(words.take(), Vec::<String>::new());
/// ```
#[derive(Debug)]
pub struct Collected<T>(Arc<Mutex<Vec<T>>>);

impl<T> Clone for Collected<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Collected<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Collected<T> {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The records collected so far, which are then no longer here.
    #[must_use]
    pub fn take(&self) -> Vec<T> {
        take(&mut *self.list())
    }

    /// A copy of the records collected so far.
    #[must_use]
    pub fn snapshot(&self) -> Vec<T>
    where
        T: Clone,
    {
        self.list().clone()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list().is_empty()
    }

    fn list(&self) -> MutexGuard<'_, Vec<T>> {
        self.0.lock().expect("no panic while locked")
    }
}

/// The sink `collect(handle)`: appends the records of each batch to a list of the program, in memory.
#[derive(Debug)]
pub struct Collect<T> {
    handle: Collected<T>,
    prepared: Vec<Vec<T>>,
}

/// Keeps records as they are.
#[derive(Debug, Clone, Copy)]
pub struct Keep;

/// Collects records into a list of the program. See [`Collected`].
#[must_use]
pub fn collect<T: Send + 'static>(handle: Collected<T>) -> Collect<T> {
    Collect {
        handle,
        prepared: Vec::new(),
    }
}

#[diagnostic::do_not_recommend]
impl<T> Encode<T, Vec<T>> for Keep {
    #[inline(always)]
    fn encode(&self, record: T, staged: &mut Vec<T>) -> Result<(), SinkError> {
        staged.push(record);
        Ok(())
    }
}

impl<T: Send + 'static> Sink for Collect<T> {
    type Staged = Vec<T>;
    type Encoder = Keep;
    type Delivery = delivery::InMemory;

    fn encoder(&self) -> Keep {
        Keep
    }

    fn stage(before: Option<&Vec<T>>) -> Vec<T> {
        Vec::with_capacity(before.map_or(0, Vec::len))
    }

    async fn prepare(&mut self, _: &BatchId, staged: Vec<Vec<T>>) -> Result<(), SinkError> {
        self.prepared = staged;
        Ok(())
    }

    async fn commit(&mut self, _: &BatchId) -> Result<(), SinkError> {
        let mut list = self.handle.list();
        for staged in take(&mut self.prepared) {
            list.extend(staged);
        }
        Ok(())
    }

    async fn abort(&mut self, _: &BatchId) {
        self.prepared.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn records_appear_when_their_batch_is_committed() {
        let handle = Collected::new();
        let mut sink = collect(handle.clone());
        let id = BatchId {
            pipeline: "p".to_owned(),
            sink: "s".to_owned(),
            checkpoint: String::new(),
            batch: 0,
        };
        let mut staged = Vec::new();
        sink.encoder().encode(1, &mut staged).unwrap();
        sink.prepare(&id, vec![staged, vec![2, 3]]).await.unwrap();
        assert!(handle.is_empty());
        sink.commit(&id).await.unwrap();
        assert_eq!(handle.snapshot(), [1, 2, 3]);
        sink.prepare(&id, vec![vec![4]]).await.unwrap();
        sink.abort(&id).await;
        sink.commit(&id).await.unwrap();
        assert_eq!((handle.len(), handle.take()), (3, vec![1, 2, 3]));
        assert!(handle.take().is_empty());
    }
}
