use std::fmt;

/// A step of the way in which a batch is decided, or resumed from: where a test has a pipeline die.
///
/// The steps are those of [the protocol](crate::testing#test-what-happens-to-your-own-pipeline), in its order. What died before
/// [`Journaled`](Self::Journaled) has never been: the batch is read again. What died at `Journaled` or later counts, and the next start finishes it. Where a
/// sink [decides itself](crate::sink::delivery::Deciding), as `kafka` does, the line runs between `Journaled` and [`Decided`](Self::Decided).
///
/// ```
/// use streaming_runtime::testing::Step;
/// assert_eq!(Step::Journaled.to_string(), "journaled");
/// assert!(Step::Prepared < Step::Decided);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Step {
    /// The batch is computed; no sink has been given anything.
    Computed,
    /// All sinks have prepared their output.
    Prepared,
    /// The batch is about to be written to the journal.
    Deciding,
    /// The journal holds the batch. Without a checkpoint no batch passes here.
    Journaled,
    /// The batch is decided; no sink that relies on the journal has committed.
    Decided,
    /// All sinks have committed; the journal does not know it yet.
    Committed,
    /// The journal knows that the batch is done.
    Done,
    /// The next start has read the checkpoint and told the sinks which batch was the last one.
    Resumed,
    /// The next start has finished that batch; the journal does not know it yet.
    Redone,
}

impl Step {
    /// All steps that a batch passes, in order.
    pub const OF_A_BATCH: [Self; 7] = [
        Self::Computed,
        Self::Prepared,
        Self::Deciding,
        Self::Journaled,
        Self::Decided,
        Self::Committed,
        Self::Done,
    ];

    /// All steps that a start passes, in order. `Resumed` is passed only where there is a batch to resume from.
    pub const OF_A_START: [Self; 2] = [Self::Resumed, Self::Redone];

    /// The name of the step, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Computed => "computed",
            Self::Prepared => "prepared",
            Self::Deciding => "deciding",
            Self::Journaled => "journaled",
            Self::Decided => "decided",
            Self::Committed => "committed",
            Self::Done => "done",
            Self::Resumed => "resumed",
            Self::Redone => "redone",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
