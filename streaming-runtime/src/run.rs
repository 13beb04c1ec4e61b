//! What the sources and sinks of one run have in common.

use std::sync::Arc;

/// A run of a pipeline, as its sources and sinks know it: handed to them when they are opened.
#[derive(Debug)]
pub struct Run {
    pipeline: String,
    checkpoint: Option<Kept>,
    #[cfg(feature = "kafka")]
    kafka: crate::kafka::transaction::Slot,
    #[cfg(feature = "kafka")]
    kafka_readers: crate::kafka::readers::Readers,
}

/// What there is to know of a checkpoint.
#[derive(Debug)]
struct Kept {
    id: String,
    keeps_state: bool,
}

impl Run {
    /// A run of the pipeline of this name, without a checkpoint.
    #[must_use]
    pub fn new(pipeline: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            pipeline: pipeline.into(),
            checkpoint: None,
            #[cfg(feature = "kafka")]
            kafka: crate::kafka::transaction::Slot::default(),
            #[cfg(feature = "kafka")]
            kafka_readers: crate::kafka::readers::Readers::default(),
        })
    }

    /// A run with the checkpoint of this id. `keeps_state` says whether the pipeline has state that outlasts a batch.
    #[must_use]
    pub fn checkpointed(pipeline: impl Into<String>, id: impl Into<String>, keeps_state: bool) -> Arc<Self> {
        Arc::new(Self {
            pipeline: pipeline.into(),
            checkpoint: Some(Kept {
                id: id.into(),
                keeps_state,
            }),
            #[cfg(feature = "kafka")]
            kafka: crate::kafka::transaction::Slot::default(),
            #[cfg(feature = "kafka")]
            kafka_readers: crate::kafka::readers::Readers::default(),
        })
    }

    /// The pipeline's name: for groups, client ids, messages.
    #[must_use]
    pub fn pipeline(&self) -> &str {
        &self.pipeline
    }

    /// The id of the checkpoint directory, the same after every restart; `None` without a checkpoint.
    #[must_use]
    pub fn checkpoint(&self) -> Option<&str> {
        self.checkpoint.as_ref().map(|kept| kept.id.as_str())
    }

    /// Whether there is a checkpoint that holds state: then one instance must read all partitions.
    #[must_use]
    pub fn keeps_state(&self) -> bool {
        self.checkpoint.as_ref().is_some_and(|kept| kept.keeps_state)
    }

    /// The transaction that the Kafka sinks of this run share.
    #[cfg(feature = "kafka")]
    pub(crate) fn kafka(&self) -> &crate::kafka::transaction::Slot {
        &self.kafka
    }

    /// What the Kafka sources of this run read.
    #[cfg(feature = "kafka")]
    pub(crate) fn kafka_readers(&self) -> &crate::kafka::readers::Readers {
        &self.kafka_readers
    }
}
