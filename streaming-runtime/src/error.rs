use std::error::Error;
use std::fmt;

use crate::checkpoint::CheckpointError;
use crate::sink::SinkError;
use crate::source::SourceError;

/// Why a pipeline has stopped before its end.
///
/// Nothing of the batch in which it happened is written; what earlier batches wrote stays.
///
/// `Debug` prints the same text as `Display`, so that `fn main() -> Result<(), Box<dyn Error>>` ends in words.
#[non_exhaustive]
pub enum PipelineError {
    /// An operator failed: a closure panicked, or a record could not be decoded or encoded.
    Operator {
        /// Name of the operator in the plan.
        operator: String,
        /// What it is: `map`, `json`, `window`.
        kind: String,
        /// Line of the source file it was written on.
        line: u32,
        /// Where it was.
        place: FailedAt,
        /// A closure panicked.
        panicked: bool,
        /// What the panic or the operator said.
        message: String,
    },
    /// A source could not be opened or read.
    Source {
        /// Name of the source in the plan.
        source: String,
        /// What it said.
        error: SourceError,
    },
    /// A sink could not do what it was asked to.
    Sink {
        /// Name of the sink in the plan.
        sink: String,
        /// What it was asked to do.
        step: SinkStep,
        /// What it said.
        error: SinkError,
    },
    /// The checkpoint cannot be opened, trusted or written: which file, where in it, and what to do.
    Checkpoint(String),
    /// A setting makes no sense.
    Setting(String),
    /// Threads could not be started.
    Start(String),
    /// The pipeline had not ended in good order when a second signal came, or when the time was over that it has for that after the first one
    /// ([`stop_timeout`](crate::Pipeline::stop_timeout)). Says which of the two, and what the pipeline was waiting for.
    Interrupted(String),
    /// The thread that drives the pipeline panicked: in a listener, or by a fault of this library.
    Panicked(String),
}

/// Where an operator was when it failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailedAt {
    /// At a record of a source.
    Record {
        /// What a person calls the partition: `orders/3`, `data/flights.csv`.
        partition: String,
        /// Where the record stands in it.
        offset: u64,
    },
    /// In one of the partitions into which keyed state is cut.
    KeyPartition(u32),
    /// Behind a union of streams.
    Union,
}

/// What a sink is asked to do, and was asked when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SinkStep {
    /// To open.
    Open,
    /// To say which batch it committed last, when the pipeline resumes from a checkpoint.
    Decided,
    /// To resume after this batch, the last of the checkpoint that counts.
    Resume(u64),
    /// To prepare this batch.
    Prepare(u64),
    /// To commit this batch.
    Commit(u64),
    /// To abort this batch.
    Abort(u64),
    /// To close.
    Close,
}

impl fmt::Display for SinkStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("open"),
            Self::Decided => f.write_str("say which batch it committed last"),
            Self::Resume(batch) => write!(f, "resume after batch {batch}"),
            Self::Prepare(batch) => write!(f, "prepare batch {batch}"),
            Self::Commit(batch) => write!(f, "commit batch {batch}"),
            Self::Abort(batch) => write!(f, "abort batch {batch}"),
            Self::Close => f.write_str("close"),
        }
    }
}

impl fmt::Display for FailedAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record { partition, offset } => write!(f, "at {partition}, offset {offset}"),
            Self::KeyPartition(partition) => write!(f, "in key partition {partition}"),
            Self::Union => f.write_str("behind a union"),
        }
    }
}

impl fmt::Display for PipelineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator {
                operator,
                kind,
                line,
                place,
                panicked,
                message,
            } => {
                let verb = if *panicked { "panicked" } else { "failed" };
                write!(f, "`{operator}` ({kind}, line {line}) {verb} {place}: {message}")
            }
            Self::Source { source, error } => write!(f, "source `{source}` failed: {error}"),
            Self::Sink { sink, step, error } => write!(f, "sink `{sink}` could not {step}: {error}"),
            Self::Checkpoint(message) => f.write_str(message),
            Self::Setting(message) => write!(f, "invalid setting: {message}"),
            Self::Start(message) => write!(f, "could not start the pipeline: {message}"),
            Self::Interrupted(how) => write!(f, "interrupted {how}; the open batch was not written"),
            Self::Panicked(message) => write!(f, "the pipeline's own thread panicked: {message}"),
        }
    }
}

impl From<CheckpointError> for PipelineError {
    fn from(error: CheckpointError) -> Self {
        Self::Checkpoint(error.to_string())
    }
}

impl fmt::Debug for PipelineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for PipelineError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Source { error, .. } => Some(error),
            Self::Sink { error, .. } => Some(error),
            _ => None,
        }
    }
}
