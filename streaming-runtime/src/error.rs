use std::error::Error;
use std::fmt;
use std::io;

use crate::checkpoint::{CheckpointError, stays};

/// Why a pipeline has stopped before its end.
///
/// Nothing of the batch in which it happened is written; what earlier batches wrote stays.
///
/// The variant says what failed, [`source`](Error::source) what caused it, and [`is_retryable`](Self::is_retryable) whether to start the pipeline
/// again. Variants and fields may be added: match with `..` and a last arm for the rest.
///
/// `Debug` prints the same text as `Display`, so that `fn main() -> Result<(), Box<dyn Error>>` ends in words.
///
/// ```
/// use streaming_runtime::{PipelineError, SinkStep, stream_pipeline};
///
/// let pipeline = stream_pipeline!({
///     memory([4_u32, 0]).map(|n| 8 / n).print();
/// });
/// let error = pipeline.trigger(streaming_runtime::Trigger::AvailableNow).run_blocking().unwrap_err();
/// // Run by a supervisor, the same division would fail again.
/// assert!(!error.is_retryable());
/// match &error {
///     PipelineError::Operator { operator, panicked, .. } => println!("fix `{operator}` (panicked: {panicked})"),
///     PipelineError::Sink { sink, step: SinkStep::Open, error, .. } => println!("is `{sink}` there? {error}"),
///     PipelineError::Checkpoint(error) => println!("look at the directory: {error}"),
///     other => println!("{other}"),
/// }
/// ```
#[non_exhaustive]
pub enum PipelineError {
    /// An operator failed: a closure panicked, or a record could not be decoded or encoded.
    #[non_exhaustive]
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
        /// How often it was tried, the last time included.
        tries: u32,
        /// What the panic or the operator said.
        message: String,
    },
    /// A source could not be opened or read.
    #[non_exhaustive]
    Source {
        /// Name of the source in the plan.
        source: String,
        /// What it said.
        error: SourceError,
    },
    /// A sink could not do what it was asked to.
    #[non_exhaustive]
    Sink {
        /// Name of the sink in the plan.
        sink: String,
        /// What it was asked to do.
        step: SinkStep,
        /// What it said.
        error: SinkError,
    },
    /// The checkpoint cannot be opened, trusted or written: which file, where in it, and what to do.
    Checkpoint(CheckpointError),
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
                tries,
                message,
            } => {
                let verb = if *panicked { "panicked" } else { "failed" };
                write!(f, "`{operator}` ({kind}, line {line}) {verb} {place}: {message}")?;
                if *tries > 1 {
                    write!(f, " (try {tries} of {tries})")?;
                }
                Ok(())
            }
            Self::Source { source, error } => write!(f, "source `{source}` failed: {error}"),
            Self::Sink { sink, step, error } => write!(f, "sink `{sink}` could not {step}: {error}"),
            Self::Checkpoint(error) => error.fmt(f),
            Self::Setting(message) => write!(f, "invalid setting: {message}"),
            Self::Start(message) => write!(f, "could not start the pipeline: {message}"),
            Self::Interrupted(how) => write!(f, "interrupted {how}; the open batch was not written"),
            Self::Panicked(message) => write!(f, "the pipeline's own thread panicked: {message}"),
        }
    }
}

impl PipelineError {
    /// The checkpoint is refused, for this reason.
    pub(crate) fn refused(reason: String) -> Self {
        Self::Checkpoint(CheckpointError::Refused { reason })
    }

    /// Whether the same pipeline may run when it is started again, with nothing changed but time: a service was away, a disk was full, another
    /// process still held the checkpoint. With a checkpoint it resumes where it stopped.
    ///
    /// What a closure, a setting or a file is the cause of fails again and is not retryable, and who interrupts a pipeline does not want it back. Of sources and sinks it is what
    /// [they say](SinkError::permanent); what they say nothing of may be tried again, so limit how often. Those of this library say it of all that a person has to
    /// change: a missing permission or topic, a position that is gone, another instance that has taken over.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Source { error, .. } => error.is_retryable(),
            Self::Sink { error, .. } => error.is_retryable(),
            Self::Checkpoint(error) => error.is_retryable(),
            Self::Start(_) => true,
            Self::Operator { .. } | Self::Setting(_) | Self::Interrupted(_) | Self::Panicked(_) => false,
        }
    }
}

impl From<CheckpointError> for PipelineError {
    fn from(error: CheckpointError) -> Self {
        Self::Checkpoint(error)
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
            // Its text is this error's.
            Self::Checkpoint(error) => error.source(),
            Self::Operator { .. } | Self::Setting(_) | Self::Start(_) | Self::Interrupted(_) | Self::Panicked(_) => {
                None
            }
        }
    }
}

