use super::BatchProgress;

/// Is told of every batch, once it is written.
///
/// Called by the task that drives the pipeline, never on the path of a record; the next batch's chunks are worked on
/// meanwhile, but it is not written before the listener returns. Hand long work to a task of your own.
///
/// A closure is a listener (its parameter's type must be written down), and so is a pair of listeners:
///
/// ```
/// use streaming_runtime::progress::{BatchProgress, Listener};
/// fn takes_a_listener(mut listener: impl Listener) {
///     listener.on_batch(&BatchProgress::default());
/// }
/// takes_a_listener(|batch: &BatchProgress| println!("{} rows", batch.rows_in));
/// ```
pub trait Listener: Send + 'static {
    /// A batch is written: its output is in the sinks.
    fn on_batch(&mut self, progress: &BatchProgress);
}

impl<F: FnMut(&BatchProgress) + Send + 'static> Listener for F {
    fn on_batch(&mut self, progress: &BatchProgress) {
        self(progress);
    }
}

/// Listens to nothing.
impl Listener for () {
    fn on_batch(&mut self, _: &BatchProgress) {}
}

/// Tells both, the first one first.
impl<A: Listener, B: Listener> Listener for (A, B) {
    fn on_batch(&mut self, progress: &BatchProgress) {
        self.0.on_batch(progress);
        self.1.on_batch(progress);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_pair_tells_both_in_order() {
        let (tell, told) = mpsc::channel();
        let other = tell.clone();
        let first = move |batch: &BatchProgress| tell.send(("first", batch.batch)).unwrap();
        let second = move |batch: &BatchProgress| other.send(("second", batch.batch)).unwrap();
        let mut listeners = (((), first), second);
        listeners.on_batch(&BatchProgress {
            batch: 7,
            ..BatchProgress::default()
        });
        drop(listeners);
        assert_eq!(told.iter().collect::<Vec<_>>(), [("first", 7), ("second", 7)]);
    }
}
