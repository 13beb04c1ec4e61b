//! Faults that a test can plant, to see that the tests would find them. Outside tests there are none, and the questions are
//! compiled away.

#[cfg(test)]
pub(crate) use switch::with;
pub(crate) use switch::{here, is, plant};

/// A fault in the code of the checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bug {
    /// A durable append returns without a sync.
    SkipSync,
    /// Names given in the directory are not made durable.
    SkipDirectorySync,
    /// A block that moved within its file has a right checksum.
    ChecksumWithoutPosition,
    /// What counts of a torn journal is one byte too long.
    TornTailOffByOne,
    /// Old segments are deleted before the manifest without them is durable.
    DeleteBeforeManifest,
    /// The manifest gets its name before its content is durable.
    ManifestWithoutSync,
    /// An undone batch is only forgotten in memory.
    UndoNotDurable,
    /// A snapshot still has the keys that were removed.
    CompactionKeepsRemoved,
    /// A frame for which the disk had no space is not cut away.
    FullLeavesHalfFrame,
    /// A failed sync is taken for a full disk that may be tried again.
    SyncErrorForgiven,
    /// Frames read from the cache are relied upon without a sync.
    RecoveredTailNotSynced,
    /// A segment is left before all of it is durable.
    RollWithoutSync,
    /// The manifest lists a segment whose name is not durable.
    SegmentNameNotDurable,
    /// A batch that may still be undone goes into a snapshot.
    CompactionOfUndecided,
    /// A hole before durable frames is taken for the end of the journal.
    HoleTakenForEnd,
}

#[cfg(not(test))]
mod switch {
    use super::Bug;

    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Here;

    pub(crate) const fn is(_: Bug) -> bool {
        false
    }

    pub(crate) const fn here() -> Here {
        Here
    }

    pub(crate) const fn plant(_: Here) {}
}

#[cfg(test)]
mod switch {
    use super::Bug;
    use std::cell::Cell;

    thread_local! {
        static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) };
    }

    /// The bug planted in this thread, to be carried into one that it starts.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Here(Option<Bug>);

    pub(crate) fn is(bug: Bug) -> bool {
        PLANTED.get() == Some(bug)
    }

    pub(crate) fn here() -> Here {
        Here(PLANTED.get())
    }

    pub(crate) fn plant(bug: Here) {
        PLANTED.set(bug.0);
    }

    /// Runs with a bug planted in this thread.
    pub(crate) fn with<R>(bug: Option<Bug>, run: impl FnOnce() -> R) -> R {
        struct Restore(Option<Bug>);
        impl Drop for Restore {
            fn drop(&mut self) {
                PLANTED.set(self.0);
            }
        }
        let _restore = Restore(PLANTED.replace(bug));
        run()
    }
}
