use super::{Checkpoint, Driver};
use crate::engine::Graph;
use crate::pipeline::Pipeline;

impl<G: Graph, L> Pipeline<G, L> {
    /// Puts the pipeline on a test bench: no threads, no brokers, no waiting.
    ///
    /// # Panics
    /// When a setting makes no sense, and when a sink that is written for real cannot be opened.
    pub fn test(self) -> Driver<G> {
        Driver::new(self.into_parts(), None)
    }

    /// [Puts the pipeline on a test bench](Self::test) that keeps its checkpoint: the pipeline can crash there at every step and be restarted.
    ///
    /// # Panics
    /// As [`test`](Self::test), and when the checkpoint is refused.
    pub fn test_with(self, checkpoint: Checkpoint) -> Driver<G> {
        Driver::new(self.into_parts(), Some(checkpoint))
    }
}