/// An error of what a pipeline reads or writes: a text, maybe a cause, and whether trying again may help.
macro_rules! outside {
    ($(#[$docs:meta])* $name:ident) => {
        $(#[$docs])*
        #[derive(Debug)]
        pub struct $name {
            message: String,
            permanent: bool,
            cause: Option<Box<dyn Error + Send + Sync>>,
        }

        impl $name {
            /// What was tried, where, and what went wrong: a text for a person, in lower case and without a full stop.
            #[must_use]
            pub fn new(message: impl Into<String>) -> Self {
                Self {
                    message: message.into(),
                    permanent: false,
                    cause: None,
                }
            }

            /// The same, with the error that caused it as its [source](Error::source). The text of the cause is not added to the message.
            #[must_use]
            pub fn caused_by(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
                self.cause = Some(cause.into());
                self
            }

            /// The same, which would fail again if it was tried again: something has to be changed first.
            #[must_use]
            pub fn permanent(mut self) -> Self {
                self.permanent = true;
                self
            }

            /// An error of the system's: permanent where nobody but a person can mend it, as a missing permission.
            pub(crate) fn of_system(message: impl Into<String>, error: &io::Error) -> Self {
                let failed = Self::new(message);
                if stays(error) { failed.permanent() } else { failed }
            }

            /// Whether trying again may help. It may, unless the error is [permanent](Self::permanent).
            #[must_use]
            pub fn is_retryable(&self) -> bool {
                !self.permanent
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.message)
            }
        }

        impl Error for $name {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                let cause: &(dyn Error + 'static) = self.cause.as_deref()?;
                Some(cause)
            }
        }
    };
}

outside! {
    /// A sink could not do what it was asked to.
    ///
    /// ```
    /// use std::error::Error;
    /// use streaming_runtime::sink::SinkError;
    ///
    /// let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    /// let error = SinkError::new(format!("cannot reach `db:5432`: {refused}")).caused_by(refused);
    /// assert!(error.is_retryable() && error.source().is_some());
    ///
    /// let error = SinkError::new("there is no table `totals`: create it first").permanent();
    /// assert!(!error.is_retryable());
    /// ```
    SinkError
}

outside! {
    /// A source could not be opened or read. Built as a [`SinkError`](crate::sink::SinkError) is.
    ///
    /// ```
    /// use streaming_runtime::source::SourceError;
    ///
    /// let error = SourceError::new("there is no topic `orders`: create it first").permanent();
    /// assert!(!error.is_retryable());
    /// ```
    SourceError
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint(kind: io::ErrorKind) -> PipelineError {
        CheckpointError::Io {
            what: "write",
            path: "a".into(),
            error: kind.into(),
        }
        .into()
    }

    fn sink(error: SinkError) -> PipelineError {
        let step = SinkStep::Commit(3);
        PipelineError::Sink {
            sink: "out".to_owned(),
            step,
            error,
        }
    }

    #[test]
    fn what_time_may_mend_is_retryable() {
        assert!(sink(SinkError::new("away")).is_retryable());
        assert!(!sink(SinkError::new("no table").permanent()).is_retryable());
        assert!(checkpoint(io::ErrorKind::TimedOut).is_retryable());
        assert!(!checkpoint(io::ErrorKind::PermissionDenied).is_retryable());
        assert!(!PipelineError::refused("another pipeline's".to_owned()).is_retryable());
        assert!(PipelineError::from(CheckpointError::Full { file: "a".into() }).is_retryable());
        assert!(!PipelineError::Setting("no".to_owned()).is_retryable());
    }

    #[test]
    fn what_the_system_refuses_until_somebody_changes_something_is_permanent() {
        for (kind, is_retryable) in [
            (io::ErrorKind::PermissionDenied, false),
            (io::ErrorKind::ReadOnlyFilesystem, false),
            (io::ErrorKind::NotADirectory, false),
            (io::ErrorKind::StorageFull, true),
            (io::ErrorKind::QuotaExceeded, true),
            (io::ErrorKind::ConnectionRefused, true),
            (io::ErrorKind::TimedOut, true),
            (io::ErrorKind::Other, true),
        ] {
            let error = io::Error::from(kind);
            assert_eq!(
                SinkError::of_system("no", &error).is_retryable(),
                is_retryable,
                "{kind}"
            );
            assert_eq!(
                SourceError::of_system("no", &error).is_retryable(),
                is_retryable,
                "{kind}"
            );
            assert_eq!(checkpoint(kind).is_retryable(), is_retryable, "{kind}");
        }
    }

    #[test]
    fn causes_can_be_followed_to_the_first() {
        let error = sink(SinkError::new("cannot write").caused_by(io::Error::from(io::ErrorKind::BrokenPipe)));
        assert_eq!(error.to_string(), "sink `out` could not commit batch 3: cannot write");
        let second = error.source().expect("the sink's");
        let first = second.source().expect("the system's");
        let first = first.downcast_ref::<io::Error>().expect("an error of the system");
        assert_eq!(first.kind(), io::ErrorKind::BrokenPipe);

        let first = checkpoint(io::ErrorKind::TimedOut);
        assert!(first.source().is_some_and(<dyn Error>::is::<io::Error>));
    }
}
