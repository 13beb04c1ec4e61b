//! What the sources and sinks of one run have in common.

mod watch;

pub(crate) use watch::{Act, At, Board, LOOK};

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// A run of a pipeline, as its sources and sinks know it: handed to them when they are opened.
#[derive(Debug)]
pub struct Run {
    pipeline: String,
    checkpoint: Option<Kept>,
    /// Where it is said what is waited for; nowhere in a test.
    board: OnceLock<Arc<Board>>,
    #[cfg(feature = "kafka")]
    kafka: crate::kafka::transaction::Slot,
    #[cfg(feature = "kafka")]
    kafka_readers: crate::kafka::readers::Readers,
}

/// What there is to know of a checkpoint.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) id: String,
    pub(crate) directory: PathBuf,
    pub(crate) keeps_state: bool,
    /// It holds no batch yet.
    pub(crate) is_new: bool,
    /// The user knows that, whatever others know.
    pub(crate) fresh: bool,
    #[cfg_attr(not(feature = "kafka"), expect(dead_code, reason = "groups are Kafka's"))]
    pub(crate) known_to: KnownTo,
}

/// Who knows what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KnownTo {
    /// The checkpoint alone, of one source at least.
    Checkpoint,
    /// Groups as well, of all sources.
    Groups,
}

impl Run {
    /// A run of the pipeline of this name, without a checkpoint.
    #[must_use]
    pub fn new(pipeline: impl Into<String>) -> Arc<Self> {
        Self::with(pipeline, None)
    }

    /// A run that resumes from the checkpoint of this id. `keeps_state` says whether the pipeline has state that outlasts a batch.
    #[must_use]
    pub fn checkpointed(pipeline: impl Into<String>, id: impl Into<String>, keeps_state: bool) -> Arc<Self> {
        Self::with(
            pipeline,
            Some(Kept {
                id: id.into(),
                directory: PathBuf::from("checkpoint"),
                keeps_state,
                is_new: false,
                fresh: false,
                known_to: KnownTo::Groups,
            }),
        )
    }

    /// The same where the user means it to begin anew.
    #[cfg(test)]
    pub(crate) fn freshly(self: &Arc<Self>, fresh: bool) -> Arc<Self> {
        let kept = self.checkpoint.clone().map(|kept| Kept { fresh, ..kept });
        Self::with(self.pipeline.clone(), kept)
    }

    /// A run with a checkpoint of this id that holds no batch. `fresh` says that the user means it to [begin anew](crate::Pipeline::fresh).
    #[must_use]
    pub fn new_checkpoint(pipeline: impl Into<String>, id: impl Into<String>, fresh: bool) -> Arc<Self> {
        Self::with(
            pipeline,
            Some(Kept {
                id: id.into(),
                directory: PathBuf::from("checkpoint"),
                keeps_state: true,
                is_new: true,
                fresh,
                known_to: KnownTo::Groups,
            }),
        )
    }

    pub(crate) fn with(pipeline: impl Into<String>, checkpoint: Option<Kept>) -> Arc<Self> {
        Arc::new(Self {
            pipeline: pipeline.into(),
            checkpoint,
            board: OnceLock::new(),
            #[cfg(feature = "kafka")]
            kafka: crate::kafka::transaction::Slot::default(),
            #[cfg(feature = "kafka")]
            kafka_readers: crate::kafka::readers::Readers::default(),
        })
    }

    /// Says from now on what is waited for.
    pub(crate) fn watched_on(&self, board: &Arc<Board>) {
        // A run is started once.
        let _ = self.board.set(Arc::clone(board));
    }

    /// Where it is said what is waited for.
    #[cfg(feature = "kafka")]
    pub(crate) fn board(&self) -> Option<&Arc<Board>> {
        self.board.get()
    }

    /// The run is at this, until what is returned is dropped.
    pub(crate) fn at(&self, act: Act) -> At {
        self.board.get().map_or_else(At::nowhere, |board| board.at(act))
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

    /// Whether there is a checkpoint and it holds no batch yet. A source or sink that knows of batches of this pipeline nevertheless must not start,
    /// unless the user [says so](Self::is_fresh): the directory is gone, and with it what was counted.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.checkpoint.as_ref().is_some_and(|kept| kept.is_new)
    }

    /// Whether the checkpoint alone knows what was read. Otherwise the groups of the sources know as well: with a new directory these refuse what
    /// contradicts it, or resume there.
    #[cfg(feature = "kafka")]
    pub(crate) fn knows_alone(&self) -> bool {
        self.checkpoint
            .as_ref()
            .is_some_and(|kept| kept.known_to == KnownTo::Checkpoint)
    }

    /// Whether the user has said with [`fresh`](crate::Pipeline::fresh) that a new checkpoint is meant to be one.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.checkpoint.as_ref().is_some_and(|kept| kept.fresh)
    }

    /// The checkpoint is new, and the user means it so: nothing that others know of earlier batches counts.
    #[must_use]
    pub fn begins_anew(&self) -> bool {
        self.is_new() && self.is_fresh()
    }

    /// The error where the checkpoint is [new](Self::is_new) and somebody knows of batches. `what` says who and which, as in
    /// ``group `orders` has read `orders/0` up to offset 7``.
    #[must_use]
    pub fn unknown_batches(&self, what: &str) -> String {
        let directory = self
            .checkpoint
            .as_ref()
            .map(|kept| kept.directory.display().to_string());
        format!(
            "{what}, but the checkpoint directory `{}` holds no batch, so the positions and the state of those batches are missing: bring back the \
             directory that the pipeline had; or, to begin anew, set `.fresh(true)` on the pipeline: sources then begin where `start` says, and \
             output that was written before is written again",
            directory.unwrap_or_default()
        )
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
