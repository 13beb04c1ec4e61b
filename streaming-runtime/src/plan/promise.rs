//! What sources and sinks are able to promise, as values.

/// What a source is able to promise; the guarantee of a pipeline is computed from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// Positions can be read again: nothing is lost after a crash.
    Replayable,
    /// The sender keeps what was not acknowledged.
    Acknowledged,
    /// What was read is gone.
    None,
}

/// What a sink is able to promise; the guarantee of a pipeline is computed from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// [`Sink::prepare`](crate::sink::Sink::prepare) makes output durable but invisible, [`Sink::commit`](crate::sink::Sink::commit) makes it visible.
    Transactional,
    /// The sink's own transaction decides whether a batch counts. A pipeline with a checkpoint can have one such transaction.
    Deciding,
    /// Writing the same batch again leaves the same output.
    Idempotent,
    /// A batch that is written again is there twice.
    AtLeastOnce,
    /// What was written is gone with the process.
    InMemory,
}
