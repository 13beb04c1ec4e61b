//! The clock of a pipeline that reads Kafka.

use std::sync::{Arc, OnceLock};

use crate::harness::{Measured, Watch};

/// A watch that the first message starts; clones are the same watch.
///
/// By hand the clock starts with the first message, too: joining a group, which the hand-written loops do not do, is not measured.
/// It stops when the pipeline has ended, so leaving the group is.
#[derive(Debug, Clone, Default)]
pub(crate) struct FirstMessage(Arc<OnceLock<Watch>>);

impl FirstMessage {
    /// A message has come.
    #[inline]
    pub(crate) fn seen(&self) {
        self.0.get_or_init(Watch::start);
    }

    /// What it took from there to work on so many messages.
    pub(crate) fn stop(&self, messages: u64) -> Measured {
        self.0.get().expect("there are messages").stop(messages)
    }
}
