/// What a sink knows of the batches that it has committed: the answer of [`Sink::decided`](super::Sink::decided).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decided {
    /// The sink keeps no record of batches, or cannot tell whether it has lost it.
    Unknown,
    /// The sink keeps a record, and there is none of this sink of this pipeline: it has committed nothing.
    Nothing,
    /// The last batch that it committed.
    Batch {
        /// The [checkpoint](super::BatchId::checkpoint) that the batch belongs to.
        checkpoint: String,
        /// The number of the batch.
        batch: u64,
    },
}
